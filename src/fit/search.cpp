#include "search.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace toyfarm::fit {

using core::FitStatus;
using model::Derivatives;
using model::KinkSide;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double epsilon = std::numeric_limits<double>::epsilon();

constexpr double newton_edm = 1e-9;      // contract 1: the full step is taken from here
constexpr double converged_edm = 1e-13;  // and ends here
constexpr double first_radius = 10;      // in units of axis_lengths, roughly standard deviations
constexpr double smallest_radius = 1e-10;
constexpr double flat_curvature = 1e-10;  // of the NLL over a parameter's whole range

}  // namespace

Search::Search(ExtendedNll& nll, MinimiserOptions const& options)
    : nll_(nll),
      options_(options),
      x_(nll.n_params()),
      trial_x_(nll.n_params()),
      hold_(nll.n_params()),
      sides_(nll.n_params()),
      kinked_(nll.n_params(), false),
      lower_(nll.n_params()),
      upper_(nll.n_params()),
      all_above_(nll.n_params(), KinkSide::above) {
  auto const size = static_cast<Eigen::Index>(n());
  for (auto* vector : {&ranges_, &lengths_, &solution_, &product_, &proposal_.step}) {
    vector->setZero(size);
  }
  work_.setZero(size, size);
  inverse_.setZero(size, size);
  free_.reserve(n());
  auto const n_free = std::ranges::count_if(nll_.model().parameters,
                                            [](auto const& p) { return p.used && !p.fixed; });
  if (n_free > 0) {
    trust_region_.prepare_for(n_free);
  }
  for (auto const& channel : nll_.model().channels) {
    for (auto const& process : channel.processes) {
      for (auto const j : process.yield.params()) {
        kinked_[j] = kinked_[j] || (channel.in_fit && process.yield.has_kink(j));
      }
    }
  }
}

void Search::reset(std::span<double const> start) {
  std::copy(start.begin(), start.end(), x_.begin());
  std::fill(hold_.begin(), hold_.end(), Hold::free);
  std::fill(sides_.begin(), sides_.end(), KinkSide::above);
  for (std::size_t j = 0; j < n(); ++j) {
    auto const& p = parameter(j);
    if (!p.fixed) {
      x_[j] = std::clamp(x_[j], p.lower, p.upper);
    }
    ranges_[static_cast<Eigen::Index>(j)] =
        std::min(p.upper - p.lower, 1e3 * std::max(1.0, std::abs(x_[j])));
  }
  point_is_above_ = true;
  initial_nll_ = infinity;
  radius_ = first_radius;
  last_edm_ = infinity;
  qualified_ = false;
  iterations_ = 0;
}

// At alpha = 0 of a kinked parameter both one-sided slopes are looked at: down one side if that
// goes down, else the parameter rests in the kink.
void Search::choose_kink_sides() {
  std::fill(sides_.begin(), sides_.end(), KinkSide::above);
  bool any = false;
  for (std::size_t j = 0; j < n(); ++j) {
    lower_[j] = parameter(j).lower;
    upper_[j] = parameter(j).upper;
    if (!kinked_[j] || hold_[j] == Hold::constant) {
      continue;
    }
    if (x_[j] > 0) {
      lower_[j] = std::max(lower_[j], 0.0);
    } else if (x_[j] < 0) {
      upper_[j] = std::min(upper_[j], 0.0);
    } else if (parameter(j).lower < 0 && parameter(j).upper > 0) {
      sides_[j] = KinkSide::below;
      any = true;
    }
  }
  if (!any) {
    return;
  }
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
    if (slope_above < 0 && (slope_below <= 0 || -slope_above >= slope_below)) {
      lower_[j] = 0;
    } else if (slope_below > 0) {
      sides_[j] = KinkSide::below;
      upper_[j] = 0;
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

bool Search::is_flat(std::size_t j) const {
  auto const i = static_cast<Eigen::Index>(j);
  double const range = ranges_[i];
  if (std::abs(point_.hessian(i, i)) * range * range > flat_curvature ||
      std::abs(point_.gradient[i]) * range > flat_curvature) {
    return false;
  }
  for (Eigen::Index k = 0; k < point_.hessian.rows(); ++k) {
    if (hold_[static_cast<std::size_t>(k)] == Hold::free &&
        std::abs(point_.hessian(i, k)) * range * ranges_[k] > 1e-5) {
      return false;
    }
  }
  return true;
}

void Search::hold_parameters() {
  for (std::size_t j = 0; j < n(); ++j) {
    hold_[j] = parameter(j).fixed || !parameter(j).used ? Hold::constant : Hold::free;
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
    if (hold_[j] == Hold::free && is_flat(j)) {
      hold_[j] = Hold::flat;
    }
  }
}

double Search::noise() const {
  return 16 * epsilon * std::max(1.0, point_.scale);
}

bool Search::stationary() const {
  if (!proposal_.positive_definite || proposal_.edm <= converged_edm) {
    return proposal_.positive_definite;
  }
  // Steps that the NLL cannot show are still worth taking while the gradient says that they help:
  // of a large sample, 4 ulp are many times what the estimates can be known to.
  double const ulp = epsilon * std::max(std::abs(point_.value), std::numeric_limits<double>::min());
  return 2 * proposal_.edm < 4 * ulp && proposal_.edm > 0.1 * last_edm_;
}

// Tries the step; keeps it or shrinks the region. False when the region has shrunk to nothing.
bool Search::advance() {
  for (std::size_t j = 0; j < n(); ++j) {
    trial_x_[j] = std::clamp(x_[j] + proposal_.step[static_cast<Eigen::Index>(j)],
                             std::min(lower_[j], x_[j]),
                             std::max(upper_[j], x_[j]));
  }
  double const length = scaled_length(proposal_.step);
  double const promise = predicted(proposal_.step);
  std::fill(sides_.begin(), sides_.end(), KinkSide::above);
  bool const finite = evaluate(trial_x_, trial_);
  double const gain = point_.value - trial_.value;
  if (!finite || gain + noise() < 1e-4 * promise) {
    radius_ = 0.25 * std::min(length, radius_);
    qualified_ = false;
    return radius_ > smallest_radius;
  }
  qualified_ = proposal_.full_newton && proposal_.edm <= newton_edm;
  last_edm_ = proposal_.edm;
  if (gain > 0.75 * promise && length > 0.8 * radius_) {
    radius_ *= 2.5;
  } else if (gain + noise() < 0.25 * promise) {
    radius_ = std::max(0.5 * length, smallest_radius);
  }
  std::swap(x_, trial_x_);
  std::swap(point_, trial_);
  point_is_above_ = true;
  return true;
}

FitResult const& Search::run(std::span<double const> start) {
  reset(start);
  if (!evaluate(x_, point_)) {
    return finish(FitStatus::infinite_nll);
  }
  initial_nll_ = point_.value;
  for (;; ++iterations_) {
    hold_parameters();
    propose();
    bool const none_free =
        std::none_of(hold_.begin(), hold_.end(), [](Hold h) { return h == Hold::free; });
    if (none_free || (qualified_ && stationary())) {
      bool const flat = std::find(hold_.begin(), hold_.end(), Hold::flat) != hold_.end();
      bool const bound = std::any_of(
          hold_.begin(), hold_.end(), [](Hold h) { return h == Hold::lower || h == Hold::upper; });
      return finish(proposal_.n_null > 0 ? FitStatus::degenerate
                    : flat               ? FitStatus::flat
                    : bound              ? FitStatus::at_bound
                                         : FitStatus::converged);
    }
    if (iterations_ == options_.max_iterations) {
      return finish(FitStatus::max_iter);
    }
    if (!advance()) {
      return finish(FitStatus::failed);
    }
  }
}

}  // namespace toyfarm::fit
