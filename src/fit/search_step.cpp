// The step of one iteration.
#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>

#include "search.hpp"

namespace toyfarm::fit {

double Search::predicted(Eigen::VectorXd const& step) {
  product_.noalias() = point_.hessian * step;
  return -(point_.gradient.dot(step) + 0.5 * step.dot(product_));
}

void Search::gather_free() {
  free_.clear();
  for (std::size_t j = 0; j < n(); ++j) {
    if (hold_[j] == Hold::free) {
      free_.push_back(static_cast<Eigen::Index>(j));
    }
  }
}

// Cholesky factor, in work_, of the Hessian in units of axis_lengths over free parameters; their
// number, or 0 if the Hessian is not safely positive definite.
Eigen::Index Search::scaled_cholesky() {
  gather_free();
  auto const m = static_cast<Eigen::Index>(free_.size());
  for (Eigen::Index a = 0; a < m; ++a) {
    auto const i = free_[static_cast<std::size_t>(a)];
    lengths_[a] = axis_length(point_.hessian(i, i), ranges_[i], unit_);
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
  auto const m = scaled_cholesky();
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
  for (std::size_t j = 0; j < n(); ++j) {
    if (hold_[j] == Hold::pinned) {
      auto const i = static_cast<Eigen::Index>(j);
      proposal_.step[i] = (point_.gradient[i] > 0 ? lower_[j] : upper_[j]) - x_[j];
      proposal_.full_newton = false;
    }
  }
}

// The trust-region step over the free parameters. Those that it takes out of the limits are put on
// them and the rest is solved again.
void Search::propose_constrained() {
  auto& out = proposal_;
  out.step.setZero();
  out.edm = 0;
  out.full_newton = true;
  out.positive_definite = true;
  out.n_null = 0;
  gather_free();
  for (bool first = true; !free_.empty(); first = false) {
    auto const& solved = solve_free();
    if (first) {
      out.edm = solved.edm;
      out.positive_definite = solved.positive_definite;
      out.full_newton = solved.newton;
      out.n_null = solved.n_null;
    }
    if (!put_outside_on_limits(solved.step)) {
      for (std::size_t a = 0; a < free_.size(); ++a) {
        out.step[free_[a]] = solved.step[static_cast<Eigen::Index>(a)];
      }
      break;
    }
    out.full_newton = false;
  }
  if (!out.full_newton && predicted(out.step) <= 0) {
    projected_gradient_step(out.step);
  }
}

// The step over free_, where the others go as far as the proposal says.
TrustRegionStep const& Search::solve_free() {
  auto const m = static_cast<Eigen::Index>(free_.size());
  product_.noalias() = point_.hessian * proposal_.step;
  for (Eigen::Index a = 0; a < m; ++a) {
    auto const i = free_[static_cast<std::size_t>(a)];
    solution_[a] = point_.gradient[i] + product_[i];
    lengths_[a] = ranges_[i];
    for (Eigen::Index b = 0; b < m; ++b) {
      work_(a, b) = point_.hessian(i, free_[static_cast<std::size_t>(b)]);
    }
  }
  return trust_region_.find_step(
      solution_.head(m), work_.topLeftCorner(m, m), lengths_.head(m), radius_);
}

// Takes out of free_ what a step over it takes out of the limits, to which the proposal goes then;
// false if there is nothing.
bool Search::put_outside_on_limits(Eigen::VectorXd const& step) {
  std::size_t n_inside = 0;
  for (std::size_t a = 0; a < free_.size(); ++a) {
    auto const i = free_[a];
    auto const j = static_cast<std::size_t>(i);
    double const target = x_[j] + step[static_cast<Eigen::Index>(a)];
    if (target >= lower_[j] && target <= upper_[j]) {
      free_[n_inside++] = i;
    } else {
      proposal_.step[i] = (target < lower_[j] ? lower_[j] : upper_[j]) - x_[j];
    }
  }
  bool const any = n_inside < free_.size();
  free_.resize(n_inside);
  return any;
}

// In units of axis_lengths. A fixed parameter has range and length 0 and does not move.
double Search::scaled_length(Eigen::VectorXd const& step) const {
  double squares = 0;
  for (Eigen::Index i = 0; i < step.size(); ++i) {
    if (step[i] != 0) {
      double const ratio = step[i] / axis_length(point_.hessian(i, i), ranges_[i], unit_);
      squares += ratio * ratio;
    }
  }
  return std::sqrt(squares);
}

void Search::projected_gradient_step(Eigen::VectorXd& step) {
  for (Eigen::Index k = 0; k < lengths_.size(); ++k) {
    lengths_[k] = axis_length(point_.hessian(k, k), ranges_[k], unit_);
  }
  double scale = radius_ / std::max(point_.gradient.cwiseProduct(lengths_).norm(), 1e-300);
  for (int i = 0; i < 60; ++i, scale *= 0.5) {
    for (std::size_t j = 0; j < n(); ++j) {
      auto const k = static_cast<Eigen::Index>(j);
      double const wanted = x_[j] - scale * lengths_[k] * lengths_[k] * point_.gradient[k];
      step[k] = hold_[j] == Hold::free ? std::clamp(wanted, lower_[j], upper_[j]) - x_[j] : 0;
    }
    if (predicted(step) > 0) {
      break;
    }
  }
}

}  // namespace toyfarm::fit
