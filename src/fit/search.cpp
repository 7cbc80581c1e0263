#include "search.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace toyfarm::fit {

using core::FitStatus;
using model::KinkSide;

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

// In units of a typical event's weight.
constexpr double newton_edm = 1e-9;      // the full step is taken from here
constexpr double converged_edm = 1e-13;  // and ends here
constexpr double resolvable_edm = 1e-6;
constexpr double small_step = 1e-6;   // of an axis length
constexpr double settled_edm = 0.05;  // yields at fixed shapes are good enough to go on
constexpr double hopeless_edm = 0.3;  // near enough to its end to tell its NLL
constexpr double hopeless_gap = 0.02;

constexpr double smallest_radius = 1e-10;
constexpr std::uint32_t most_yield_steps = 40;

}  // namespace

double Search::noise() const {
  return 16 * epsilon * std::max(unit_, point_.scale);
}

bool Search::stationary() const {
  if (!proposal_.positive_definite || proposal_.edm <= converged_edm * unit_) {
    return proposal_.positive_definite;
  }
  // Steps that the NLL cannot show are still worth taking while the gradient says that they help:
  // of a large sample, 4 ulp are many times what the estimates can be known to.
  double const ulp = epsilon * std::max(std::abs(point_.value), std::numeric_limits<double>::min());
  return 2 * proposal_.edm < 4 * ulp && proposal_.edm > 0.1 * last_edm_;
}

// True where a parameter's own rounding keeps the search from its end, as of a peak far from 0 in
// units of its width: a step that its number cannot tell is not small for the NLL, and nothing else
// moves any more.
bool Search::is_below_resolution() const {
  if (!proposal_.full_newton || proposal_.edm > resolvable_edm * unit_) {
    return false;
  }
  bool any = false;
  for (std::size_t j = 0; j < n(); ++j) {
    auto const i = static_cast<Eigen::Index>(j);
    double const step = std::abs(proposal_.step[i]);
    if (step <= small_step * axis_length(point_.hessian(i, i), ranges_[i], unit_)) {
      continue;
    }
    if (step > 2 * epsilon * std::abs(x_[j])) {
      return false;
    }
    any = true;
  }
  return any;
}

bool Search::none_free() const {
  return std::none_of(
      hold_.begin(), hold_.end(), [](Hold h) { return h == Hold::free || h == Hold::pinned; });
}

// At fixed shapes the NLL is convex in the yields: they are solved first, well enough to tell what
// the data say of the shapes.
bool Search::end_yields() {
  bool const settled = none_free() || iterations_ >= most_yield_steps ||
                       (proposal_.positive_definite && proposal_.edm <= settled_edm * unit_);
  if (settled) {
    yields_only_ = false;
    radius_ = first_radius;
    qualified_ = false;
  }
  return settled;
}

// Whatever else happens, this search ends higher than the best so far.
bool Search::is_hopeless() const {
  return proposal_.positive_definite && proposal_.edm < hopeless_edm * unit_ &&
         point_.value - 2 * proposal_.edm > how_.give_up_above + hopeless_gap * unit_;
}

bool Search::evaluate_trial() {
  if (along_edge_ && edges_.margin(trial_x_) < 0) {
    static_cast<void>(edges_.pull_inside(trial_x_, 0));
  }
  std::fill(sides_.begin(), sides_.end(), KinkSide::above);
  return evaluate(trial_x_, trial_);
}

// Tries the step; keeps it or shrinks the region. False when the region has shrunk to nothing.
bool Search::advance() {
  for (std::size_t j = 0; j < n(); ++j) {
    trial_x_[j] = std::clamp(x_[j] + proposal_.step[static_cast<Eigen::Index>(j)],
                             std::min(lower_[j], x_[j]),
                             std::max(upper_[j], x_[j]));
  }
  bool const finite = evaluate_trial();
  if (!finite && edges_.any() && !along_edge_ && edges_.margin(trial_x_) < 0 &&
      edges_.find_interior(x_)) {
    along_edge_ = true;
    qualified_ = false;
    return true;
  }
  if (along_edge_) {
    for (std::size_t j = 0; j < n(); ++j) {
      proposal_.step[static_cast<Eigen::Index>(j)] = trial_x_[j] - x_[j];
    }
  }
  double const length = scaled_length(proposal_.step);
  double const promise = predicted(proposal_.step);
  double const gain = point_.value - trial_.value;
  // What is below the rounding of the NLL cannot be judged by it.
  if (!finite || gain + noise() < 1e-4 * promise) {
    radius_ = 0.25 * std::min(length, radius_);
    qualified_ = false;
    return radius_ > smallest_radius;
  }
  qualified_ = proposal_.full_newton && proposal_.edm <= newton_edm * unit_;
  last_edm_ = proposal_.edm;
  // On a saddle that is flat within rounding only longer steps can tell.
  bool const untold = !proposal_.positive_definite && promise < noise();
  if ((gain > 0.75 * promise || untold) && length > 0.8 * radius_) {
    radius_ *= 2.5;
  } else if (gain + noise() < 0.25 * promise) {
    radius_ = std::max(0.5 * length, smallest_radius);
  }
  for (std::size_t j = 0; j < n(); ++j) {
    pinned_moves_[j] += hold_[j] == Hold::pinned ? 1 : 0;
  }
  std::swap(x_, trial_x_);
  std::swap(point_, trial_);
  point_is_above_ = true;
  return true;
}

// Puts shapes that nothing supports where the search is to leave them. False, and the search goes
// on from there, where their process would then like some yield.
bool Search::rest_unsupported() {
  bool moved = false;
  for (std::size_t j = 0; j < n(); ++j) {
    if (hold_[j] == Hold::unsupported && x_[j] != start_[j]) {
      x_[j] = start_[j];
      moved = true;
    }
  }
  if (!moved) {
    return true;
  }
  auto const held = hold_;
  std::fill(sides_.begin(), sides_.end(), KinkSide::above);
  if (!evaluate(x_, point_)) {
    return true;
  }
  point_is_above_ = true;
  hold_parameters();
  return held == hold_;
}

FitStatus Search::final_status() const {
  auto const any = [&](auto... kinds) {
    return std::any_of(hold_.begin(), hold_.end(), [&](Hold h) { return ((h == kinds) || ...); });
  };
  return proposal_.n_null > 0                               ? FitStatus::degenerate
         : any(Hold::flat)                                  ? FitStatus::flat
         : !edge_.cuts.empty() || any(Hold::kink)           ? FitStatus::at_edge
         : any(Hold::lower, Hold::upper, Hold::unsupported) ? FitStatus::at_bound
                                                            : FitStatus::converged;
}

FitResult const& Search::run(std::span<double const> start, StartOptions const& how) {
  reset(start, how);
  if (!begin()) {
    return finish(FitStatus::infinite_nll);
  }
  initial_nll_ = point_.value;
  for (;; ++iterations_) {
    hold_parameters();
    if (along_edge_) {
      propose_along_edge();
    } else {
      propose();
    }
    if (yields_only_ && end_yields()) {
      continue;
    }
    if (none_free() || (qualified_ && stationary()) || is_below_resolution()) {
      if (rest_unsupported()) {
        return finish(final_status());
      }
      qualified_ = false;
      continue;
    }
    if (is_hopeless()) {
      finish(FitStatus::failed);
      result_.gave_up = true;
      return result_;
    }
    if (iterations_ >= options_.max_iterations) {
      return finish(FitStatus::max_iter);
    }
    if (!advance()) {
      return finish(FitStatus::failed);
    }
  }
}

}  // namespace toyfarm::fit
