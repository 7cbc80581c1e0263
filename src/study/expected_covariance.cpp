#include "study/expected_covariance.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <Eigen/Eigenvalues>

#include "toyfarm/study/asimov.hpp"
#include "toyfarm/toys/generate.hpp"

namespace toyfarm::study {
namespace {

constexpr double most_events = 1e6;   // drawn of a channel whose cells are not those of its sum
constexpr double negligible = 1e-12;  // of a channel's events

// Without cells that hold less than `least_share` of their channel's events.
model::Sample expected_sample(model::Model const& model,
                              toys::GenerationTables const& tables,
                              std::span<double const> theta,
                              double least_share) {
  model::Sample out;
  toys::GenerationTables drawn = tables;
  for (auto& channel : drawn.channels) {
    if (channel.processes.empty() || channel.expected > most_events) {
      channel.counts = toys::make_poisson_tables(std::vector<double>(channel.counts.size()));
      channel.expected = 0;  // no room is made for events that are not drawn
    }
  }
  toys::generate(drawn, 0, {0}, out);
  for (std::size_t c = 0; c < tables.channels.size(); ++c) {
    if (tables.channels[c].processes.empty()) {
      out.channels[c] = expected_points(model.channels[c], tables.channels[c], theta, least_share);
    }
  }
  return out;
}

}  // namespace

void set_weak_off(std::span<toys::ChannelPlan const> plans, fit::ExtendedNll& nll) {
  for (std::size_t c = 0; c < plans.size(); ++c) {
    for (std::size_t p = 0; p < plans[c].weak.size(); ++p) {
      nll.set_off(c, p, plans[c].weak[p] != 0);
    }
  }
}

Eigen::MatrixXd expected_covariance(model::Model const& model,
                                    toys::GenerationTables const& tables,
                                    std::span<double const> theta,
                                    std::span<toys::ChannelPlan const> plans) {
  auto const n = static_cast<Eigen::Index>(theta.size());
  std::vector<double> centres;
  for (auto const& c : model.constraints) {
    centres.push_back(c->expected(theta[c->parameter()]));
  }
  fit::ExtendedNll nll(model);
  set_weak_off(plans, nll);
  std::vector<model::KinkSide> const sides(theta.size(), model::KinkSide::above);
  fit::NllPoint point;
  bool exists = false;
  // Where a density touches zero, what is drawn next to that place may have none by rounding.
  for (double const least_share : {0.0, negligible}) {
    if (!exists) {
      auto const sample = expected_sample(model, tables, theta, least_share);
      nll.bind(sample, centres);
      exists = nll.evaluate(theta, sides, model::Derivatives::second, point);
    }
  }
  if (!exists) {
    point.hessian.setZero(n, n);
  }
  Eigen::VectorXd scales = Eigen::VectorXd::Zero(n);
  for (Eigen::Index j = 0; j < n; ++j) {
    auto const& p = model.parameters[static_cast<std::size_t>(j)];
    bool const only_weak = !plans.empty() && point.hessian(j, j) == 0;
    if (p.fixed || !p.used || only_weak) {
      continue;
    }
    double const range = std::min(
        p.upper - p.lower, 1e3 * std::max(1.0, std::abs(theta[static_cast<std::size_t>(j)])));
    double const curvature = point.hessian(j, j) + 1 / (range * range);
    scales[j] = curvature > 0 ? 1 / std::sqrt(curvature) : range;
    point.hessian(j, j) += 1 / (range * range);
  }
  Eigen::MatrixXd scaled = scales.asDiagonal() * point.hessian * scales.asDiagonal();
  for (Eigen::Index j = 0; j < n; ++j) {
    if (scales[j] == 0) {
      scaled(j, j) = 1;
    }
  }
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> const solver(scaled);
  Eigen::VectorXd const inverse = solver.eigenvalues().cwiseMax(1e-6).cwiseInverse();
  return scales.asDiagonal() *
         (solver.eigenvectors() * inverse.asDiagonal() * solver.eigenvectors().transpose()) *
         scales.asDiagonal();
}

}  // namespace toyfarm::study
