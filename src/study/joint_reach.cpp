#include "study/joint_reach.hpp"

#include <algorithm>
#include <cmath>

namespace toyfarm::study {
namespace {

using Range = JointReach::Range;

constexpr double joint_deviations = 6;
constexpr double few_events = 2e5;    // below, all places that the bounds allow a joint are kept
constexpr double small_reach = 0.05;  // of the events

std::vector<double> places(fit::ExtendedNll& nll,
                           std::size_t channel,
                           std::vector<double> const& point) {
  auto const at = nll.moving_break_points(channel, point);
  return {at.begin(), at.end()};
}

double events_in(std::vector<Range> const& reaches, toys::QuantileCells const& cells) {
  double sum = 0;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    double covered = 0;
    for (auto const& r : reaches) {
      covered +=
          std::max(0.0, std::min(r.upper, cells.upper[c]) - std::max(r.lower, cells.lower[c]));
    }
    sum += cells.events[c] * std::min(1.0, covered / (cells.upper[c] - cells.lower[c]));
  }
  return sum;
}

// To all corners of the bounds of the parameters that move a joint.
std::vector<Range> widest(fit::ExtendedNll& nll,
                          std::size_t channel,
                          std::vector<double> const& theta,
                          std::vector<std::size_t> const& movers) {
  constexpr std::size_t most_movers = 10;
  if (movers.size() > most_movers) {
    return {{-HUGE_VAL, HUGE_VAL}};
  }
  Range all{HUGE_VAL, -HUGE_VAL};
  for (std::size_t corner = 0; corner < (std::size_t{1} << movers.size()); ++corner) {
    auto point = theta;
    for (std::size_t i = 0; i < movers.size(); ++i) {
      auto const& p = nll.model().parameters[movers[i]];
      point[movers[i]] = (corner >> i & 1U) != 0 ? p.upper : p.lower;
    }
    for (double const place : places(nll, channel, point)) {
      all.lower = std::min(all.lower, std::isnan(place) ? -HUGE_VAL : place);
      all.upper = std::max(all.upper, std::isnan(place) ? HUGE_VAL : place);
    }
  }
  return {all};
}

}  // namespace

bool JointReach::meets(double lower, double upper) const noexcept {
  return std::any_of(ranges.begin(), ranges.end(), [&](Range const& r) {
    return r.lower < upper && lower < r.upper;
  });
}

JointReach joint_reach(fit::ExtendedNll& nll,
                       std::size_t channel,
                       toys::ChannelTables const& tables,
                       std::vector<double> const& theta,
                       Eigen::MatrixXd const& covariance) {
  JointReach out;
  auto const centre = places(nll, channel, theta);
  if (centre.empty() || !tables.processes.empty()) {
    return out;
  }
  std::vector<std::size_t> movers;
  Eigen::MatrixXd slopes =
      Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(centre.size()), covariance.rows());
  for (std::size_t j = 0; j < theta.size(); ++j) {
    auto const k = static_cast<Eigen::Index>(j);
    if (!(covariance(k, k) > 0)) {
      continue;
    }
    double const step = 1e-3 * std::sqrt(covariance(k, k));
    auto point = theta;
    point[j] += step;
    auto const moved = places(nll, channel, point);
    for (std::size_t i = 0; i < centre.size(); ++i) {
      slopes(static_cast<Eigen::Index>(i), k) = (moved[i] - centre[i]) / step;
      if (moved[i] != centre[i] && (movers.empty() || movers.back() != j)) {
        movers.push_back(j);
      }
    }
  }
  for (std::size_t i = 0; i < centre.size(); ++i) {
    Eigen::RowVectorXd const slope = slopes.row(static_cast<Eigen::Index>(i));
    double const sigma = std::sqrt(std::max(0.0, (slope * covariance * slope.transpose()).value()));
    if (sigma > 0) {
      out.ranges.push_back(
          {centre[i] - joint_deviations * sigma, centre[i] + joint_deviations * sigma});
    }
  }
  if (!out.ranges.empty() && tables.expected < few_events &&
      events_in(out.ranges, tables.cells) > small_reach * tables.expected) {
    out.ranges = widest(nll, channel, theta, movers);
  }
  out.most_kept =
      std::sqrt(static_cast<double>(model::node_order) * events_in(out.ranges, tables.cells) /
                static_cast<double>(centre.size()));
  return out;
}

}  // namespace toyfarm::study
