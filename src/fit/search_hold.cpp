// What may move in an iteration, and how far.
#include <algorithm>
#include <cmath>

#include "search.hpp"

namespace toyfarm::fit {

using model::Derivatives;
using model::KinkSide;

namespace {

constexpr double flat_curvature = 1e-10;  // of the NLL over a parameter's length, per unit weight
constexpr double flat_coupling = 1e-5;
constexpr double short_range = 1e-6;   // of a parameter's natural length
constexpr double no_curvature = 1e-8;  // of the NLL over a range, per unit weight
constexpr double no_yield = 1e-200;    // per unit weight
constexpr double yield_factor = 10;    // by which a yield may change in a step at fixed shapes

}  // namespace

// Bounds, and kinks that are not yet crossed, limit a step. In a kink both one-sided slopes are
// looked at.
void Search::choose_kink_sides() {
  std::fill(sides_.begin(), sides_.end(), KinkSide::above);
  bool any = false;
  for (std::size_t j = 0; j < n(); ++j) {
    lower_[j] = parameter(j).lower;
    upper_[j] = parameter(j).upper;
    if (kinks_[j].empty() || hold_[j] == Hold::constant) {
      continue;
    }
    for (double const kink : kinks_[j]) {
      if (kink < x_[j]) {
        lower_[j] = std::max(lower_[j], kink);
      } else if (kink > x_[j]) {
        upper_[j] = std::min(upper_[j], kink);
      } else if (kink > parameter(j).lower) {
        sides_[j] = KinkSide::below;
        any = true;
      }
    }
  }
  if (any) {
    look_at_both_sides();
  }
}

// Down one side of a kink if that goes down, else the parameter rests in it.
void Search::look_at_both_sides() {
  if (!point_is_above_) {
    static_cast<void>(nll_.evaluate(x_, all_above_, Derivatives::second, point_));
    point_is_above_ = true;
  }
  if (!nll_.evaluate(x_, sides_, Derivatives::first, below_)) {
    return;
  }
  bool evaluate_again = false;
  for (std::size_t j = 0; j < n(); ++j) {
    if (sides_[j] == KinkSide::above) {
      continue;
    }
    double const slope_above = point_.gradient[static_cast<Eigen::Index>(j)];
    double const slope_below = below_.gradient[static_cast<Eigen::Index>(j)];
    sides_[j] = KinkSide::above;
    bool const may_rise = x_[j] < parameter(j).upper;
    if (may_rise && slope_above < 0 && (slope_below <= 0 || -slope_above >= slope_below)) {
      lower_[j] = x_[j];
    } else if (slope_below > 0 || !may_rise) {
      sides_[j] = KinkSide::below;
      upper_[j] = x_[j];
      evaluate_again = true;
    } else {
      hold_[j] = Hold::kink;
    }
  }
  if (evaluate_again) {
    static_cast<void>(evaluate(x_, point_));
    point_is_above_ = false;
  }
}

/// A change of a parameter that is not small, whatever its bounds.
double Search::natural_length(std::size_t j) const {
  double const square = point_.score_square[static_cast<Eigen::Index>(j)];
  return square > 0 ? 1 / std::sqrt(square) : std::max(1.0, std::abs(x_[j]));
}

bool Search::is_flat(std::size_t j) const {
  auto const i = static_cast<Eigen::Index>(j);
  if (std::abs(point_.hessian(i, i)) * ranges_[i] * ranges_[i] > flat_curvature * unit_) {
    return false;  // the usual case, and the cheapest to tell
  }
  double const length = std::max(ranges_[i], natural_length(j));
  if (std::abs(point_.hessian(i, i)) * length * length > flat_curvature * unit_ ||
      std::abs(point_.gradient[i]) * length > flat_curvature * unit_) {
    return false;
  }
  for (Eigen::Index k = 0; k < point_.hessian.rows(); ++k) {
    if (hold_[static_cast<std::size_t>(k)] == Hold::free &&
        std::abs(point_.hessian(i, k)) * length * ranges_[k] > flat_coupling * unit_) {
      return false;
    }
  }
  return true;
}

// False of a parameter whose processes have no yield: 0, or what a modifier that reaches 0 leaves.
bool Search::has_support(std::size_t j) const {
  return point_.support[static_cast<Eigen::Index>(j)] > no_yield * unit_;
}

// The NLL is a straight line over the whole range: its lower end is the minimum.
bool Search::is_pinned(std::size_t j) const {
  auto const i = static_cast<Eigen::Index>(j);
  double const range = ranges_[i];
  return std::abs(point_.hessian(i, i)) * range * range < no_curvature * unit_ &&
         range < short_range * natural_length(j);
}

// A free parameter that the data do not move, or hardly.
Hold Search::hold_idle(std::size_t j) {
  if (is_flat(j)) {
    return has_support(j) ? Hold::flat : Hold::unsupported;
  }
  if (!is_pinned(j)) {
    return Hold::free;
  }
  return pinned_moves_[j] < 2 ? Hold::pinned : Hold::constant;
}

// No shape goes further in a step than to where the events that it claims would see another shape:
// beyond, the parabola says nothing. Yields at fixed shapes stay within a factor.
void Search::limit_shapes() {
  for (std::size_t j = 0; j < n(); ++j) {
    if (hold_[j] != Hold::free) {
      continue;
    }
    double const square = point_.score_square[static_cast<Eigen::Index>(j)];
    if (square > 0) {
      double const most = 1 / std::sqrt(square);
      lower_[j] = std::max(lower_[j], x_[j] - most);
      upper_[j] = std::min(upper_[j], x_[j] + most);
    } else if (yields_only_ && x_[j] > 0 && parameter(j).lower >= 0) {
      lower_[j] = std::max(lower_[j], x_[j] / yield_factor);
      upper_[j] = std::min(upper_[j], x_[j] * yield_factor);
    }
  }
}

void Search::hold_parameters() {
  for (std::size_t j = 0; j < n(); ++j) {
    bool const waits = yields_only_ && is_shape_[j];
    hold_[j] = is_fixed(j) || !parameter(j).used || waits ? Hold::constant : Hold::free;
  }
  choose_kink_sides();
  for (std::size_t j = 0; j < n(); ++j) {
    double const slope = point_.gradient[static_cast<Eigen::Index>(j)];
    if (hold_[j] != Hold::free) {
      continue;
    }
    if (x_[j] <= parameter(j).lower && slope >= 0) {
      hold_[j] = Hold::lower;
    } else if (x_[j] >= parameter(j).upper && slope <= 0) {
      hold_[j] = Hold::upper;
    }
  }
  for (std::size_t j = 0; j < n(); ++j) {
    auto const i = static_cast<Eigen::Index>(j);
    bool const at_bound = hold_[j] == Hold::lower || hold_[j] == Hold::upper;
    if (hold_[j] == Hold::free || (at_bound && point_.gradient[i] == 0 && !has_support(j))) {
      auto const hold = hold_idle(j);
      hold_[j] = at_bound && hold != Hold::unsupported ? hold_[j] : hold;
    }
  }
  limit_shapes();
}

}  // namespace toyfarm::fit
