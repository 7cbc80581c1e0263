#include "toyfarm/report/tables.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace toyfarm::report {
namespace {

std::string number(std::optional<double> value, char const* format) {
  return value && std::isfinite(*value) ? fmt::format(fmt::runtime(format), *value) : "-";
}

std::size_t name_width(std::vector<std::string> const& names) {
  std::size_t width = 9;
  for (auto const& name : names) {
    width = std::max(width, name.size());
  }
  return width;
}

/// 1st, 2nd, 3rd, 4th, …, 11th, …
std::string ordinal(std::uint64_t n) {
  bool const is_teen = n % 100 / 10 == 1;
  return std::to_string(n) + (is_teen       ? "th"
                              : n % 10 == 1 ? "st"
                              : n % 10 == 2 ? "nd"
                              : n % 10 == 3 ? "rd"
                                            : "th");
}

}  // namespace

std::string starts_text(StartsOfFit const& starts) {
  auto text = fmt::format("starts {}", starts.tried);
  if (starts.tried > 1 || !starts.winner.empty()) {
    text += fmt::format(", the {}{} led here",
                        ordinal(std::uint64_t{starts.won} + 1),
                        starts.winner.empty() ? "" : " (" + starts.winner + ")");
  }
  if (!std::isnan(starts.next_end)) {
    text += fmt::format("; the next other minimum is {:.3g} higher in NLL", starts.next_end);
  } else if (starts.tried > 1) {
    text += "; no other minimum was found";
  }
  return text;
}

std::string fit_table(std::vector<FittedParameter> const& parameters, FitEnd const& end) {
  std::vector<std::string> names;
  bool has_sumw2 = false;
  bool has_minos = false;
  for (auto const& p : parameters) {
    names.push_back(p.name);
    has_sumw2 = has_sumw2 || p.sumw2;
    has_minos = has_minos || !p.minos.empty();
  }
  auto const width = name_width(names);
  std::string text = fmt::format("{:<{}}  {:>16}  {:>12}", "parameter", width, "value", "error");
  text += has_sumw2 ? fmt::format("  {:>12}", "error sumw2") : "";
  text += has_minos ? fmt::format("  {:>23}", "MINOS") : "";
  text += "  held by\n";
  for (auto const& p : parameters) {
    text += fmt::format("{:<{}}  {:>16.10g}  {:>12}",
                        p.name,
                        width,
                        p.value,
                        std::isnan(p.error) ? p.no_error : fmt::format("{:.6g}", p.error));
    if (has_sumw2) {
      text += fmt::format("  {:>12}", number(p.sumw2, "{:.6g}"));
    }
    text += has_minos ? fmt::format("  {:>23}", p.minos.empty() ? "-" : p.minos) : "";
    text += fmt::format("  {}\n", p.held);
  }
  text += fmt::format("status {}  nll {:.10f}  edm {:.2g}  iterations {}\n",
                      end.status,
                      end.nll,
                      end.edm,
                      end.iterations);
  return text + starts_text(end.starts) + "\n";
}

std::string correlation_table(std::vector<FittedParameter> const& parameters,
                              std::span<double const> covariance) {
  auto const n = parameters.size();
  std::vector<std::size_t> shown;
  std::size_t width = 9;
  for (std::size_t j = 0; j < n; ++j) {
    if (!std::isnan(parameters[j].error) && covariance[j * n + j] > 0) {
      shown.push_back(j);
      width = std::max(width, parameters[j].name.size());
    }
  }
  if (shown.size() < 2) {
    return "";
  }
  auto text = fmt::format("{:<{}}\n", "correlations", width);
  for (std::size_t a = 0; a < shown.size(); ++a) {
    text += fmt::format("{:<{}}", parameters[shown[a]].name, width);
    for (std::size_t b = 0; b <= a; ++b) {
      double const variances =
          covariance[shown[a] * n + shown[a]] * covariance[shown[b] * n + shown[b]];
      double const correlation =
          a == b ? 1.0 : covariance[shown[a] * n + shown[b]] / std::sqrt(variances);
      text += fmt::format("  {:+.3f}", std::abs(correlation) < 5e-4 ? 0.0 : correlation);
    }
    text += "\n";
  }
  return text;
}

namespace {

/// Which engines fitted the toys, and what was certified.
std::string paths_line(ensemble::Summary const& summary) {
  auto const of = [&](core::Engine engine) {
    return summary.by_engine[static_cast<std::size_t>(engine)];
  };
  std::string text = fmt::format("fitted by nodes {}, by finer nodes {}, event by event {}",
                                 of(core::Engine::compressed),
                                 of(core::Engine::refined),
                                 of(core::Engine::eventwise));
  return text + (summary.largest_bound > 0
                     ? fmt::format("; largest certified bound {:.1e}\n", summary.largest_bound)
                     : "\n");
}

/// How toys ended that did not converge, and those that did at an edge.
std::string ends_text(ensemble::Summary const& summary) {
  auto const n_of = [&](core::FitStatus status) {
    return summary.by_status[static_cast<std::size_t>(status)];
  };
  auto const n_at_edge = n_of(core::FitStatus::at_edge);
  std::string text = n_at_edge == 0 ? "" : fmt::format(" ({} of them at_edge)", n_at_edge);
  for (int s = 0; s < core::n_fit_statuses; ++s) {
    auto const status = static_cast<core::FitStatus>(s);
    if (!core::is_converged(status) && n_of(status) > 0) {
      text += fmt::format(", {} {}", n_of(status), core::to_string(status));
    }
  }
  return summary.n_missing == 0 ? text : text + fmt::format(", {} missing", summary.n_missing);
}

std::string minima_line(ensemble::Summary const& summary) {
  return summary.n_two_minima == 0
             ? ""
             : fmt::format("{} converged toys have a second minimum within {} in NLL of the best\n",
                           summary.n_two_minima,
                           ensemble::two_minima_within);
}

/// Whose pulls are made of some of the converged toys only: the POI's in full, others by name.
std::string left_out_lines(record::StudyInfo const& study, ensemble::Summary const& summary) {
  constexpr std::size_t n_named = 8;
  std::string text;
  if (study.poi && study.used[*study.poi] && !study.fixed[*study.poi]) {
    if (auto const note = ensemble::pull_note(summary, study, *study.poi)) {
      text += *note + "\n";
    }
  }
  std::string others;
  std::size_t n = 0;
  for (std::size_t j = 0; j < study.parameter_names.size(); ++j) {
    auto const left_out = summary.parameters[j].n_no_error;
    if (left_out == 0 || study.fixed[j] || !study.used[j] || j == study.poi) {
      continue;
    }
    if (++n <= n_named) {
      others += fmt::format("{}{} ({})", n > 1 ? ", " : "", study.parameter_names[j], left_out);
    }
  }
  if (n > n_named) {
    others += fmt::format(" and {} more", n - n_named);
  }
  return n == 0 ? text
                : text + "pulls leave out converged toys without an error of: " + others + "\n";
}

}  // namespace

std::string summary_table(record::StudyInfo const& study,
                          ensemble::Summary const& summary,
                          ensemble::GuardrailVerdict const& verdict) {
  auto const width = name_width(study.parameter_names);
  std::string text = fmt::format("{:<{}}  {:>12}  {:>12}  {:>11}  {:>10}  {:>10}  {:>8}  {:>8}\n",
                                 "parameter",
                                 width,
                                 "truth",
                                 "mean",
                                 "+- of mean",
                                 "pull mean",
                                 "pull std",
                                 "pulls",
                                 "at bound");
  for (std::size_t j = 0; j < study.parameter_names.size(); ++j) {
    auto const& p = summary.parameters[j];
    if (study.fixed[j] || !study.used[j]) {
      text += fmt::format("{:<{}}  {:>12.6g}  {}\n",
                          study.parameter_names[j],
                          width,
                          study.truth[j],
                          study.fixed[j] ? "fixed" : "unused");
      continue;
    }
    text += fmt::format("{:<{}}  {:>12.6g}  {:>12}  {:>11}  {:>10}  {:>10}  {:>8}  {:>8}\n",
                        study.parameter_names[j],
                        width,
                        study.truth[j],
                        number(p.estimates.mean, "{:.6g}"),
                        number(p.estimates.error_of_mean, "{:.2g}"),
                        number(p.pulls.values.mean, "{:+.4f}"),
                        number(p.pulls.values.std_ddof1, "{:.4f}"),
                        p.pulls.values.n,
                        p.n_at_lower + p.n_at_upper);
  }
  text += fmt::format("toys {} of {} asked for: {} converged",
                      summary.n_rows,
                      summary.n_requested,
                      summary.n_converged);
  text += ends_text(summary) + "\n";
  text += minima_line(summary) + paths_line(summary);
  text += left_out_lines(study, summary);
  if (study.constraint_mode == record::ConstraintMode::fixed && !study.constrained.empty()) {
    text +=
        "constraints were kept at the spec's means: pulls of constrained parameters are not unit "
        "Gaussian\n";
  }
  for (auto const& warning : verdict.warnings) {
    text += "warning: " + warning + "\n";
  }
  for (auto const& failure : verdict.failures) {
    text += "guardrail failed: " + failure + "\n";
  }
  return text;
}

std::string toy_table(record::StudyInfo const& study, record::ToyRecord const& record) {
  auto const& fit = record.fit();
  std::string text = fmt::format("toy {}  status {}  nll {:.17g}  edm {:.2g}  iterations {}\n{}\n",
                                 record.toy.value,
                                 core::to_string(fit.status),
                                 fit.nll,
                                 fit.edm,
                                 fit.iterations,
                                 starts_text({fit.attempts, fit.won, fit.next_end, ""}));
  for (std::size_t c = 0; c < record.n_events.size(); ++c) {
    text += fmt::format("channel {}: {} events\n", study.channel_names[c], record.n_events[c]);
  }
  for (std::size_t j = 0; j < fit.values.size(); ++j) {
    text += fmt::format(
        "{}  {:.17g}  {}  truth {:.10g}\n",
        study.parameter_names[j],
        fit.values[j],
        std::isnan(fit.errors[j]) ? std::string("-") : fmt::format("{:.17g}", fit.errors[j]),
        study.truth[j]);
  }
  return text;
}

}  // namespace toyfarm::report
