#include "toyfarm/fit/minimise.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "toyfarm/core/contract.hpp"

#include "search.hpp"

namespace toyfarm::fit {
namespace {

/// Ends at a stationary point come before others.
int rank_of(core::FitStatus status) {
  using core::FitStatus;
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

Minimiser::Minimiser(ExtendedNll& nll, MinimiserOptions const& options)
    : search_(std::make_unique<Search>(nll, options)) {}
Minimiser::~Minimiser() = default;

FitResult const& Minimiser::minimise(std::span<double const> start) {
  return search_->run(start);
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
