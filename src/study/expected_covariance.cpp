#include "study/expected_covariance.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <Eigen/Eigenvalues>

#include "toyfarm/cells/quadrature.hpp"
#include "toyfarm/toys/generate.hpp"

namespace toyfarm::study {
namespace {

constexpr std::size_t points_per_cell = 12;
constexpr double most_events = 1e6;   // drawn of a channel whose cells are not those of its sum
constexpr double negligible = 1e-12;  // of a channel's events

void add_expected(toys::ChannelTables const& tables,
                  toys::ProductCells const& cells,
                  double least,
                  model::ChannelSample& out) {
  cells::GaussLegendre const gauss(points_per_cell);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (cells.events[c] < least) {
      continue;
    }
    double at[2][points_per_cell];
    for (std::size_t a = 0; a < 2; ++a) {
      toys::cell_quantiles(
          toys::cell_side(cells.pieces[a], cells.index[a][c]), gauss.nodes(), at[a]);
    }
    for (std::size_t i = 0; i < points_per_cell; ++i) {
      for (std::size_t j = 0; j < points_per_cell; ++j) {
        out.columns[tables.axes[0]].push_back(at[0][i]);
        out.columns[tables.axes[1]].push_back(at[1][j]);
        out.weights.push_back(0.25 * gauss.weights()[i] * gauss.weights()[j] * cells.events[c]);
      }
    }
  }
}

// Without cells of fewer than `least` events.
model::ChannelSample expected_sample(toys::ChannelTables const& tables, double least) {
  cells::GaussLegendre const gauss(points_per_cell);
  model::ChannelSample out;
  out.columns.resize(tables.n_observables);
  auto& x = out.columns[tables.observable];
  auto const& cells = tables.cells;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (cells.events[c] < least) {
      continue;
    }
    double at[points_per_cell];
    toys::cell_quantiles(toys::cell_side(cells, c), gauss.nodes(), at);
    for (std::size_t i = 0; i < points_per_cell; ++i) {
      x.push_back(at[i]);
      out.weights.push_back(0.5 * gauss.weights()[i] * cells.events[c]);
    }
  }
  for (auto const& products : tables.products) {
    add_expected(tables, products, least, out);
  }
  for (auto& column : out.columns) {
    column.resize(out.weights.size());
  }
  return out;
}

// Without cells that hold less than `least_share` of their channel's events.
model::Sample expected_sample(toys::GenerationTables const& tables, double least_share) {
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
      auto const& channel = tables.channels[c];
      out.channels[c] = expected_sample(channel, least_share * channel.expected);
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
      auto const sample = expected_sample(tables, least_share);
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
