// Steps and errors where a density touches zero in its window: sequential quadratic programming on
// the Lagrangian, whose curvature knows that the touching point moves.
#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>

#include "search.hpp"

namespace toyfarm::fit {
namespace {

using Index = Eigen::Index;

constexpr double touching = 1e-3;  // margin below which a cut may have a multiplier
constexpr double on_edge = 1e-9;   // and below which it holds the point
constexpr int most_shifts = 30;
constexpr int n_halvings = 8;
constexpr double full_region = 0.8;
constexpr double null_curvature = 1e-9;
constexpr double first_shift = 1e-4;  // of the scaled Hessian's diagonal, which is 1
constexpr double no_freedom = 1e-6;   // of an axis length

}  // namespace

// Hessian of NLL - sum_i lambda_i min_x P_i(x; theta), P_i linear in theta: the minimum over x has
// the second derivative -slope slope^T / curvature. Multipliers by least squares.
Eigen::MatrixXd Search::edge_hessian(std::vector<Cut> const& cuts) const {
  Eigen::MatrixXd hessian = point_.hessian;
  auto const m = static_cast<Index>(edge_.parameters.size());
  Eigen::MatrixXd rows = Eigen::MatrixXd::Zero(m, static_cast<Index>(cuts.size()));
  bool any = false;
  for (std::size_t c = 0; c < cuts.size(); ++c) {
    if (cuts[c].margin < touching) {
      rows.col(static_cast<Index>(c)) =
          cuts[c].gradient(edge_.parameters).cwiseProduct(edge_.lengths);
      any = any || cuts[c].curvature > 0;
    }
  }
  if (!any) {
    return hessian;
  }
  Eigen::VectorXd const multipliers =
      Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd>(rows).solve(edge_.gradient);
  for (std::size_t c = 0; c < cuts.size(); ++c) {
    auto const& cut = cuts[c];
    double const lambda = std::max(0.0, multipliers[static_cast<Index>(c)]);
    if (cut.margin < touching && cut.curvature > 0) {
      hessian += lambda / cut.curvature * cut.slope * cut.slope.transpose();
    }
  }
  return hessian;
}

// Everything that only bounds may hold takes part: which bounds do is found with the cuts.
void Search::prepare_edge() {
  edge_.parameters.clear();
  for (std::size_t j = 0; j < n(); ++j) {
    if (hold_[j] == Hold::free || hold_[j] == Hold::lower || hold_[j] == Hold::upper) {
      edge_.parameters.push_back(static_cast<Index>(j));
    }
  }
  auto const m = static_cast<Index>(edge_.parameters.size());
  edge_.lengths.resize(m);
  edge_.gradient.resize(m);
  for (Index a = 0; a < m; ++a) {
    auto const i = edge_.parameters[static_cast<std::size_t>(a)];
    edge_.lengths[a] = axis_length(point_.hessian(i, i), ranges_[i], unit_);
    edge_.gradient[a] = edge_.lengths[a] * point_.gradient[i];
  }
}

// Cuts first, then lower and upper limit of each parameter. `active`: those that held before.
Inequalities Search::edge_limits(std::vector<Cut> const& cuts, std::vector<Index>& active) const {
  auto const m = edge_.lengths.size();
  auto const n_cuts = static_cast<Index>(cuts.size());
  Inequalities limits{Eigen::MatrixXd::Zero(n_cuts + 2 * m, m), Eigen::VectorXd(n_cuts + 2 * m)};
  for (Index c = 0; c < n_cuts; ++c) {
    auto const& cut = cuts[static_cast<std::size_t>(c)];
    limits.rows.row(c) = cut.gradient(edge_.parameters).cwiseProduct(edge_.lengths);
    limits.margins[c] = std::max(cut.margin, 0.0);
    if (!edge_.cuts.empty() && cut.margin < on_edge) {
      active.push_back(c);
    }
  }
  for (Index a = 0; a < m; ++a) {
    auto const j = static_cast<std::size_t>(edge_.parameters[static_cast<std::size_t>(a)]);
    auto const row = n_cuts + 2 * a;
    limits.rows(row, a) = 1;
    limits.margins[row] = std::max(x_[j] - lower_[j], 0.0) / edge_.lengths[a];
    limits.rows(row + 1, a) = -1;
    limits.margins[row + 1] = std::max(upper_[j] - x_[j], 0.0) / edge_.lengths[a];
    if (hold_[j] == Hold::lower || hold_[j] == Hold::upper) {
      active.push_back(hold_[j] == Hold::lower ? row : row + 1);
    }
  }
  return limits;
}

// The step of the least shift that keeps it within the region, or nearly: one that fills most of
// it.
template <class Solve>
ConvexStep Search::shortened(Solve const& solve) const {
  double low = 0;
  double high = first_shift;
  auto solved = solve(high);
  for (int attempt = 0; !solved.found && attempt < most_shifts; ++attempt) {
    low = high;
    high *= 8;
    solved = solve(high);
  }
  for (int i = 0; solved.found && solved.step.norm() < full_region * radius_ && i < n_halvings;
       ++i) {
    double const middle = low > 0 ? std::sqrt(low * high) : 0.5 * high;
    auto const other = solve(middle);
    (other.found ? high : low) = middle;
    if (other.found) {
      solved = other;
    }
  }
  return solved;
}

// Where the slope has no part along a negative curvature, no shift leads away from a saddle: the
// step then goes on along it, to the edge of the region or of the limits.
void Search::leave_saddle(Inequalities const& limits, ConvexStep& solved) const {
  if (!solved.found || solved.basis.cols() == 0 || solved.step.norm() > full_region * radius_) {
    return;
  }
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> const solver(solved.basis.transpose() *
                                                              edge_.curvature * solved.basis);
  if (!(solver.eigenvalues()[0] < -null_curvature)) {
    return;
  }
  Eigen::VectorXd direction = solved.basis * solver.eigenvectors().col(0);
  Eigen::VectorXd const slope = edge_.gradient + edge_.curvature * solved.step;
  if (slope.dot(direction) > 0) {
    direction = -direction;
  }
  double length = radius_ - solved.step.norm();
  Eigen::VectorXd const left = limits.margins + limits.rows * solved.step;
  Eigen::VectorXd const rates = limits.rows * direction;
  for (Index i = 0; i < rates.size(); ++i) {
    bool const held =
        std::find(solved.active.begin(), solved.active.end(), i) != solved.active.end();
    if (!held && rates[i] < 0) {
      length = std::min(length, std::max(left[i], 0.0) / -rates[i]);
    }
  }
  solved.step += length * direction;
}

// The step that takes the least shift of the curvature to be convex and within the region.
void Search::propose_along_edge() {
  auto const cuts = edges_.cuts(x_);
  prepare_edge();
  edge_.curvature = edge_.lengths.asDiagonal() *
                    edge_hessian(cuts)(edge_.parameters, edge_.parameters) *
                    edge_.lengths.asDiagonal();
  std::vector<Index> active;
  auto const limits = edge_limits(cuts, active);
  auto const m = edge_.lengths.size();
  auto const solve = [&](double shift) {
    Eigen::MatrixXd const shifted = edge_.curvature + shift * Eigen::MatrixXd::Identity(m, m);
    auto solved = convex_step(edge_.gradient, shifted, limits, active);
    solved.found = solved.found && solved.step.norm() <= radius_;
    return solved;
  };
  auto solved = solve(0);
  bool const newton = solved.found;
  if (!newton) {
    solved = shortened(solve);
    leave_saddle(limits, solved);
  }
  if (!solved.found) {
    solved.step.setZero(m);
    solved.active.clear();
  }
  take_edge_step(cuts, solved, newton);
}

void Search::take_edge_step(std::vector<Cut> const& cuts, ConvexStep const& solved, bool newton) {
  auto& out = proposal_;
  out.step.setZero();
  out.n_null = 0;
  out.positive_definite = out.full_newton = newton;
  out.edm = newton ? std::abs(edge_.gradient.dot(solved.step) +
                              0.5 * solved.step.dot(edge_.curvature * solved.step))
                   : std::numeric_limits<double>::infinity();
  for (std::size_t a = 0; a < edge_.parameters.size(); ++a) {
    auto const i = edge_.parameters[a];
    auto const place = static_cast<Index>(a);
    out.step[i] = edge_.lengths[place] * solved.step[place];
    hold_[static_cast<std::size_t>(i)] = Hold::free;
  }
  auto const n_cuts = static_cast<Index>(cuts.size());
  edge_.cuts.clear();
  edge_.basis = solved.basis;
  for (auto const row : solved.active) {
    if (row < n_cuts) {
      edge_.cuts.push_back(cuts[static_cast<std::size_t>(row)]);
      continue;
    }
    auto const i = edge_.parameters[static_cast<std::size_t>((row - n_cuts) / 2)];
    auto const j = static_cast<std::size_t>(i);
    bool const upper = (row - n_cuts) % 2 == 1;
    if (x_[j] == (upper ? parameter(j).upper : parameter(j).lower)) {
      hold_[j] = upper ? Hold::upper : Hold::lower;
      out.step[i] = 0;
    } else {
      out.full_newton = false;  // limited on the way
    }
  }
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
