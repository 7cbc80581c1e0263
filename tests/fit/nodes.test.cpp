// Samples that begin with nodes of cells, whose columns of constant densities are kept and whose
// switch cells count by nodes or by events, against the same points given plainly.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "toyfarm/fit/extended_nll.hpp"

#include "fit/models.hpp"

namespace toyfarm::fit {
namespace {

using model::check_order;
using model::node_order;
using test::evaluate;
using test::make_model;
using test::sample_of;

constexpr std::size_t n_cells = 40;  // 320 nodes and 360 checks: more than two blocks of each
constexpr double window = 10;

// A peak with a joint at m - a s, a slope, and a bump of fixed shape.
model::Model model_with_joint() {
  auto model = make_model(
      R"({"name": "nsig", "init": 300, "bounds": [0, 1e6]}, {"name": "m", "init": 5, "bounds": [2, 8]}, {"name": "s", "init": 0.6, "bounds": [0.05, 3]},
         {"name": "a", "init": 1.5, "bounds": [0.1, 5]}, {"name": "k", "init": 3, "bounds": [1.1, 20]},
         {"name": "n", "init": 700, "bounds": [0, 1e6]}, {"name": "lam", "init": -0.2, "bounds": [-5, 5]},
         {"name": "nb", "init": 90, "bounds": [0, 1e6]}, {"name": "mb", "init": 8, "bounds": [7, 9], "fixed": true}, {"name": "sb", "init": 0.5, "bounds": [0.1, 2], "fixed": true})",
      R"({"name": "sig", "pdf": {"type": "crystal_ball", "observable": "x", "params": ["m", "s", "a", "k"]}, "yield": {"type": "parameter", "name": "nsig"}},
         {"name": "bkg", "pdf": {"type": "exponential", "observable": "x", "params": ["lam"]}, "yield": {"type": "parameter", "name": "n"}},
         {"name": "bump", "pdf": {"type": "gaussian", "observable": "x", "params": ["mb", "sb"]}, "yield": {"type": "parameter", "name": "nb"}})");
  return model;
}

std::vector<double> theta_with_joint_at(double place) {
  return {280, place + 1.5 * 0.6, 0.6, 1.5, 3, 650, -0.25, 80, 8, 0.5};
}

struct Cells {
  model::NodeCells nodes;
  model::Sample
      sample;  // nodes, then events; cells 10 and 11, side by side, and 20 are switch cells
};

/// Cells of equal width over the window; any places in a cell do for nodes and checks.
Cells make_cells() {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> uniform(0, 1);
  Cells out;
  auto& axis = out.nodes.axes.emplace_back();
  double const width = window / n_cells;
  core::Column points;
  core::Column weights;
  for (std::size_t c = 0; c < n_cells; ++c) {
    double const lower = width * static_cast<double>(c);
    axis.lower.push_back(lower);
    axis.upper.push_back(lower + width);
    out.nodes.counts.push_back(20);
    for (std::size_t j = 0; j < node_order; ++j) {
      points.push_back(lower + width * uniform(random));
      weights.push_back(j == 3 ? -0.7 : 3 * uniform(random) + 0.1);  // of nodes: also negative
    }
    for (std::size_t i = 0; i < check_order; ++i) {
      axis.checks.push_back(lower + width * uniform(random));
    }
  }
  axis.nodes = points;
  for (int i = 0; i < 300; ++i) {
    points.push_back(window * uniform(random));
    weights.push_back(1);
  }
  out.sample = sample_of(std::move(points));
  auto& channel = out.sample.channels[0];
  channel.weights = std::move(weights);
  channel.switched.resize(1);
  for (auto const& [cell, n] : {std::pair{10U, 21U}, std::pair{11U, 0U}, std::pair{20U, 150U}}) {
    double const lower = width * cell;
    channel.switches.push_back(
        {lower, lower + width, cell * node_order, node_order, channel.switched[0].size(), n});
    for (unsigned i = 0; i < n; ++i) {
      channel.switched[0].push_back(lower + width * uniform(random));
    }
  }
  return out;
}

/// The same as weighted points, where `by_events` says of each switch cell what counts.
model::Sample plain(Cells const& cells, std::vector<bool> const& by_events) {
  auto const& from = cells.sample.channels[0];
  auto kept = [&](std::size_t i) {
    for (std::size_t s = 0; s < from.switches.size(); ++s) {
      auto const& cell = from.switches[s];
      if (by_events[s] && i >= cell.first_node && i < cell.first_node + cell.n_nodes) {
        return false;
      }
    }
    return true;
  };
  core::Column points;
  core::Column weights;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (kept(i)) {
      points.push_back(from.columns[0][i]);
      weights.push_back(from.weights[i]);
    }
  }
  for (std::size_t s = 0; s < from.switches.size(); ++s) {
    for (std::size_t i = 0; by_events[s] && i < from.switches[s].n_events; ++i) {
      points.push_back(from.switched[0][from.switches[s].first_event + i]);
      weights.push_back(1);
    }
  }
  auto out = sample_of(std::move(points));
  out.channels[0].weights = std::move(weights);
  return out;
}

struct JointCase {
  char const* name;
  double place;
  std::vector<bool> by_events;
};

class Joints : public testing::TestWithParam<JointCase> {
 protected:
  model::Model model_ = model_with_joint();
  Cells cells_ = make_cells();
  std::vector<model::NodeCells> nodes_{cells_.nodes};
};

TEST_P(Joints, make_cells_count_by_events_as_if_these_were_given) {
  auto const theta = theta_with_joint_at(GetParam().place);
  auto const points = plain(cells_, GetParam().by_events);
  ExtendedNll compressed(model_, nodes_);
  ExtendedNll eventwise(model_);
  eventwise.bind(points, {});
  // Evaluated before with other cells by events: that must not stay behind.
  compressed.bind(cells_.sample, {});
  evaluate(compressed, theta_with_joint_at(5.1), model::Derivatives::second);
  for (auto const order :
       {model::Derivatives::none, model::Derivatives::first, model::Derivatives::second}) {
    auto const a = evaluate(compressed, theta, order);
    auto const b = evaluate(eventwise, theta, order);
    EXPECT_NEAR(a.value, b.value, 1e-14 * b.scale);
    EXPECT_LT((a.gradient - b.gradient).norm(), 1e-12 * (1 + b.gradient.norm()));
    EXPECT_LT((a.hessian - b.hessian).norm(), 1e-12 * (1 + b.hessian.norm()));
  }
}

// Cells are 0.25 wide: 10 is [2.5, 2.75], 11 [2.75, 3], 20 [5, 5.25].
INSTANTIATE_TEST_SUITE_P(ExtendedNll,
                         Joints,
                         testing::Values(JointCase{"in_no_switch_cell", 4, {false, false, false}},
                                         JointCase{"in_the_first", 2.6, {true, false, false}},
                                         JointCase{
                                             "in_one_without_events", 2.9, {false, true, false}},
                                         JointCase{"in_the_last", 5.2, {false, false, true}}),
                         [](auto const& named) { return std::string(named.param.name); });

// On the border of two cells the joint is in both.
TEST(SwitchCells, on_both_sides_of_a_joint_count_by_events) {
  auto const model = model_with_joint();
  auto const cells = make_cells();
  std::vector<model::NodeCells> const nodes{cells.nodes};
  ExtendedNll compressed(model, nodes);
  auto theta = theta_with_joint_at(2.75);
  theta[1] = 3.5;
  theta[2] = 0.5;  // 3.5 - 1.5 * 0.5 = 2.75 without rounding
  ASSERT_EQ(compressed.moving_break_points(0, theta)[0], cells.nodes.axes[0].lower[11]);
  auto const points = plain(cells, {true, true, false});
  ExtendedNll eventwise(model);
  compressed.bind(cells.sample, {});
  eventwise.bind(points, {});
  auto const a = evaluate(compressed, theta, model::Derivatives::none);
  auto const b = evaluate(eventwise, theta, model::Derivatives::none);
  EXPECT_NEAR(a.value, b.value, 1e-14 * b.scale);
}

/// ln f and scores at `x`, as `scores` gives them for any points.
std::vector<std::vector<double>> scores_at(ExtendedNll& nll,
                                           std::vector<double> const& theta,
                                           core::Column const& x) {
  std::vector<std::vector<double>> out(1 + nll.channel_params(0).size());
  EXPECT_TRUE(nll.prepare_channel(0, theta));
  for (std::size_t i = 0; i < x.size(); i += ExtendedNll::max_points) {
    auto const n = std::min(ExtendedNll::max_points, x.size() - i);
    double const* const columns[] = {x.data() + i};
    auto const scores = nll.scores(0, {columns, n});
    EXPECT_TRUE(scores.has_value());
    out[0].insert(out[0].end(), scores->log_f, scores->log_f + n);
    for (std::size_t j = 1; j < out.size(); ++j) {
      out[j].insert(out[j].end(), scores->first[j - 1], scores->first[j - 1] + n);
    }
  }
  return out;
}

// Of nodes and checks ln p of the bump is kept. It moves here, twice, and comes back.
TEST(NodeScores, equal_those_at_plain_points_wherever_constant_densities_go) {
  auto const model = model_with_joint();
  auto const cells = make_cells();
  std::vector<model::NodeCells> const nodes{cells.nodes};
  ExtendedNll nll(model, nodes);
  nll.bind(cells.sample, {});
  for (double const bump : {8.0, 8.0, 7.5, 8.5, 8.0}) {
    auto theta = theta_with_joint_at(4);
    theta[8] = bump;
    ASSERT_TRUE(nll.prepare_scores(theta));
    ExtendedNll plain_nll(model);  // which has seen no other place
    auto const at_nodes = scores_at(plain_nll, theta, cells.nodes.axes[0].nodes);
    auto const at_checks = scores_at(plain_nll, theta, cells.nodes.axes[0].checks);
    auto const found = nll.node_functions(0);
    auto const n_params = nll.channel_params(0).size();
    for (std::size_t i = 0; i < cells.nodes.n_nodes(); ++i) {
      ASSERT_EQ(found.log_f[i], at_nodes[0][i]) << i;
      for (std::size_t j = 0; j < n_params; ++j) {
        ASSERT_EQ(found.first[j][i], at_nodes[j + 1][i]) << i << ' ' << j;
      }
    }
    for (std::size_t first = 0; first < cells.nodes.n_checks(); first += 13 * check_order) {
      auto const n = std::min(13 * check_order, cells.nodes.n_checks() - first);
      auto const checks = nll.check_functions(0, first, n);
      ASSERT_TRUE(checks.has_value());
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_EQ(checks->log_f[i], at_checks[0][first + i]) << first << ' ' << i;
        for (std::size_t j = 0; j < n_params; ++j) {
          ASSERT_EQ(checks->first[j][i], at_checks[j + 1][first + i]) << first << ' ' << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace toyfarm::fit
