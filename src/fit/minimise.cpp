#include "toyfarm/fit/minimise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include "toyfarm/core/contract.hpp"

#include "trust_region.hpp"

namespace toyfarm::fit {
namespace {

using core::FitStatus;
using model::Derivatives;
using model::KinkSide;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double epsilon = std::numeric_limits<double>::epsilon();

constexpr double newton_edm = 1e-9;      // contract 1: the full step is taken from here
constexpr double converged_edm = 1e-13;  // and ends here
constexpr double first_radius = 10;      // in units of axis_lengths, roughly standard deviations
constexpr double smallest_radius = 1e-10;
constexpr double flat_curvature = 1e-10;  // of the NLL over a parameter's whole range

/// Why a parameter does not move in this iteration.
enum class Hold { free, constant, lower, upper, kink, flat };

/// A step over all parameters and what it promises.
struct Proposal {
  Eigen::VectorXd step;
  double edm = 0;
  bool full_newton = false;
  bool positive_definite = true;
  Eigen::Index n_null = 0;
};

class Search {
 public:
  Search(ExtendedNll& nll, std::span<double const> start, MinimiserOptions const& options);
  FitResult run();

 private:
  [[nodiscard]] std::size_t n() const { return x_.size(); }
  [[nodiscard]] model::Parameter const& parameter(std::size_t j) const {
    return nll_.model().parameters[j];
  }
  [[nodiscard]] bool evaluate(std::vector<double> const& x, NllPoint& out) {
    return nll_.evaluate(x, sides_, Derivatives::second, out);
  }
  void choose_kink_sides();
  void hold_parameters();
  [[nodiscard]] bool is_flat(std::size_t j) const;
  [[nodiscard]] double noise() const { return 16 * epsilon * std::max(1.0, point_.scale); }
  [[nodiscard]] double predicted(Eigen::VectorXd const& step) const {
    return -(point_.gradient.dot(step) + 0.5 * step.dot(point_.hessian * step));
  }
  [[nodiscard]] Proposal propose() const;
  [[nodiscard]] double scaled_length(Eigen::VectorXd const& step) const;
  [[nodiscard]] Eigen::VectorXd projected_gradient_step() const;
  [[nodiscard]] bool stationary(Proposal const& proposal) const;
  bool advance(Proposal const& proposal);
  [[nodiscard]] FitResult finish(FitStatus status, Proposal const& last);
  void fill_errors(FitResult& result) const;

  ExtendedNll& nll_;
  MinimiserOptions options_;
  std::vector<double> x_;
  std::vector<Hold> hold_;
  std::vector<KinkSide> sides_;
  std::vector<bool> kinked_;
  std::vector<double> lower_,
      upper_;  // limits of this iteration's step: bounds, and kinks not yet crossed
  Eigen::VectorXd ranges_;
  NllPoint point_, trial_;
  bool point_is_above_ = true;  // point_ has the upper slopes at kinks
  double initial_nll_ = infinity;
  double radius_ = first_radius;
  double last_edm_ = infinity;  // before the last step
  bool qualified_ = false;  // the last step was the full Newton step that contract 1 asks for
  std::uint32_t iterations_ = 0;
};

Search::Search(ExtendedNll& nll, std::span<double const> start, MinimiserOptions const& options)
    : nll_(nll),
      options_(options),
      x_(start.begin(), start.end()),
      hold_(start.size(), Hold::free),
      sides_(start.size(), KinkSide::above),
      kinked_(start.size(), false),
      lower_(start.size()),
      upper_(start.size()),
      ranges_(static_cast<Eigen::Index>(start.size())) {
  for (std::size_t j = 0; j < n(); ++j) {
    auto const& p = parameter(j);
    if (!p.fixed) {
      x_[j] = std::clamp(x_[j], p.lower, p.upper);
    }
    ranges_[static_cast<Eigen::Index>(j)] =
        std::min(p.upper - p.lower, 1e3 * std::max(1.0, std::abs(x_[j])));
  }
  for (auto const& channel : nll_.model().channels) {
    for (auto const& process : channel.processes) {
      for (auto const j : process.yield.params()) {
        kinked_[j] = kinked_[j] || (channel.in_fit && process.yield.has_kink(j));
      }
    }
  }
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
    std::vector<KinkSide> const below =
        std::exchange(sides_, std::vector<KinkSide>(n(), KinkSide::above));
    static_cast<void>(evaluate(x_, point_));
    point_is_above_ = true;
    sides_ = below;
  }
  NllPoint below;
  if (!nll_.evaluate(x_, sides_, Derivatives::first, below)) {
    return;
  }
  bool evaluate_again = false;
  for (std::size_t j = 0; j < n(); ++j) {
    if (sides_[j] == KinkSide::above) {
      continue;
    }
    double const slope_above = point_.gradient[static_cast<Eigen::Index>(j)];
    double const slope_below = below.gradient[static_cast<Eigen::Index>(j)];
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

// The trust-region step over the free parameters. Those that it takes out of the limits are put on
// them and the rest is solved again.
Proposal Search::propose() const {
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
    auto const solved =
        trust_region_step(slope, point_.hessian(free, free), ranges_(free), radius_);
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
  return out;
}

// In units of axis_lengths. A fixed parameter has range and length 0 and does not move.
double Search::scaled_length(Eigen::VectorXd const& step) const {
  Eigen::VectorXd const lengths = axis_lengths(point_.hessian, ranges_);
  return (step.array() != 0).select(step.array() / lengths.array(), 0.0).matrix().norm();
}

Eigen::VectorXd Search::projected_gradient_step() const {
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

bool Search::stationary(Proposal const& proposal) const {
  if (!proposal.positive_definite || proposal.edm <= converged_edm) {
    return proposal.positive_definite;
  }
  // Steps that the NLL cannot show are still worth taking while the gradient says that they help: of
  // a large sample, 4 ulp are many times what the estimates can be known to.
  double const ulp = epsilon * std::max(std::abs(point_.value), std::numeric_limits<double>::min());
  return 2 * proposal.edm < 4 * ulp && proposal.edm > 0.1 * last_edm_;
}

// Tries the step; keeps it or shrinks the region. False when the region has shrunk to nothing.
bool Search::advance(Proposal const& proposal) {
  std::vector<double> x(n());
  for (std::size_t j = 0; j < n(); ++j) {
    x[j] = std::clamp(x_[j] + proposal.step[static_cast<Eigen::Index>(j)],
                      std::min(lower_[j], x_[j]),
                      std::max(upper_[j], x_[j]));
  }
  double const length = scaled_length(proposal.step);
  double const promise = predicted(proposal.step);
  std::fill(sides_.begin(), sides_.end(), KinkSide::above);
  bool const finite = evaluate(x, trial_);
  double const gain = point_.value - trial_.value;
  if (!finite || gain + noise() < 1e-4 * promise) {
    radius_ = 0.25 * std::min(length, radius_);
    qualified_ = false;
    return radius_ > smallest_radius;
  }
  qualified_ = proposal.full_newton && proposal.edm <= newton_edm;
  last_edm_ = proposal.edm;
  if (gain > 0.75 * promise && length > 0.8 * radius_) {
    radius_ *= 2.5;
  } else if (gain + noise() < 0.25 * promise) {
    radius_ = std::max(0.5 * length, smallest_radius);
  }
  x_ = std::move(x);
  std::swap(point_, trial_);
  point_is_above_ = true;
  return true;
}

FitResult Search::run() {
  if (!evaluate(x_, point_)) {
    return finish(FitStatus::infinite_nll, {});
  }
  initial_nll_ = point_.value;
  for (;; ++iterations_) {
    hold_parameters();
    Proposal const proposal = propose();
    bool const none_free =
        std::none_of(hold_.begin(), hold_.end(), [](Hold h) { return h == Hold::free; });
    if (none_free || (qualified_ && stationary(proposal))) {
      bool const flat = std::find(hold_.begin(), hold_.end(), Hold::flat) != hold_.end();
      bool const bound = std::any_of(
          hold_.begin(), hold_.end(), [](Hold h) { return h == Hold::lower || h == Hold::upper; });
      return finish(proposal.n_null > 0 ? FitStatus::degenerate
                    : flat              ? FitStatus::flat
                    : bound             ? FitStatus::at_bound
                                        : FitStatus::converged,
                    proposal);
    }
    if (iterations_ == options_.max_iterations) {
      return finish(FitStatus::max_iter, proposal);
    }
    if (!advance(proposal)) {
      return finish(FitStatus::failed, proposal);
    }
  }
}

// Inverse of the Hessian over parameters that are not held by a bound or flat; null directions are
// left out and their parameters get no error.
void Search::fill_errors(FitResult& result) const {
  std::vector<Eigen::Index> kept;
  for (std::size_t j = 0; j < n(); ++j) {
    if (hold_[j] == Hold::free || hold_[j] == Hold::kink) {
      kept.push_back(static_cast<Eigen::Index>(j));
    }
  }
  if (kept.empty()) {
    return;
  }
  Eigen::VectorXd const lengths = axis_lengths(point_.hessian(kept, kept), ranges_(kept));
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
    result.errors[static_cast<std::size_t>(kept[a])] = std::sqrt(covariance(ia, ia));
    for (auto const b : sound) {
      result.covariance(kept[a], kept[b]) = covariance(ia, static_cast<Eigen::Index>(b));
    }
  }
}

FitResult Search::finish(FitStatus status, Proposal const& last) {
  FitResult result;
  result.status = status;
  result.values = x_;
  result.errors.assign(n(), not_a_number);
  result.at_bound.assign(n(), 0);
  result.covariance.setZero(static_cast<Eigen::Index>(n()), static_cast<Eigen::Index>(n()));
  result.nll = status == FitStatus::infinite_nll ? infinity : point_.value;
  result.initial_nll = initial_nll_;
  result.edm = status == FitStatus::infinite_nll ? not_a_number : last.edm;
  result.iterations = iterations_;
  if (status == FitStatus::infinite_nll) {
    result.gradient_norm = not_a_number;
    return result;
  }
  double squares = 0;
  for (std::size_t j = 0; j < n(); ++j) {
    double const slope = point_.gradient[static_cast<Eigen::Index>(j)];
    squares += hold_[j] == Hold::free ? slope * slope : 0;
    result.at_bound[j] = static_cast<std::int8_t>(hold_[j] == Hold::lower   ? -1
                                                  : hold_[j] == Hold::upper ? 1
                                                                            : 0);
  }
  result.gradient_norm = std::sqrt(squares);
  fill_errors(result);
  return result;
}

/// Ends at a stationary point come before others.
int rank_of(FitStatus status) {
  switch (status) {
    case FitStatus::converged:
    case FitStatus::at_bound:
    case FitStatus::flat:
    case FitStatus::degenerate:
      return 0;
    default:
      return 1;
  }
}

}  // namespace

FitResult minimise(ExtendedNll& nll,
                   std::span<double const> start,
                   MinimiserOptions const& options) {
  TOYFARM_EXPECTS(start.size() == nll.n_params());
  return Search(nll, start, options).run();
}

FitResult retry(ExtendedNll& nll,
                FitResult first,
                Starts const& starts,
                MinimiserOptions const& options) {
  FitResult best = std::move(first);
  std::uint32_t attempts = best.attempts;
  std::uint32_t iterations = best.iterations;
  for (auto const& start : starts) {
    FitResult result = minimise(nll, start, options);
    ++attempts;
    iterations += result.iterations;
    bool const ended = core::is_converged(result.status);
    int const order = rank_of(result.status) - rank_of(best.status);
    if (order < 0 || (order == 0 && result.nll < best.nll)) {
      best = std::move(result);
    }
    if (ended) {
      break;
    }
  }
  best.attempts = attempts;
  best.iterations = iterations;
  return best;
}

std::vector<double> sandwich_errors(ExtendedNll& nll, FitResult const& result) {
  std::vector<double> errors(result.values.size(), not_a_number);
  Eigen::MatrixXd middle;
  if (!nll.score_outer_product(result.values, middle)) {
    return errors;
  }
  Eigen::MatrixXd const sandwich = result.covariance * middle * result.covariance;
  for (std::size_t j = 0; j < errors.size(); ++j) {
    if (!std::isnan(result.errors[j])) {
      errors[j] = std::sqrt(sandwich(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(j)));
    }
  }
  return errors;
}

}  // namespace toyfarm::fit
