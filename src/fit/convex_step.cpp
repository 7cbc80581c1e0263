#include "convex_step.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Cholesky>
#include <Eigen/QR>

namespace toyfarm::fit {
namespace {

using Index = Eigen::Index;
using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

constexpr double least_pivot = 1e-5;  // of the Cholesky factor along the active rows

/// What the active rows leave free, and how far they ask the step to go.
struct Subspace {
  Matrix basis;
  Vector normal_step;
  Eigen::ColPivHouseholderQR<Matrix> factors;
  Index rank = 0;
};

Subspace subspace(Inequalities const& limits, std::vector<Index> const& active, Vector const& u) {
  auto const n = u.size();
  Subspace out;
  if (active.empty()) {
    out.basis = Matrix::Identity(n, n);
    out.normal_step = Vector::Zero(n);
    return out;
  }
  Matrix const rows = limits.rows(active, Eigen::all);
  Vector const residual = limits.margins(active) + rows * u;
  out.factors.compute(rows.transpose());
  out.rank = out.factors.rank();
  Matrix const q = out.factors.householderQ() * Matrix::Identity(n, n);
  out.basis = q.rightCols(n - out.rank);
  Vector const wanted = out.factors.colsPermutation().transpose() * -residual;
  Vector const along = out.factors.matrixR()
                           .topLeftCorner(out.rank, out.rank)
                           .triangularView<Eigen::Upper>()
                           .transpose()
                           .solve(wanted.head(out.rank));
  out.normal_step = q.leftCols(out.rank) * along;
  return out;
}

// Multipliers of the active rows: rows^T lambda = slope.
Vector multipliers(Subspace const& space, Vector const& slope, std::size_t n_active) {
  Vector lambda = Vector::Zero(static_cast<Index>(n_active));
  if (n_active > 0) {
    lambda = space.factors.solve(slope);
  }
  return lambda;
}

/// How much of a direction can be gone, and which row ends it (-1: none).
struct Reach {
  double share = 1;
  Index row = -1;
};

Reach reach(Inequalities const& limits,
            std::vector<Index> const& active,
            Vector const& u,
            Vector const& direction) {
  Reach out;
  Vector const rates = limits.rows * direction;
  Vector const left = limits.margins + limits.rows * u;
  for (Index i = 0; i < rates.size(); ++i) {
    bool const held = std::find(active.begin(), active.end(), i) != active.end();
    if (held || rates[i] >= -1e-14 * limits.rows.row(i).norm() * direction.norm()) {
      continue;
    }
    double const share = std::max(left[i], 0.0) / -rates[i];
    if (share < out.share) {
      out = {share, i};
    }
  }
  return out;
}

}  // namespace

ConvexStep convex_step(Vector const& gradient,
                       Matrix const& hessian,
                       Inequalities const& limits,
                       std::vector<Index> const& active) {
  ConvexStep out;
  out.active = active;
  out.step = Vector::Zero(gradient.size());
  auto const most = 4 * limits.margins.size() + 20;
  for (Index i = 0; i < most; ++i) {
    auto const space = subspace(limits, out.active, out.step);
    Vector direction = space.normal_step;
    if (space.basis.cols() > 0) {
      Eigen::LLT<Matrix> const reduced(space.basis.transpose() * hessian * space.basis);
      if (reduced.info() != Eigen::Success ||
          Matrix(reduced.matrixL()).diagonal().minCoeff() < least_pivot) {
        return out;
      }
      Vector const slope = gradient + hessian * (out.step + space.normal_step);
      direction -= space.basis * reduced.solve(space.basis.transpose() * slope);
    }
    auto const end = reach(limits, out.active, out.step, direction);
    out.step += end.share * direction;
    if (end.row >= 0) {
      out.active.push_back(end.row);
      continue;
    }
    Vector const slope = gradient + hessian * out.step;
    Vector const lambda = multipliers(space, slope, out.active.size());
    Index worst = 0;
    if (lambda.size() == 0 ||
        lambda.minCoeff(&worst) >= -1e-12 * std::max(gradient.norm(), slope.norm())) {
      out.basis = space.basis;
      out.found = true;
      return out;
    }
    out.active.erase(out.active.begin() + worst);
  }
  return out;
}

}  // namespace toyfarm::fit
