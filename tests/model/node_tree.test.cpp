#include "toyfarm/model/node_tree.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "toyfarm/kernels/moments.hpp"

namespace toyfarm::model {
namespace {

double place(double u) {
  return 5 + 3 * u + 0.4 * u * u;
}

/// A tree of one root cut in 8, with random deviates of the root.
struct Filled {
  NodeTree tree;
  std::vector<double> deviates;

  Filled() {
    tree.add_root(place(-1), place(1), 3, place);
    std::mt19937_64 random(2);
    std::uniform_real_distribution<double> uniform(-1, 1);
    std::vector<std::vector<double>> by_leaf(8);
    for (int i = 0; i < 500; ++i) {
      deviates.push_back(uniform(random));
      auto const part =
          std::min(static_cast<std::size_t>(4 * (deviates.back() + 1)), std::size_t{7});
      by_leaf[part].push_back(8 * (deviates.back() + 1 - 0.25 * static_cast<double>(part)) - 1);
    }
    for (std::size_t leaf = 0; leaf < 8; ++leaf) {
      kernels::fold_deviates(by_leaf[leaf].data(),
                             by_leaf[leaf].size(),
                             tree.leaf_weights().data() + leaf * node_order);
      tree.leaf_counts()[leaf] = static_cast<double>(by_leaf[leaf].size());
    }
    tree.merge();
  }
};

TEST(NodeTree, sums_polynomials_of_the_deviate_exactly_at_every_level) {
  Filled const filled;
  auto const& tree = filled.tree;
  ASSERT_EQ(tree.n_cells(), 15U);
  ASSERT_EQ(tree.n_leaves(), 8U);
  for (int degree = 0; degree < 8; ++degree) {
    for (std::uint32_t c = 0; c < tree.n_cells(); ++c) {
      auto const& cell = tree.cell(c);
      double const first = 0.25 * cell.first_leaf - 1;
      double const last = first + 0.25 * cell.n_leaves;
      double events = 0;
      for (double const u : filled.deviates) {
        events += u >= first && u < last ? std::pow(u, degree) : 0;
      }
      double nodes = 0;
      for (std::size_t j = 0; j < node_order; ++j) {
        double const t = std::cos(M_PI * (static_cast<double>(j) + 0.5) / node_order);
        double const u = 0.5 * (first + last) + 0.5 * (last - first) * t;
        EXPECT_NEAR(tree.nodes(c)[j], place(u), 1e-14);
        nodes += tree.weights(c)[j] * std::pow(u, degree);
      }
      EXPECT_NEAR(nodes, events, 1e-11) << degree << ' ' << c;
    }
  }
}

TEST(NodeTree, halves_cover_their_cell) {
  Filled const filled;
  auto const& tree = filled.tree;
  for (std::uint32_t c = 0; c < tree.n_cells(); ++c) {
    auto const& cell = tree.cell(c);
    if (cell.halves == 0) {
      EXPECT_EQ(cell.n_leaves, 1U);
      continue;
    }
    auto const& left = tree.cell(cell.halves);
    auto const& right = tree.cell(cell.halves + 1);
    EXPECT_EQ(left.lower, cell.lower);
    EXPECT_EQ(left.upper, right.lower);
    EXPECT_EQ(right.upper, cell.upper);
    EXPECT_EQ(left.first_leaf, cell.first_leaf);
    EXPECT_EQ(right.first_leaf, cell.first_leaf + left.n_leaves);
    EXPECT_EQ(tree.count(c), tree.count(cell.halves) + tree.count(cell.halves + 1));
  }
}

}  // namespace
}  // namespace toyfarm::model
