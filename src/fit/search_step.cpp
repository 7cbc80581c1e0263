// The step of one iteration.
#include <algorithm>
#include <cmath>
#include <utility>

#include <Eigen/Cholesky>

#include "search.hpp"
#include "trust_region.hpp"

namespace toyfarm::fit {

double Search::predicted(Eigen::VectorXd const& step) {
  product_.noalias() = point_.hessian * step;
  return -(point_.gradient.dot(step) + 0.5 * step.dot(product_));
}

// Cholesky factor, in work_, of the Hessian in units of axis_lengths over parameters that are free
// or held as `also`; their number, or 0 if the Hessian is not safely positive definite.
Eigen::Index Search::scaled_cholesky(Hold also) {
  free_.clear();
  for (std::size_t j = 0; j < n(); ++j) {
    if (hold_[j] == Hold::free || hold_[j] == also) {
      free_.push_back(static_cast<Eigen::Index>(j));
    }
  }
  auto const m = static_cast<Eigen::Index>(free_.size());
  for (Eigen::Index a = 0; a < m; ++a) {
    auto const i = free_[static_cast<std::size_t>(a)];
    lengths_[a] = axis_length(point_.hessian(i, i), ranges_[i]);
    for (Eigen::Index b = 0; b <= a; ++b) {
      work_(a, b) =
          lengths_[a] * point_.hessian(i, free_[static_cast<std::size_t>(b)]) * lengths_[b];
    }
  }
  Eigen::Ref<Eigen::MatrixXd> matrix = work_.topLeftCorner(m, m);
  Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> const cholesky(matrix);
  bool const safe = m > 0 && cholesky.info() == Eigen::Success &&
                    matrix.diagonal().minCoeff() > std::sqrt(safe_pivot);
  return safe ? m : 0;
}

// The usual case: the full Newton step is within region and limits.
bool Search::propose_newton() {
  auto const m = scaled_cholesky(Hold::free);
  if (m == 0) {
    return false;
  }
  auto step = solution_.head(m);
  for (Eigen::Index a = 0; a < m; ++a) {
    step[a] = -lengths_[a] * point_.gradient[free_[static_cast<std::size_t>(a)]];
  }
  auto const factor = work_.topLeftCorner(m, m);
  factor.triangularView<Eigen::Lower>().solveInPlace(step);
  proposal_.edm = 0.5 * step.squaredNorm();
  factor.triangularView<Eigen::Lower>().transpose().solveInPlace(step);
  if (step.norm() > radius_) {
    return false;
  }
  proposal_.step.setZero();
  for (Eigen::Index a = 0; a < m; ++a) {
    auto const i = free_[static_cast<std::size_t>(a)];
    auto const j = static_cast<std::size_t>(i);
    proposal_.step[i] = lengths_[a] * step[a];
    double const target = x_[j] + proposal_.step[i];
    if (!(target >= lower_[j] && target <= upper_[j])) {
      return false;
    }
  }
  proposal_.full_newton = true;
  proposal_.positive_definite = true;
  proposal_.n_null = 0;
  return true;
}

void Search::propose() {
  if (!propose_newton()) {
    propose_constrained();
  }
}

// The trust-region step over the free parameters. Those that it takes out of the limits are put on
// them and the rest is solved again.
void Search::propose_constrained() {
  Proposal out;
  out.step.setZero(static_cast<Eigen::Index>(n()));
  std::vector<Eigen::Index> free;
  for (std::size_t j = 0; j < n(); ++j) {
    if (hold_[j] == Hold::free) {
      free.push_back(static_cast<Eigen::Index>(j));
    }
  }
  out.full_newton = true;
  for (bool first = true; !free.empty(); first = false) {
    Eigen::VectorXd const slope = (point_.gradient + point_.hessian * out.step)(free);
    Eigen::VectorXd ranges(slope.size());  // ranges_(free) sets off a false alarm of GCC 12
    for (Eigen::Index i = 0; i < ranges.size(); ++i) {
      ranges[i] = ranges_[free[static_cast<std::size_t>(i)]];
    }
    auto const solved = trust_region_step(slope, point_.hessian(free, free), ranges, radius_);
    if (first) {
      out.edm = solved.edm;
      out.positive_definite = solved.positive_definite;
      out.full_newton = solved.newton;
      out.n_null = solved.null_space.cols();
    }
    std::vector<Eigen::Index> inside;
    for (std::size_t i = 0; i < free.size(); ++i) {
      auto const j = static_cast<std::size_t>(free[i]);
      double const target = x_[j] + solved.step[static_cast<Eigen::Index>(i)];
      if (target >= lower_[j] && target <= upper_[j]) {
        inside.push_back(free[i]);
      } else {
        out.step[free[i]] = (target < lower_[j] ? lower_[j] : upper_[j]) - x_[j];
      }
    }
    if (inside.size() == free.size()) {
      out.step(free) = solved.step;
      break;
    }
    out.full_newton = false;
    free = std::move(inside);
  }
  if (!out.full_newton && predicted(out.step) <= 0) {
    out.step = projected_gradient_step();
  }
  proposal_ = std::move(out);
}

// In units of axis_lengths. A fixed parameter has range and length 0 and does not move.
double Search::scaled_length(Eigen::VectorXd const& step) const {
  double squares = 0;
  for (Eigen::Index i = 0; i < step.size(); ++i) {
    if (step[i] != 0) {
      double const ratio = step[i] / axis_length(point_.hessian(i, i), ranges_[i]);
      squares += ratio * ratio;
    }
  }
  return std::sqrt(squares);
}

Eigen::VectorXd Search::projected_gradient_step() {
  Eigen::VectorXd const lengths = axis_lengths(point_.hessian, ranges_);
  Eigen::VectorXd step(static_cast<Eigen::Index>(n()));
  double scale = radius_ / std::max(point_.gradient.cwiseProduct(lengths).norm(), 1e-300);
  for (int i = 0; i < 60; ++i, scale *= 0.5) {
    for (std::size_t j = 0; j < n(); ++j) {
      auto const k = static_cast<Eigen::Index>(j);
      double const wanted = x_[j] - scale * lengths[k] * lengths[k] * point_.gradient[k];
      step[k] = hold_[j] == Hold::free ? std::clamp(wanted, lower_[j], upper_[j]) - x_[j] : 0;
    }
    if (predicted(step) > 0) {
      break;
    }
  }
  return step;
}

}  // namespace toyfarm::fit
