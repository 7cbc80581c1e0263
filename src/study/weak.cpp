#include "study/weak.hpp"

#include <algorithm>
#include <cmath>

#include "study/peaks.hpp"

namespace toyfarm::study {
namespace {

constexpr double enough = 6;  // errors of a yield: no toy loses such a peak
constexpr double few_widths = 3;
constexpr double fewest_deviations = 9;  // of a channel's events

/// A process's yield in units of its expected error.
double significance(model::Process const& process,
                    std::span<double const> theta,
                    Eigen::MatrixXd const& covariance) {
  auto const& params = process.yield.params();
  std::vector<double> first(params.size());
  std::vector<double> second(model::packed_size(params.size()));
  std::vector<model::KinkSide> const sides(theta.size(), model::KinkSide::above);
  double const nu = process.yield.value(theta, sides, model::Derivatives::first, first, second);
  double variance = 0;
  for (std::size_t a = 0; a < params.size(); ++a) {
    for (std::size_t b = 0; b < params.size(); ++b) {
      variance +=
          first[a] * first[b] *
          covariance(static_cast<Eigen::Index>(params[a]), static_cast<Eigen::Index>(params[b]));
    }
  }
  return variance > 0 ? nu / std::sqrt(variance) : nu > 0 ? HUGE_VAL : 0;
}

/// Whether so few events could be without weight: more than that are not, but cannot be told from
/// another process, which no search mends.
bool are_few(model::Model const& model, Peak const& peak, std::span<double const> theta) {
  double sum = 0;
  for (auto const& process : model.channels[peak.channel].processes) {
    sum += process.yield.value(theta);
  }
  double const events = model.channels[peak.channel].processes[peak.process].yield.value(theta);
  return events <= std::max(fewest_deviations * std::sqrt(sum), 1.0);
}

}  // namespace

std::vector<toys::ChannelPlan> plan_channels(model::Model const& model,
                                             std::span<double const> theta,
                                             Eigen::MatrixXd const& covariance) {
  std::vector<toys::ChannelPlan> plans(model.channels.size());
  for (auto const& group : find_peaks(model)) {
    double strongest = 0;  // peaks that share a place hold each other
    for (auto const& peak : group.peaks) {
      auto const& process = model.channels[peak.channel].processes[peak.process];
      strongest = std::max(strongest, significance(process, theta, covariance));
    }
    auto const place = static_cast<Eigen::Index>(group.location);
    double const wander = enough * std::sqrt(covariance(place, place));
    if (strongest >= enough &&
        wander < few_widths * peak_width(model, group.peaks.front(), theta)) {
      continue;
    }
    if (!std::ranges::all_of(group.peaks,
                             [&](auto const& p) { return are_few(model, p, theta); })) {
      continue;
    }
    for (auto const& peak : group.peaks) {
      auto& plan = plans[peak.channel];
      plan.weak.resize(model.channels[peak.channel].processes.size());
      plan.weak[peak.process] = 1;
    }
  }
  // Cells need something to follow.
  for (std::size_t c = 0; c < plans.size(); ++c) {
    bool any = false;
    for (std::size_t p = 0; p < plans[c].weak.size(); ++p) {
      any = any || (plans[c].weak[p] == 0 && model.channels[c].processes[p].yield.value(theta) > 0);
    }
    if (!any) {
      plans[c] = {};
    }
  }
  return plans;
}

}  // namespace toyfarm::study
