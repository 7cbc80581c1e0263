#include "toyfarm/fit/minimise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "toyfarm/core/contract.hpp"

#include "search.hpp"

namespace toyfarm::fit {
namespace {

constexpr double near_bound = 2;  // errors
constexpr double shallow = 0.25;  // of the rise that the errors promise
constexpr double tie = 2e-7;      // in NLL, per unit weight: the first of two ends stays
constexpr int most_passes = 3;    // over folds

/// Ends at a stationary point come before others.
int rank_of(core::FitStatus status) {
  using core::FitStatus;
  switch (status) {
    case FitStatus::converged:
    case FitStatus::at_bound:
    case FitStatus::at_edge:
    case FitStatus::flat:
    case FitStatus::degenerate:
      return 0;
    default:
      return 1;
  }
}

}  // namespace

Minimiser::Minimiser(ExtendedNll& nll, MinimiserOptions const& options)
    : nll_(&nll),
      search_(std::make_unique<Search>(nll, options)),
      folds_(find_folds(nll.model())),
      probe_(nll.n_params()),
      best_probe_(nll.n_params()),
      sides_(nll.n_params(), model::KinkSide::above) {}
Minimiser::~Minimiser() = default;

// True, with a point to start from, where the NLL rises much less towards a bound than the parabola
// of the errors says: one that is nearer than two errors, the other parameters following along the
// covariance.
bool Minimiser::suspect_bound(FitResult const& result, std::vector<double>& probe) {
  double lowest = std::numeric_limits<double>::infinity();
  for (std::size_t j = 0; j < probe.size(); ++j) {
    auto const& parameter = nll_->model().parameters[j];
    double const error = result.errors[j];
    for (double const bound : {parameter.lower, parameter.upper}) {
      double const distance = (bound - result.values[j]) / error;
      if (!(std::abs(distance) < near_bound)) {
        continue;
      }
      for (std::size_t k = 0; k < probe.size(); ++k) {
        auto const& other = nll_->model().parameters[k];
        double const along =
            result.covariance(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(j)) / error;
        probe_[k] = along == 0
                        ? result.values[k]
                        : std::clamp(result.values[k] + along * distance, other.lower, other.upper);
      }
      probe_[j] = bound;
      double const rise_expected = 0.5 * distance * distance;
      if (nll_->evaluate(probe_, sides_, model::Derivatives::none, point_) &&
          point_.value - result.nll < shallow * rise_expected && point_.value < lowest) {
        lowest = point_.value;
        probe = probe_;
      }
    }
  }
  return lowest < std::numeric_limits<double>::infinity();
}

// The lower one of first_ and the end of a search from `probe`.
FitResult const& Minimiser::look_from(std::vector<double> const& probe, StartOptions const& how) {
  auto const& second = search_->run(probe, {.rest = how.rest});
  bool const better =
      core::is_converged(second.status) && second.nll < first_.nll - tie * nll_->unit();
  auto const iterations = first_.iterations + second.iterations;
  if (better) {
    first_ = second;
  }
  first_.iterations = iterations;
  return first_;
}

// Searches the side of a fold that the first fit is not on, or both.
void Minimiser::look_across(Fold const& fold, StartOptions const& how) {
  auto const& parameter = nll_->model().parameters[fold.parameter];
  double const here = first_.values[fold.parameter];
  double const distance = here == fold.place ? 0.5 : std::abs(here - fold.place);
  for (double const side : {-1.0, 1.0}) {
    probe_ = first_.values;
    probe_[fold.parameter] =
        std::clamp(fold.place + side * distance, parameter.lower, parameter.upper);
    if ((here - fold.place) * side <= 0 && probe_[fold.parameter] != fold.place) {
      look_from(probe_, how);
    }
  }
}

FitResult const& Minimiser::minimise(std::span<double const> start, StartOptions const& how) {
  auto const& result = search_->run(start, how);
  if (!core::is_converged(result.status)) {
    return result;
  }
  bool const bound = suspect_bound(result, best_probe_);
  if (!bound && folds_.empty()) {
    return result;
  }
  first_ = result;
  if (bound) {
    look_from(best_probe_, how);
  }
  for (int pass = 0; pass < most_passes && !folds_.empty(); ++pass) {
    double const before = first_.nll;
    for (auto const& fold : folds_) {
      if (!nll_->is_held(fold.parameter)) {
        look_across(fold, how);
      }
    }
    if (!(first_.nll < before)) {
      break;
    }
  }
  return first_;
}

FitResult Minimiser::retry(FitResult first, Starts const& starts) {
  FitResult best = std::move(first);
  std::uint32_t attempts = best.attempts;
  std::uint32_t iterations = best.iterations;
  for (auto const& start : starts) {
    auto const& result = minimise(start);
    ++attempts;
    iterations += result.iterations;
    int const order = rank_of(result.status) - rank_of(best.status);
    if (order < 0 || (order == 0 && result.nll < best.nll)) {
      best = result;
      best.won = attempts - 1;
    }
    if (core::is_converged(result.status)) {
      break;
    }
  }
  best.attempts = attempts;
  best.iterations = iterations;
  return best;
}

FitResult minimise(ExtendedNll& nll,
                   std::span<double const> start,
                   MinimiserOptions const& options) {
  TOYFARM_EXPECTS(start.size() == nll.n_params());
  return Minimiser(nll, options).minimise(start);
}

std::vector<double> sandwich_errors(ExtendedNll& nll, FitResult const& result) {
  std::vector<double> errors(result.values.size(), std::numeric_limits<double>::quiet_NaN());
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
