#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/kernels/moments.hpp"
#include "toyfarm/kernels/reference.hpp"

#include "support/isa.hpp"

namespace {

namespace kernels = toyfarm::kernels;
using toyfarm::test::for_each_isa;

std::vector<std::uint64_t> const counts{
    0, 1, 7, 8, 9, 33, 127, 128, 129, 0, 3, 1000, 8 * 131072, 8 * 131072 + 13};

kernels::Lanes lanes(std::uint32_t index) {
  return kernels::seed_lanes({.seed = 3, .purpose = kernels::Purpose::events, .index = index});
}

struct Streams {
  kernels::Lanes first;
  kernels::Lanes second;
};

Streams streams() {
  return {lanes(0), lanes(1)};
}

std::vector<double> const& reference_weights() {
  static std::vector<double> const weights = [] {
    auto s = streams();
    std::vector<double> w(counts.size() * kernels::product_nodes);
    kernels::reference::fold_products(s.first, s.second, counts.data(), counts.size(), w.data());
    return w;
  }();
  return weights;
}

std::vector<double> folded(Streams& s) {
  std::vector<double> w(counts.size() * kernels::product_nodes);
  kernels::fold_products(s.first, s.second, counts.data(), counts.size(), w.data());
  return w;
}

TEST(FoldProducts, equals_the_reference_bit_for_bit_where_multiply_and_add_are_fused) {
  int const tried = for_each_isa({"avx512", "avx2"}, [&](std::string const& isa) {
    auto s = streams();
    EXPECT_EQ(folded(s), reference_weights()) << isa;
  });
  EXPECT_GT(tried, 0);
}

TEST(FoldProducts, is_near_the_reference_on_every_target) {
  for_each_isa(toyfarm::test::all_isas(), [&](std::string const& isa) {
    auto s = streams();
    auto const weights = folded(s);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      auto const n = static_cast<double>(counts[i / kernels::product_nodes]);
      EXPECT_NEAR(weights[i], reference_weights()[i], 1e-15 * n) << isa << ' ' << i;
    }
  });
}

TEST(FoldProducts, leaves_the_lanes_where_fill_symmetric_leaves_them) {
  auto s = streams();
  auto filled = streams();
  static_cast<void>(folded(s));
  std::vector<double> u;
  for (auto const n : counts) {
    u.resize(n);
    kernels::fill_symmetric(filled.first, u.data(), n);
    kernels::fill_symmetric(filled.second, u.data(), n);
  }
  EXPECT_EQ(s.first.words, filled.first.words);
  EXPECT_EQ(s.second.words, filled.second.words);
}

// The law that makes the weights what they are: sums of products of polynomials of degree 7 are
// exact.
TEST(FoldProducts, weights_give_the_sums_of_products_of_polynomials) {
  auto s = streams();
  std::uint64_t const n = 1003;
  double weights[kernels::product_nodes];
  kernels::fold_products(s.first, s.second, &n, 1, weights);
  auto same = streams();
  std::vector<double> u(n);
  std::vector<double> v(n);
  kernels::fill_symmetric(same.first, u.data(), n);
  kernels::fill_symmetric(same.second, v.data(), n);
  auto const node = [](std::size_t j) {
    return std::cos(std::numbers::pi * (static_cast<double>(j) + 0.5) / 8);
  };
  auto const g = [](double a, double b, int k, int l) {
    return std::pow(a - 0.3, k) * std::pow(b + 0.1, l);
  };
  for (int k = 0; k < 8; ++k) {
    for (int l = 0; l < 8; ++l) {
      double events = 0;
      for (std::size_t i = 0; i < n; ++i) {
        events += g(u[i], v[i], k, l);
      }
      double nodes = 0;
      for (std::size_t i = 0; i < kernels::product_nodes; ++i) {
        nodes += weights[i] * g(node(i / 8), node(i % 8), k, l);
      }
      EXPECT_NEAR(nodes, events, 1e-9 * 1003) << k << ' ' << l;
    }
  }
}

}  // namespace
