#include "run/question_parts.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/spec/suggestion.hpp"

namespace toyfarm::run {

double Grid::at(std::size_t i) const {
  return n < 2 ? lower
         : i + 1 == n
             ? upper
             : lower + (upper - lower) * static_cast<double>(i) / static_cast<double>(n - 1);
}

std::size_t free_parameter(Input const& input, std::string const& name) {
  auto const index = input.model.index_of(name);
  if (!index) {
    std::vector<std::string> names;
    for (auto const& p : input.model.parameters) {
      names.push_back(p.name);
    }
    throw core::UsageError("the spec has no parameter '" + name + "'" +
                           spec::suggestion(name, names));
  }
  auto const& p = input.model.parameters[*index];
  if (p.fixed) {
    throw core::SpecError(
        input.spec.path,
        "/model/parameters/" + std::to_string(*index),
        "parameter '" + name + "' is asked about, but fixed; --float " + name + " frees it");
  }
  if (!p.used) {
    throw core::SpecError(input.spec.path,
                          "/model/parameters/" + std::to_string(*index),
                          "parameter '" + name + "' is asked about, but nothing depends on it");
  }
  return *index;
}

std::size_t poi_of(Input const& input) {
  if (!input.model.poi) {
    throw core::UsageError("the spec names no parameter of interest; give one with --poi NAME");
  }
  return free_parameter(input, input.model.parameters[*input.model.poi].name);
}

Input read_for(InputRequest const& request, Observed asked) {
  return read_input(request, asked == Observed::blind ? Events::left_alone : Events::read);
}

std::string estimate_text(std::string const& name, double value, double error) {
  auto const text = fmt::format("{} = {:.7g}", core::printable(name), value);
  return text + (std::isnan(error) ? ", at a bound or an edge: no error\n"
                                   : fmt::format(" +- {:.4g}\n", error));
}

Observed looks_at(Input const& input, Observed asked) {
  bool const has_data = input.channels_without_data.empty();
  if (!has_data && asked == Observed::shown) {
    core::log_warn("channel '" + input.channels_without_data.front() +
                   "' has no data: only what is expected is told");
  }
  return has_data ? asked : Observed::blind;
}

DataProfile observed_profile(Input const& input, int threads) {
  auto const start = moved_inside(input, input.model.init(), "the init", model::EdgeScope::fitted);
  return DataProfile(input, input.data, input.globals, start, DataProfile::Search::wide, threads);
}

void require_converged(fit::FitResult const& free, std::string const& what) {
  if (!core::is_converged(free.status)) {
    throw core::Error(core::ExitCode::check_failed,
                      what + ": the fit of the data did not converge (" +
                          std::string(core::to_string(free.status)) +
                          "); look at it with `toyfarm fit`");
  }
}

std::vector<double> asimov_point(Input const& input, DataProfile* data, HeldAt const& held) {
  auto point = input.model.init();
  if (data != nullptr) {
    auto const& conditional = data->fit(held);
    if (conditional.status != core::FitStatus::infinite_nll) {  // no signal, yet events: an answer
      require_converged(conditional, "Asimov data");
    }
    point = conditional.values;
  }
  for (auto const& [j, value] : held) {
    point[j] = value;
  }
  return point;
}

inference::Statistic statistic_of(DataProfile& data,
                                  inference::StatisticKind kind,
                                  std::size_t poi,
                                  double tested,
                                  double bound) {
  static_cast<void>(data.fit({{poi, tested}}));  // may lower the free fit
  inference::SampleFits fits{data.end(poi), data.end(poi, {{poi, tested}}), std::nullopt};
  if (fits.free.poi < bound) {
    fits.at_bound = data.end(poi, {{poi, bound}});
  }
  return inference::evaluate(kind, fits, tested, bound);
}

double physical_bound(std::string const& command,
                      std::optional<double> const& asked,
                      model::Parameter const& poi) {
  double const bound = asked.value_or(std::max(0.0, poi.lower));
  if (!(bound >= poi.lower && bound < poi.upper)) {
    throw core::UsageError(
        fmt::format("{}: the physical bound {:g} is not within the bounds [{:g}, {:g}] of {}",
                    command,
                    bound,
                    poi.lower,
                    poi.upper,
                    poi.name));
  }
  return bound;
}

char const* nuisances_text(DataProfile const* data) {
  return data != nullptr ? "at their conditional estimates on the observed data"
                         : "at the spec's init";
}

Json json_number(double value) {
  return std::isnan(value)   ? Json(nullptr)
         : std::isinf(value) ? Json(value > 0 ? "inf" : "-inf")
                             : Json(value);
}

Json json_of(std::optional<inference::Probability> const& p) {
  return p ? Json{{"value", json_number(p->value)},
                  {"low", json_number(p->low)},
                  {"high", json_number(p->high)},
                  {"low_failed", json_number(p->low_failed)},
                  {"high_failed", json_number(p->high_failed)}}
           : Json(nullptr);
}

Json answer_head(std::string const& command, std::string const& poi) {
  return {{"command", command},
          {"poi", poi},
          {"definitions", Json::object()},
          {"n_toys", 0},
          {"n_failed", 0},
          {"complete", true}};
}

std::string json_text(Json const& document) {
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string band_name(int band) {
  return band == 0 ? "0" : fmt::format("{:+d}", band);
}

char const* state_word(inference::ProfileState state) {
  using inference::ProfileState;
  switch (state) {
    case ProfileState::crossing:
      return "crossing";
    case ProfileState::at_bound:
      return "at_bound";
    case ProfileState::unbounded:
      return "unbounded";
    case ProfileState::lower_minimum:
      return "lower_minimum";
    case ProfileState::failed:
      break;
  }
  return "failed";
}

}  // namespace toyfarm::run
