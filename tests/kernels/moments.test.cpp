#include "toyfarm/kernels/moments.hpp"

#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/kernels/reference.hpp"

#include "support/isa.hpp"

namespace {

namespace kernels = toyfarm::kernels;
using toyfarm::test::for_each_isa;

std::vector<std::uint64_t> const counts{
    0, 1, 7, 8, 9, 64, 100, 0, 3, 1000, 8 * 131072 + 5, 8 * 131072 + 13};

kernels::Lanes lanes() {
  return kernels::seed_lanes({.seed = 3, .toy = 4, .purpose = kernels::Purpose::events});
}

std::vector<double> reference_weights() {
  auto state = lanes();
  std::vector<double> weights(counts.size() * kernels::node_order);
  kernels::reference::fold_cells(state, counts.data(), counts.size(), weights.data());
  return weights;
}

TEST(FoldCells, equals_the_reference_bit_for_bit_where_multiply_and_add_are_fused) {
  auto const expected = reference_weights();
  int const tried = for_each_isa({"avx512", "avx2"}, [&](std::string const& isa) {
    auto state = lanes();
    std::vector<double> weights(expected.size());
    kernels::fold_cells(state, counts.data(), counts.size(), weights.data());
    EXPECT_EQ(weights, expected) << isa;
  });
  EXPECT_GT(tried, 0);
}

TEST(FoldCells, is_near_the_reference_on_every_target) {
  auto const expected = reference_weights();
  for_each_isa(toyfarm::test::all_isas(), [&](std::string const& isa) {
    auto state = lanes();
    std::vector<double> weights(expected.size());
    kernels::fold_cells(state, counts.data(), counts.size(), weights.data());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      auto const n = static_cast<double>(counts[i / kernels::node_order]);
      EXPECT_NEAR(weights[i], expected[i], 1e-15 * n) << isa << ' ' << i;
    }
  });
}

TEST(FoldCells, leaves_the_lanes_where_fill_symmetric_leaves_them) {
  auto folded = lanes();
  auto filled = lanes();
  std::vector<double> weights(counts.size() * kernels::node_order);
  kernels::fold_cells(folded, counts.data(), counts.size(), weights.data());
  std::vector<double> u;
  for (auto const n : counts) {
    u.resize(n);
    kernels::fill_symmetric(filled, u.data(), n);
  }
  EXPECT_EQ(folded.words, filled.words);
}

TEST(FoldDeviates, gives_the_bits_of_fold_cells) {
  auto state = lanes();
  auto const expected = reference_weights();
  for (std::size_t c = 0; c < counts.size(); ++c) {
    std::vector<double> u(counts[c]);
    kernels::fill_symmetric(state, u.data(), u.size());
    double weights[kernels::node_order];
    kernels::fold_deviates(u.data(), u.size(), weights);
    for (std::size_t j = 0; j < kernels::node_order; ++j) {
      EXPECT_NEAR(weights[j],
                  expected[c * kernels::node_order + j],
                  1e-15 * static_cast<double>(counts[c]));
    }
  }
}

// The law that makes the weights what they are: sums of polynomials of degree 7 are exact.
TEST(FoldDeviates, weights_give_the_sums_of_polynomials) {
  auto state = lanes();
  std::vector<double> u(1003);
  kernels::fill_symmetric(state, u.data(), u.size());
  double weights[kernels::node_order];
  kernels::fold_deviates(u.data(), u.size(), weights);
  for (int degree = 0; degree < 8; ++degree) {
    double events = 0;
    for (double const x : u) {
      events += std::pow(x - 0.3, degree);
    }
    double nodes = 0;
    for (std::size_t j = 0; j < kernels::node_order; ++j) {
      double const node = std::cos(std::numbers::pi * (static_cast<double>(j) + 0.5) / 8);
      nodes += weights[j] * std::pow(node - 0.3, degree);
    }
    EXPECT_NEAR(nodes, events, 1e-10 * 1003) << degree;
  }
}

}  // namespace
