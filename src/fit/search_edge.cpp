// Steps and errors where a density touches zero in its window: sequential quadratic programming on
// the Lagrangian, whose curvature knows that the touching point moves.
#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>
#include <Eigen/QR>

#include "convex_step.hpp"
#include "search.hpp"

namespace toyfarm::fit {
namespace {

using Index = Eigen::Index;

constexpr double touching = 1e-3;  // margin below which a cut may have a multiplier
constexpr int most_shifts = 60;
constexpr double first_shift = 1e-4;  // of the scaled Hessian's diagonal, which is 1
constexpr double no_freedom = 1e-6;   // of an axis length

}  // namespace

// Hessian of NLL - sum_i lambda_i min_x P_i(x; theta), P_i linear in theta: the minimum over x has
// the second derivative -slope slope^T / curvature. Multipliers by least squares.
Eigen::MatrixXd Search::edge_hessian(std::vector<Cut> const& cuts) const {
  Eigen::MatrixXd hessian = point_.hessian;
  std::vector<Cut const*> near;
  for (auto const& cut : cuts) {
    if (cut.margin < touching && cut.curvature > 0) {
      near.push_back(&cut);
    }
  }
  if (near.empty()) {
    return hessian;
  }
  Eigen::MatrixXd rows(static_cast<Index>(free_.size()), static_cast<Index>(cuts.size()));
  Eigen::VectorXd slope(static_cast<Index>(free_.size()));
  for (std::size_t a = 0; a < free_.size(); ++a) {
    auto const i = static_cast<Index>(a);
    slope[i] = lengths_[i] * point_.gradient[free_[a]];
    for (std::size_t c = 0; c < cuts.size(); ++c) {
      bool const counts = cuts[c].margin < touching;
      rows(i, static_cast<Index>(c)) = counts ? lengths_[i] * cuts[c].gradient[free_[a]] : 0;
    }
  }
  Eigen::VectorXd const multipliers =
      Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd>(rows).solve(slope);
  for (auto const* cut : near) {
    double const lambda = std::max(0.0, multipliers[cut - cuts.data()]);
    hessian += lambda / cut->curvature * cut->slope * cut->slope.transpose();
  }
  return hessian;
}

void Search::propose_along_edge() {
  auto cuts = edges_.cuts(x_);
  free_.clear();
  for (std::size_t j = 0; j < n(); ++j) {
    if (hold_[j] == Hold::free || hold_[j] == Hold::lower || hold_[j] == Hold::upper) {
      free_.push_back(static_cast<Index>(j));
    }
  }
  auto const m = static_cast<Index>(free_.size());
  auto const n_cuts = static_cast<Index>(cuts.size());
  Eigen::VectorXd lengths(m);
  Eigen::VectorXd gradient(m);
  for (Index a = 0; a < m; ++a) {
    auto const i = free_[static_cast<std::size_t>(a)];
    lengths[a] = axis_length(point_.hessian(i, i), ranges_[i], unit_);
    lengths_[a] = lengths[a];
    gradient[a] = lengths[a] * point_.gradient[i];
  }
  Eigen::MatrixXd const scaled =
      lengths.asDiagonal() * edge_hessian(cuts)(free_, free_) * lengths.asDiagonal();
  Inequalities limits{Eigen::MatrixXd::Zero(n_cuts + 2 * m, m), Eigen::VectorXd(n_cuts + 2 * m)};
  std::vector<Index> active;
  for (Index c = 0; c < n_cuts; ++c) {
    auto const& cut = cuts[static_cast<std::size_t>(c)];
    limits.rows.row(c) = cut.gradient(free_).cwiseProduct(lengths);
    limits.margins[c] = std::max(cut.margin, 0.0);
    if (!edge_.cuts.empty() && cut.margin < 1e-9) {
      active.push_back(c);
    }
  }
  for (Index a = 0; a < m; ++a) {
    auto const j = static_cast<std::size_t>(free_[static_cast<std::size_t>(a)]);
    limits.rows(n_cuts + 2 * a, a) = 1;
    limits.margins[n_cuts + 2 * a] = std::max(x_[j] - lower_[j], 0.0) / lengths[a];
    limits.rows(n_cuts + 2 * a + 1, a) = -1;
    limits.margins[n_cuts + 2 * a + 1] = std::max(upper_[j] - x_[j], 0.0) / lengths[a];
    if (hold_[j] == Hold::lower || hold_[j] == Hold::upper) {
      active.push_back(n_cuts + 2 * a + (hold_[j] == Hold::upper ? 1 : 0));
    }
  }
  ConvexStep solved;
  double shift = 0;
  for (int attempt = 0; attempt < most_shifts; ++attempt) {
    Eigen::MatrixXd const shifted = scaled + shift * Eigen::MatrixXd::Identity(m, m);
    solved = convex_step(gradient, shifted, limits, active);
    if (solved.found && solved.step.norm() <= radius_) {
      break;
    }
    shift = shift == 0 ? first_shift : 4 * shift;
  }
  auto& out = proposal_;
  out.step.setZero();
  out.n_null = 0;
  out.positive_definite = shift == 0 && solved.found;
  out.full_newton = out.positive_definite;
  edge_.cuts.clear();
  if (!solved.found) {
    solved.step.setZero(m);
  }
  out.edm = out.positive_definite
                ? std::abs(gradient.dot(solved.step) + 0.5 * solved.step.dot(scaled * solved.step))
                : std::numeric_limits<double>::infinity();
  for (Index a = 0; a < m; ++a) {
    auto const i = free_[static_cast<std::size_t>(a)];
    out.step[i] = lengths[a] * solved.step[a];
    hold_[static_cast<std::size_t>(i)] = Hold::free;
  }
  for (auto const row : solved.active) {
    if (row < n_cuts) {
      edge_.cuts.push_back(cuts[static_cast<std::size_t>(row)]);
      continue;
    }
    auto const a = (row - n_cuts) / 2;
    auto const j = static_cast<std::size_t>(free_[static_cast<std::size_t>(a)]);
    bool const upper = (row - n_cuts) % 2 == 1;
    double const bound = upper ? parameter(j).upper : parameter(j).lower;
    if (x_[j] == bound && out.step[static_cast<Index>(j)] == 0) {
      hold_[j] = upper ? Hold::upper : Hold::lower;
    } else {
      out.full_newton = false;  // limited on the way
    }
  }
  edge_.basis = solved.basis;
  edge_.curvature = scaled;
  edge_.lengths = lengths;
  edge_.parameters = free_;
}

// Inverse of the Lagrangian's Hessian over the directions that active constraints leave free.
void Search::fill_errors_along_edge() {
  for (auto const i : edge_.parameters) {
    bool const meets = std::any_of(
        edge_.cuts.begin(), edge_.cuts.end(), [&](Cut const& cut) { return cut.gradient[i] != 0; });
    auto const j = static_cast<std::size_t>(i);
    if (meets && result_.held[j] == core::Held::none) {
      result_.held[j] = core::Held::edge;
    }
  }
  auto const& z = edge_.basis;
  if (z.cols() == 0) {
    return;
  }
  Eigen::LLT<Eigen::MatrixXd> const reduced(z.transpose() * edge_.curvature * z);
  if (reduced.info() != Eigen::Success) {
    return;
  }
  Eigen::MatrixXd const covariance =
      z * reduced.solve(Eigen::MatrixXd::Identity(z.cols(), z.cols())) * z.transpose();
  auto const has_error = [&](Index a) {
    auto const j = static_cast<std::size_t>(edge_.parameters[static_cast<std::size_t>(a)]);
    return hold_[j] == Hold::free && covariance(a, a) > no_freedom * no_freedom;
  };
  for (Index a = 0; a < covariance.rows(); ++a) {
    for (Index b = 0; has_error(a) && b < covariance.rows(); ++b) {
      if (has_error(b)) {
        auto const i = edge_.parameters[static_cast<std::size_t>(a)];
        auto const k = edge_.parameters[static_cast<std::size_t>(b)];
        result_.covariance(i, k) = edge_.lengths[a] * covariance(a, b) * edge_.lengths[b];
      }
    }
    if (has_error(a)) {
      auto const i = edge_.parameters[static_cast<std::size_t>(a)];
      result_.errors[static_cast<std::size_t>(i)] = std::sqrt(result_.covariance(i, i));
    }
  }
}

}  // namespace toyfarm::fit
