#include "toyfarm/run/prepare.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/core/thread_team.hpp"
#include "toyfarm/fit/why_infinite.hpp"
#include "toyfarm/kernels/isa.hpp"
#include "toyfarm/spec/suggestion.hpp"
#include "toyfarm/study/layout.hpp"

namespace toyfarm::run {
namespace {

std::vector<double> generation_point(Input const& input, Request const& request) {
  if (request.gen == GenerationPoint::init) {
    return input.model.init();
  }
  require_data(input, "--gen mle");
  if (input.weighted) {
    core::log_warn("--gen mle: the observed data are weighted, the toys are not");
  }
  auto const start = moved_inside(input, input.model.init(), "the init", model::EdgeScope::fitted);
  auto const fit = fit_data(input, start).result;
  if (!core::is_converged(fit.status)) {
    auto const cause = fit.status == core::FitStatus::infinite_nll
                           ? fit::why_infinite(input.model, input.data, start)
                           : std::nullopt;
    throw core::Error(core::ExitCode::check_failed,
                      "--gen mle: the fit of the observed data did not converge (" +
                          std::string(core::to_string(fit.status)) + (cause ? ": " + *cause : "") +
                          "); look at it with `toyfarm fit`, or choose --gen init");
  }
  return fit.values;
}

void override_values(Input const& input, Request const& request, std::vector<double>& truth) {
  for (auto const& [j, value] : set_values(input, request.set)) {
    truth[j] = value;
  }
}

// No toys come of a density that is negative: a generation point is moved inside unless --set mends
// it, and values of --set are taken as they are or refused.
std::vector<double> true_values(Input const& input, Request const& request) {
  auto const point = generation_point(input, request);
  auto truth = point;
  override_values(input, request, truth);
  constexpr auto scope = model::EdgeScope::all;
  if (!model::negative_density(input.model, truth, scope)) {
    return truth;
  }
  bool const at_init = request.gen == GenerationPoint::init;
  truth = moved_inside(input, point, at_init ? "the init" : "the fitted values", scope);
  override_values(input, request, truth);
  if (auto const negative = model::negative_density(input.model, truth, scope)) {
    throw core::UsageError("--set: " + negative_text(input, *negative) +
                           "; choose values for which it is positive in the whole window");
  }
  return truth;
}

/// Expected events that a toy keeps one by one.
double kept_events(toys::ChannelTables const& channel, bool by_nodes) {
  if (!by_nodes || !channel.processes.empty()) {
    return channel.expected;
  }
  double sum = 0;
  auto const add = [&](auto const& cells) {
    for (std::size_t c = 0; c < cells.kinds.size(); ++c) {
      sum += cells.kinds[c] == toys::CellKind::nodes ? 0 : cells.events[c];
    }
  };
  add(channel.cells);
  std::ranges::for_each(channel.products, add);
  return sum;
}

}  // namespace

std::map<std::size_t, double> set_values(Input const& input,
                                         std::vector<std::pair<std::string, double>> const& set) {
  std::map<std::size_t, double> out;
  for (auto const& [name, value] : set) {
    auto const index = input.model.index_of(name);
    if (!index) {
      std::vector<std::string> names;
      for (auto const& p : input.model.parameters) {
        names.push_back(p.name);
      }
      throw core::UsageError("--set: the spec has no parameter '" + name + "'" +
                             spec::suggestion(name, names));
    }
    auto const& p = input.model.parameters[*index];
    if (!(value >= p.lower && value <= p.upper)) {
      throw core::UsageError(
          fmt::format("--set {}={}: outside the bounds [{}, {}]", name, value, p.lower, p.upper));
    }
    out[*index] = value;
  }
  return out;
}

record::StudyInfo describe(Input const& input,
                           Request const& request,
                           std::vector<double> const& truth) {
  record::StudyInfo study;
  for (auto const& p : input.model.parameters) {
    study.parameter_names.push_back(p.name);
    study.lower.push_back(p.lower);
    study.upper.push_back(p.upper);
    study.fixed.push_back(p.fixed);
    study.used.push_back(p.used);
  }
  for (auto const& channel : input.model.channels) {
    study.channel_names.push_back(channel.name);
  }
  for (auto const& constraint : input.model.constraints) {
    study.constrained.push_back(constraint->parameter());
  }
  study.poi = input.model.poi;
  study.gen_point = core::word_of(request.gen);
  study.truth = truth;
  study.overrides = {request.set.begin(), request.set.end()};
  study.seed = request.seed;
  study.n_toys = request.n_toys;
  study.constraint_mode = request.constraints;
  study.engine = core::word_of(request.engine);
  study.arithmetic = own_arithmetic();
  study.pdf_variants = pdf_variants(input.spec);
  study.model_hash = spec::model_hash(input.spec);
  study.data_hash = input.data_hash;
  study.spec_text = input.spec.text;
  return study;
}

Prepared prepare(Request const& request) {
  Prepared out;
  out.input = read_input(request.input);
  auto const truth = true_values(out.input, request);
  out.study = describe(out.input, request, truth);
  out.tables =
      study::build_layout(out.input.model, truth, request.input.config, core::usable_threads());
  out.study.layout_hash = toys::layout_hash(out.tables);
  return out;
}

std::string own_arithmetic() {
  return kernels::uses_fma() ? "fma" : "plain";
}

void require_poi(ensemble::GuardrailLimits const& limits, record::StudyInfo const& study) {
  if (!study.poi && (limits.max_abs_poi_pull_mean || limits.poi_pull_std_range)) {
    throw core::UsageError(
        "a guardrail on the POI's pull was asked for, but the spec names no poi");
  }
}

void require_event_memory(toys::GenerationTables const& tables,
                          record::StudyInfo const& study,
                          Order const& order,
                          KeptEvents kept) {
  auto const memory =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  bool const by_nodes = order.request.engine != study::EngineChoice::eventwise &&
                        order.conduct.verify == 0 && order.conduct.save_events.empty() &&
                        kept == KeptEvents::needed;
  for (std::size_t c = 0; c < tables.channels.size(); ++c) {
    auto const& channel = tables.channels[c];
    double const events = kept_events(channel, by_nodes);
    double const bytes = events * static_cast<double>(sizeof(double) * channel.n_observables);
    if (bytes > memory) {
      throw core::SpecError(
          order.request.input.config,
          fmt::format("/channels/{}", c),
          fmt::format(
              "channel '{}': a toy keeps {:.4g} events one by one{}, which takes {:.3g} GB; "
              "this machine has {:.3g} GB",
              study.channel_names[c],
              events,
              by_nodes ? ""
                       : " (with --engine eventwise, --verify, --dump-events or --save-events)",
              bytes / 1e9,
              memory / 1e9));
    }
  }
}

std::string encode_setup(Prepared const& prepared, Request const& request) {
  study::SetupNote note;
  note.spec_path = prepared.input.spec.path.string();
  note.spec_text = prepared.input.spec.text;
  note.unknown = request.input.unknown;
  note.truth = prepared.study.truth;
  note.seed = prepared.study.seed;
  note.constraints = prepared.study.constraint_mode;
  note.engine = request.engine;
  note.max_event_memory = request.max_event_memory;
  note.tables = toys::serialise(prepared.tables);
  return study::encode_setup(note);
}

}  // namespace toyfarm::run
