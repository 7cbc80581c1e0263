#include "toyfarm/run/data_profile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/study/observed.hpp"

namespace toyfarm::run {
namespace {

constexpr int most_new_minima = 5;  // times that an interval begins anew from a lower free fit

// By how much a conditional fit must end below the free one to be another minimum.
double noise_of(double nll) {
  return 1e-9 + 64 * std::numeric_limits<double>::epsilon() * std::abs(nll);
}

}  // namespace

DataProfile::DataProfile(Input const& input,
                         model::Sample const& sample,
                         std::vector<double> globals,
                         std::vector<double> start,
                         Search search,
                         int threads)
    : input_(&input),
      sample_(&sample),
      globals_(std::move(globals)),
      start_(std::move(start)),
      search_(search),
      threads_(threads),
      model_(model::build_model(input.spec, spec::UnknownFields::warn)) {}

fit::FitResult DataProfile::fit_from(std::vector<double> const& start, HeldAt const& held) {
  auto from = start;
  model_.parameters = input_->model.parameters;
  for (auto const& [j, value] : held) {
    auto& p = model_.parameters[j];
    p.init = p.lower = p.upper = from[j] = value;
    p.fixed = true;
  }
  if (search_ == Search::wide) {
    return study::fit_observed(model_, {*sample_, globals_}, from, {threads_, 0}).result;
  }
  fit::ExtendedNll nll(model_, {}, threads_);
  nll.bind(*sample_, globals_);
  fit::Minimiser minimiser(nll);
  auto result = minimiser.minimise(from);
  if (core::is_converged(result.status) || result.status == core::FitStatus::infinite_nll) {
    return result;
  }
  return study::fit_observed(model_, {*sample_, globals_}, from, {threads_, 0}).result;
}

// A conditional fit that is below the free one is a better start for it.
void DataProfile::look_below(fit::FitResult const& conditional) {
  auto& free = fits_.at({});
  if (!core::is_converged(conditional.status) || conditional.nll >= free.nll - noise_of(free.nll)) {
    return;
  }
  auto again = fit_from(conditional.values, {});
  if (core::is_converged(again.status) && again.nll < free.nll) {
    free = std::move(again);
  }
}

fit::FitResult const& DataProfile::fit(HeldAt const& held) {
  auto found = fits_.find(held);
  if (found != fits_.end()) {
    return found->second;
  }
  auto const& from = held.empty() ? start_ : fit().values;
  auto result = fit_from(from, held);
  found = fits_.emplace(held, std::move(result)).first;
  if (!held.empty()) {
    look_below(found->second);
  }
  return found->second;
}

inference::FitEnd DataProfile::end(std::size_t poi, HeldAt const& held) {
  auto const& result = fit(held);
  bool const is_answer = !held.empty() && result.status == core::FitStatus::infinite_nll;
  return {is_answer ? std::numeric_limits<double>::infinity() : result.nll,
          0,
          result.values[poi],
          is_answer || core::is_converged(result.status)};
}

double DataProfile::rise(HeldAt const& held) {
  auto const& conditional = fit(held);
  auto const& free = fit();
  if (conditional.status == core::FitStatus::infinite_nll) {
    return std::numeric_limits<double>::infinity();
  }
  if (!core::is_converged(conditional.status) || !core::is_converged(free.status)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return std::max(0.0, 2 * (conditional.nll - free.nll));
}

inference::ProfileInterval DataProfile::interval(std::size_t parameter, double cl) {
  auto const& p = input_->model.parameters[parameter];
  inference::ProfileInterval out;
  for (int i = 0; i < most_new_minima; ++i) {
    auto const best = fit();
    double const range =
        std::isfinite(p.upper - p.lower) ? p.upper - p.lower : 1 + std::abs(best.values[parameter]);
    double const error = best.errors[parameter] > 0 ? best.errors[parameter] : 0.01 * range;
    out = inference::profile_interval(
        [&](double value) {
          return end(parameter, {{parameter, value}});
        },
        end(parameter),
        {.cl = cl, .error = error, .lower = p.lower, .upper = p.upper});
    using inference::ProfileState;
    if (out.low.state != ProfileState::lower_minimum &&
        out.high.state != ProfileState::lower_minimum) {
      break;
    }
  }
  return out;
}

}  // namespace toyfarm::run
