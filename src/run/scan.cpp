#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "toyfarm/core/printable.hpp"
#include "toyfarm/inference/normal.hpp"
#include "toyfarm/run/questions.hpp"

#include "run/question_parts.hpp"

namespace toyfarm::run {
namespace {

/// One point of a scan.
struct ScanPoint {
  std::vector<double> values;  ///< [axis]
  double rise = 0;             ///< 2 Delta NLL
  double stat_only = 0;        ///< the same with constrained parameters held
};

HeldAt held_at(std::vector<std::size_t> const& axes, std::vector<double> const& values) {
  HeldAt held;
  for (std::size_t a = 0; a < axes.size(); ++a) {
    held[axes[a]] = values[a];
  }
  return held;
}

/// Every combination of the axes' values, the first axis slowest.
std::vector<ScanPoint> points_of(std::vector<ScanAxis> const& axes) {
  std::vector<ScanPoint> points{{}};
  for (auto const& axis : axes) {
    std::vector<ScanPoint> longer;
    for (auto const& point : points) {
      for (std::size_t i = 0; i < axis.grid.n; ++i) {
        longer.push_back(point);
        longer.back().values.push_back(axis.grid.at(i));
      }
    }
    points = std::move(longer);
  }
  return points;
}

/// Constrained parameters, other than those scanned, at the best fit.
HeldAt constrained_at(Input const& input,
                      std::vector<std::size_t> const& axes,
                      fit::FitResult const& best) {
  HeldAt held;
  for (auto const& constraint : input.model.constraints) {
    auto const j = constraint->parameter();
    if (!input.model.parameters[j].fixed && std::ranges::find(axes, j) == axes.end()) {
      held[j] = best.values[j];
    }
  }
  return held;
}

void fill(std::vector<ScanPoint>& points,
          std::vector<std::size_t> const& axes,
          HeldAt const& constrained,
          DataProfile& data) {
  for (auto& point : points) {
    static_cast<void>(data.rise(held_at(axes, point.values)));
  }
  // The free fit may have become lower meanwhile.
  for (auto& point : points) {
    auto held = held_at(axes, point.values);
    point.rise = data.rise(held);
    held.insert(constrained.begin(), constrained.end());
    point.stat_only = constrained.empty() ? point.rise : data.rise(held);
  }
}

struct ScanInterval {
  double cl;
  inference::ProfileInterval ends;
};

/// Says where points beyond the interval are as good as those within.
std::string outside_note(std::vector<ScanPoint> const& points,
                         double cl,
                         inference::ProfileInterval const& ends) {
  double const quantile = inference::chi2_quantile(cl, 1);
  for (auto const& point : points) {
    double const value = point.values.front();
    if ((value < ends.low.value || value > ends.high.value) && point.rise < quantile) {
      return fmt::format(
          "  this is the part around the best fit only: at {:.6g} the scan is below the quantile, "
          "too\n",
          value);
    }
  }
  return "";
}

std::string table_of(Input const& input,
                     ScanQuestion const& question,
                     fit::FitResult const& best,
                     std::vector<std::size_t> const& axes,
                     std::vector<ScanPoint> const& points,
                     std::vector<ScanInterval> const& intervals) {
  std::string text;
  for (auto const j : axes) {
    text += fmt::format("{:>14}", core::printable(input.model.parameters[j].name));
  }
  text += fmt::format("{:>14}{}\n", "2 Delta NLL", question.stat_only ? "     stat. only" : "");
  for (auto const& point : points) {
    for (double const value : point.values) {
      text += fmt::format("{:>14.6g}", value);
    }
    text += fmt::format("{:>14.6f}", point.rise);
    text += question.stat_only ? fmt::format("{:>15.6f}\n", point.stat_only) : "\n";
  }
  for (auto const j : axes) {
    text +=
        "best fit " + estimate_text(input.model.parameters[j].name, best.values[j], best.errors[j]);
  }
  for (auto const& [cl, ends] : intervals) {
    auto const note = [](inference::ProfileEnd const& end) {
      return end.state == inference::ProfileState::crossing
                 ? std::string()
                 : std::string(" (") + state_word(end.state) + ")";
    };
    text += fmt::format("{:.4g} % interval [{:.7g}{}, {:.7g}{}]\n",
                        100 * cl,
                        ends.low.value,
                        note(ends.low),
                        ends.high.value,
                        note(ends.high));
    text += outside_note(points, cl, ends);
  }
  return text;
}

Json scan_json(Input const& input,
               ScanQuestion const& question,
               fit::FitResult const& best,
               std::vector<std::size_t> const& axes,
               std::vector<ScanPoint> const& points,
               std::vector<ScanInterval> const& intervals) {
  auto out = answer_head("scan", input.model.parameters[axes.front()].name);
  out["definitions"] = {
      {"two_delta_nll", "2 (NLL minimised over all parameters not scanned - least NLL)"},
      {"intervals", "where it is the quantile of chi^2 with one degree of freedom"}};
  out["parameters"] = Json::array();
  out["best_fit"] = Json::object();
  for (auto const j : axes) {
    auto const& name = input.model.parameters[j].name;
    out["parameters"].push_back(name);
    out["best_fit"][name] = {{"value", json_number(best.values[j])},
                             {"error", json_number(best.errors[j])}};
  }
  out["points"] = Json::array();
  for (auto const& point : points) {
    Json entry{{"values", point.values}, {"two_delta_nll", json_number(point.rise)}};
    if (question.stat_only) {
      entry["two_delta_nll_stat_only"] = json_number(point.stat_only);
    }
    out["points"].push_back(std::move(entry));
    out["n_failed"] = out["n_failed"].get<int>() + (std::isnan(point.rise) ? 1 : 0);
  }
  out["intervals"] = Json::array();
  for (auto const& [cl, ends] : intervals) {
    out["intervals"].push_back({{"cl", cl},
                                {"low", json_number(ends.low.value)},
                                {"high", json_number(ends.high.value)},
                                {"low_state", state_word(ends.low.state)},
                                {"high_state", state_word(ends.high.state)}});
  }
  return out;
}

}  // namespace

Answer scan(ScanQuestion const& question) {
  auto const input = read_input(question.input);
  require_data(input, "scan");
  std::vector<std::size_t> axes;
  for (auto const& axis : question.axes) {
    if (question.axes.size() == 2 && question.axes[0].parameter == question.axes[1].parameter) {
      throw core::UsageError("--poi2: " + axis.parameter + " is scanned by --poi already");
    }
    axes.push_back(free_parameter(input, axis.parameter));
    auto const& p = input.model.parameters[axes.back()];
    if (!(axis.grid.lower >= p.lower && axis.grid.upper <= p.upper)) {
      throw core::UsageError(fmt::format("--poi {}={:g}:{:g}: outside its bounds [{:g}, {:g}]",
                                         p.name,
                                         axis.grid.lower,
                                         axis.grid.upper,
                                         p.lower,
                                         p.upper));
    }
  }
  auto data = observed_profile(input, question.threads);
  require_converged(data.fit(), "scan");
  auto points = points_of(question.axes);
  std::vector<ScanInterval> intervals;
  for (double const cl : axes.size() == 1 ? question.cl : std::vector<double>()) {
    intervals.push_back({cl, data.interval(axes.front(), cl)});
  }
  auto const constrained = question.stat_only ? constrained_at(input, axes, data.fit()) : HeldAt();
  fill(points, axes, constrained, data);
  auto const& best = data.fit();
  bool const failed =
      std::ranges::any_of(points, [](ScanPoint const& point) { return std::isnan(point.rise); });
  return {failed ? core::ExitCode::check_failed : core::ExitCode::success,
          table_of(input, question, best, axes, points, intervals),
          json_text(scan_json(input, question, best, axes, points, intervals))};
}

}  // namespace toyfarm::run
