#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Eigenvalues>

#include "search.hpp"

namespace toyfarm::fit {

using core::FitStatus;

namespace {

core::Held held_by(Hold hold) {
  switch (hold) {
    case Hold::lower:
      return core::Held::lower;
    case Hold::upper:
      return core::Held::upper;
    case Hold::kink:
      return core::Held::edge;
    case Hold::unsupported:
      return core::Held::unused;
    default:
      return core::Held::none;
  }
}

}  // namespace

// Inverse of the Hessian over parameters that nothing holds.
void Search::fill_errors() {
  auto const m = scaled_cholesky();
  if (m == 0) {
    fill_errors_by_eigenvalues();
    return;
  }
  auto inverse = inverse_.topLeftCorner(m, m);
  inverse.setIdentity();
  auto const factor = work_.topLeftCorner(m, m);
  factor.triangularView<Eigen::Lower>().solveInPlace(inverse);
  for (Eigen::Index a = 0; a < m; ++a) {
    for (Eigen::Index b = 0; b <= a; ++b) {
      double const covariance = lengths_[a] * inverse.col(a).dot(inverse.col(b)) * lengths_[b];
      auto const i = free_[static_cast<std::size_t>(a)];
      auto const k = free_[static_cast<std::size_t>(b)];
      result_.covariance(i, k) = result_.covariance(k, i) = covariance;
    }
  }
  for (auto const i : free_) {
    result_.errors[static_cast<std::size_t>(i)] = std::sqrt(result_.covariance(i, i));
  }
}

// The same where null directions are to be left out; their parameters get no error.
void Search::fill_errors_by_eigenvalues() {
  auto const& kept = free_;
  if (kept.empty()) {
    return;
  }
  Eigen::VectorXd lengths(static_cast<Eigen::Index>(kept.size()));
  for (std::size_t a = 0; a < kept.size(); ++a) {
    lengths[static_cast<Eigen::Index>(a)] =
        axis_length(point_.hessian(kept[a], kept[a]), ranges_[kept[a]], unit_);
  }
  Eigen::MatrixXd const scaled =
      lengths.asDiagonal() * point_.hessian(kept, kept) * lengths.asDiagonal();
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> const solver(scaled);
  Eigen::ArrayXd const values = solver.eigenvalues().array();
  double const floor = 1e-11 * values.abs().maxCoeff();
  if (values.minCoeff() < -floor) {
    return;
  }
  Eigen::ArrayXd const inverse = (values > floor).select(1 / values, 0.0);
  Eigen::MatrixXd const& vectors = solver.eigenvectors();
  Eigen::MatrixXd const covariance =
      lengths.asDiagonal() * (vectors * inverse.matrix().asDiagonal() * vectors.transpose()) *
      lengths.asDiagonal();
  std::vector<std::size_t> sound;
  for (Eigen::Index i = 0; i < vectors.rows(); ++i) {
    double const undetermined =
        (values > floor).select(0.0, vectors.row(i).transpose().array().abs()).maxCoeff();
    if (undetermined < 1e-4) {
      sound.push_back(static_cast<std::size_t>(i));
    }
  }
  for (auto const a : sound) {
    auto const ia = static_cast<Eigen::Index>(a);
    result_.errors[static_cast<std::size_t>(kept[a])] = std::sqrt(covariance(ia, ia));
    for (auto const b : sound) {
      result_.covariance(kept[a], kept[b]) = covariance(ia, static_cast<Eigen::Index>(b));
    }
  }
}

FitResult const& Search::finish(FitStatus status) {
  auto& result = result_;
  bool const finite = status != FitStatus::infinite_nll;
  result.status = status;
  result.values = x_;
  result.errors.assign(n(), std::numeric_limits<double>::quiet_NaN());
  result.held.assign(n(), core::Held::none);
  result.covariance.setZero(static_cast<Eigen::Index>(n()), static_cast<Eigen::Index>(n()));
  result.nll = finite ? point_.value : std::numeric_limits<double>::infinity();
  result.initial_nll = initial_nll_;
  result.edm = finite ? proposal_.edm : std::numeric_limits<double>::quiet_NaN();
  result.gradient_norm = std::numeric_limits<double>::quiet_NaN();
  result.iterations = iterations_;
  result.attempts = 1;
  result.won = 0;
  result.next_end = std::numeric_limits<double>::quiet_NaN();
  result.gave_up = false;
  if (!finite) {
    return result;
  }
  double squares = 0;
  for (std::size_t j = 0; j < n(); ++j) {
    double const slope = point_.gradient[static_cast<Eigen::Index>(j)];
    squares += hold_[j] == Hold::free ? slope * slope : 0;
    result.held[j] = held_by(hold_[j]);
  }
  result.gradient_norm = std::sqrt(squares);
  if (edge_.cuts.empty()) {
    fill_errors();
  } else {
    fill_errors_along_edge();
  }
  return result;
}

}  // namespace toyfarm::fit
