#include "toyfarm/kernels/moments.hpp"

#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/kernels/reference.hpp"

#include "kernels/arrays.hpp"
#include "support/isa.hpp"

namespace {

namespace kernels = toyfarm::kernels;
using toyfarm::test::for_each_isa;
using toyfarm::test::numbers;

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

TEST(MergeHalves, equals_the_reference) {
  auto const rule = numbers(2 * kernels::node_order * kernels::node_order, -1, 1, 3);
  auto const halves = numbers(2 * kernels::node_order, -5, 9, 4);
  std::vector<double> expected(kernels::node_order);
  kernels::reference::merge_halves(rule.data(), halves.data(), expected.data());
  for_each_isa(toyfarm::test::all_isas(), [&](std::string const& isa) {
    std::vector<double> whole(kernels::node_order);
    kernels::merge_halves(rule.data(), halves.data(), whole.data());
    for (std::size_t k = 0; k < whole.size(); ++k) {
      EXPECT_NEAR(whole[k], expected[k], kernels::uses_fma() ? 0 : 1e-13) << isa << ' ' << k;
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

/// Errors and means of n cells, with marks after them.
struct Errors {
  std::vector<double> errors, means;
};

Errors interpolation_errors(std::size_t n, std::size_t shift, bool by_reference) {
  auto const matrix = numbers(kernels::node_order * kernels::check_order, -1, 1, 1);
  auto const weights = numbers(kernels::check_order, 0, 1, 2);
  auto const nodes = numbers(shift + n * kernels::node_order, -3, 3, 3);
  auto const checks = numbers(shift + n * kernels::check_order, -3, 3, 4);
  Errors out{std::vector<double>(shift + n * kernels::check_order + 9, -12345),
             std::vector<double>(n + 9, -12345)};
  auto const run =
      by_reference ? kernels::reference::interpolation_errors : kernels::interpolation_errors;
  run({matrix.data(), weights.data()},
      nodes.data() + shift,
      checks.data() + shift,
      n,
      out.errors.data() + shift,
      out.means.data());
  return out;
}

TEST(InterpolationErrors, equal_the_reference_bit_for_bit_where_multiply_and_add_are_fused) {
  int const tried = for_each_isa({"avx512", "avx2"}, [](std::string const& isa) {
    for (std::size_t n = 0; n < 20; ++n) {
      for (std::size_t const shift : {0U, 1U, 3U}) {
        auto const out = interpolation_errors(n, shift, false);
        auto const expected = interpolation_errors(n, shift, true);
        EXPECT_EQ(out.errors, expected.errors) << isa << ' ' << n;
        EXPECT_EQ(out.means, expected.means) << isa << ' ' << n;
      }
    }
  });
  EXPECT_GT(tried, 0);
}

TEST(InterpolationErrors, are_near_the_reference_and_beside_them_nothing_is_written) {
  for_each_isa(toyfarm::test::all_isas(), [](std::string const& isa) {
    for (std::size_t n = 0; n < 20; ++n) {
      auto const out = interpolation_errors(n, 1, false);
      auto const expected = interpolation_errors(n, 1, true);
      for (std::size_t i = 0; i < out.errors.size(); ++i) {
        bool const is_mark = expected.errors[i] == -12345;
        EXPECT_NEAR(out.errors[i], expected.errors[i], is_mark ? 0 : 2e-14) << isa << ' ' << n;
      }
      for (std::size_t c = 0; c < out.means.size(); ++c) {
        EXPECT_NEAR(out.means[c], expected.means[c], c < n ? 1e-13 : 0) << isa << ' ' << n;
      }
    }
  });
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
