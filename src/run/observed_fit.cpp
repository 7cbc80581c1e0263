#include "toyfarm/run/observed_fit.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "toyfarm/core/sha256.hpp"
#include "toyfarm/fit/why_infinite.hpp"
#include "toyfarm/inference/normal.hpp"
#include "toyfarm/io/toy_table.hpp"
#include "toyfarm/report/tables.hpp"
#include "toyfarm/run/data_profile.hpp"
#include "toyfarm/run/versions.hpp"
#include "toyfarm/study/toy_runner.hpp"

#include "run/question_parts.hpp"

namespace toyfarm::run {
namespace {

/// What makes the NLL infinite at a fit's start, where that is how it ended; else nothing.
std::string cause_at(model::Model const& model,
                     model::Sample const& sample,
                     std::vector<double> const& start,
                     fit::FitResult const& fit) {
  return fit.status == core::FitStatus::infinite_nll
             ? fit::why_infinite(model, sample, start).value_or("")
             : "";
}

/// Threads of this process by a policy.
int threads_here(parallel::ThreadPolicy const& policy) {
  using Kind = parallel::ThreadPolicy::Kind;
  if (policy.kind == Kind::count) {
    return std::max(policy.count, 1);
  }
  auto const report = parallel::local_report();
  return std::max(policy.kind == Kind::physical ? report.physical_cores : report.logical_cores, 1);
}

/// The profile interval of every parameter that moves.
std::vector<io::FitDocument::Interval> minos_of(Input const& input,
                                                std::vector<double> const& best,
                                                int threads) {
  DataProfile data(input, input.data, input.globals, best, DataProfile::Search::wide, threads);
  std::vector<io::FitDocument::Interval> out;
  for (std::size_t j = 0; j < best.size(); ++j) {
    auto const& p = input.model.parameters[j];
    if (!p.fixed && p.used) {
      auto const ends = data.interval(j, inference::one_sigma);
      out.push_back({j,
                     ends.low.value,
                     ends.high.value,
                     state_word(ends.low.state),
                     state_word(ends.high.state)});
    }
  }
  return out;
}

std::string minos_text(FittedData const& fitted, std::size_t parameter) {
  for (auto const& one : fitted.minos) {
    if (one.parameter == parameter) {
      double const value = fitted.fit.result.values[parameter];
      auto const end = [](double distance, std::string const& state) {
        return state == "crossing" ? fmt::format("{:+.4g}", distance) : state;
      };
      return end(one.low - value, one.low_state) + " / " + end(one.high - value, one.high_state);
    }
  }
  return "";
}

}  // namespace

FittedData fit_toy_file(Input const& input, std::string const& file) {
  auto const toy = io::read_toy_events(file);
  if (toy.model_hash != spec::model_hash(input.spec)) {
    throw core::DataError(file,
                          "these events belong to another model than " + input.spec.path.string());
  }
  model::Sample sample;
  for (auto const& channel : toy.channels) {
    model::ChannelSample points;
    points.columns = channel.columns;
    points.weights = channel.weights;
    points.n_events = points.size();
    sample.channels.push_back(std::move(points));
  }
  if (sample.channels.size() != input.model.channels.size() ||
      toy.truth.size() != input.model.parameters.size() ||
      toy.global_observables.size() != input.model.constraints.size()) {
    throw core::DataError(file, "channels, parameters or constraints do not match the spec");
  }
  fit::ExtendedNll nll(input.model);
  nll.bind(sample, toy.global_observables);
  fit::Minimiser minimiser(nll);
  auto result = minimiser.minimise(toy.truth);
  if (!core::is_converged(result.status)) {
    result = minimiser.retry(
        std::move(result),
        study::other_starts(input.model, toy.truth, toy.seed, core::ToyId{toy.toy}));
  }
  FittedData fitted{{std::move(result)}, {}};
  fitted.cause = cause_at(input.model, sample, toy.truth, fitted.fit.result);
  return fitted;
}

FittedData fit_observed(Input const& input, ObservedRequest const& request) {
  require_data(input, "fit");
  auto start = input.model.init();
  if (request.start) {
    start = with_values_from(*request.start, input.model, std::move(start));
  }
  start = moved_inside(
      input, std::move(start), request.start ? "the start" : "the init", model::EdgeScope::fitted);
  study::ObservedOptions const how{threads_here(request.threads), request.starts};
  FittedData fitted{fit_data(input, start, how), {}};
  fitted.cause = cause_at(input.model, input.data, start, fitted.fit.result);
  if (input.weighted) {
    fit::ExtendedNll nll(input.model);
    nll.bind(input.data, input.globals);
    fitted.sumw2 = fit::sandwich_errors(nll, fitted.fit.result);
  }
  if (request.minos && core::is_converged(fitted.fit.result.status)) {
    fitted.minos = minos_of(input, fitted.fit.result.values, how.threads);
  }
  return fitted;
}

std::string reason_of_end(FittedData const& fitted) {
  switch (fitted.fit.result.status) {
    case core::FitStatus::converged:
      return "full Newton step from EDM <= 1e-9 to EDM <= 1e-13";
    case core::FitStatus::at_bound:
      return "converged with parameters at bounds";
    case core::FitStatus::at_edge:
      return "converged where a density touches zero, or in a kink of the NLL";
    case core::FitStatus::flat:
      return "the NLL does not depend on some free parameter";
    case core::FitStatus::degenerate:
      return "the NLL does not depend on some combination of free parameters";
    case core::FitStatus::infinite_nll:
      return "the NLL is infinite at every starting point" +
             (fitted.cause.empty() ? "" : "; at the first: " + fitted.cause);
    case core::FitStatus::max_iter:
      return "iteration limit";
    case core::FitStatus::failed:
      return "no acceptable step: the edge of a density's domain, or a kink";
    case core::FitStatus::uncertified:
      break;
  }
  return "error bound of the compressed sample over the limit";
}

io::FitDocument fit_document(Input const& input, FittedData const& fitted) {
  auto const& fit = fitted.fit.result;
  io::FitDocument out;
  for (auto const& p : input.model.parameters) {
    out.parameter_names.push_back(p.name);
  }
  out.bestfit = fit.values;
  out.uncertainties = fit.errors;
  out.held = fit.held;
  out.covariance.assign(
      fit.covariance.data(),
      fit.covariance.data() + fit.covariance.size());  // symmetric: order does not matter
  out.errors_sumw2 = fitted.sumw2;
  out.minos = fitted.minos;
  out.nll = fit.nll;
  out.initial_nll = fit.initial_nll;
  out.edm = fit.edm;
  out.gradient_norm = fit.gradient_norm;
  out.status = core::to_string(fit.status);
  out.converged = core::is_converged(fit.status);
  out.n_iter = fit.iterations;
  out.n_evaluations = fit.iterations + fit.attempts;
  for (std::size_t j = 0; j < fit.values.size(); ++j) {
    auto const& p = input.model.parameters[j];
    auto const held = fit.held[j];
    out.unused.push_back(!p.used || held == core::Held::unused);
    out.n_active_bounds +=
        p.fixed || held == core::Held::lower || held == core::Held::upper ? 1 : 0;
  }
  out.n_starts = fit.attempts;
  out.won = fit.won;
  out.next_end = fit.next_end;
  out.start_names = fitted.fit.starts;
  out.poi = input.model.poi;
  out.termination_reason = reason_of_end(fitted);
  out.model_hash = spec::model_hash(input.spec);
  out.data_hash = input.data_hash;
  out.spec_sha256 = core::sha256_hex(input.spec.text);
  out.versions = versions("none");
  return out;
}

std::string fit_text(Input const& input, FittedData const& fitted) {
  auto const& fit = fitted.fit.result;
  std::vector<report::FittedParameter> rows;
  for (std::size_t j = 0; j < fit.values.size(); ++j) {
    auto const& p = input.model.parameters[j];
    rows.push_back({p.name,
                    fit.values[j],
                    fit.errors[j],
                    p.fixed   ? "fixed"
                    : !p.used ? "unused"
                              : "-",
                    fitted.sumw2.empty() ? std::nullopt : std::optional(fitted.sumw2[j]),
                    std::string(core::to_string(fit.held[j])),
                    minos_text(fitted, j)});
  }
  auto const& starts = fitted.fit.starts;
  auto const table = report::fit_table(
      rows,
      {std::string(core::to_string(fit.status)),
       fit.nll,
       fit.edm,
       fit.iterations,
       {fit.attempts, fit.won, fit.next_end, starts.empty() ? "" : starts.at(fit.won)}});
  return table +
         report::correlation_table(
             rows, {fit.covariance.data(), static_cast<std::size_t>(fit.covariance.size())});
}

}  // namespace toyfarm::run
