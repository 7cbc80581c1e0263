#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/kernels/density_columns.hpp"

#include "support/isa.hpp"

namespace toyfarm::test {

/// Storage of a density's columns with room on all sides, filled with a mark.
struct Columns {
  static constexpr double mark = -12345;
  std::size_t n, n_first, n_second, stride;
  std::vector<double> data;

  Columns(std::size_t points, std::size_t params, int order)
      : n(points),
        n_first(order > 0 ? params : 0),
        n_second(order > 1 ? params * (params + 1) / 2 : 0),
        stride(points + 5),
        data((1 + n_first + n_second) * stride + 1, mark) {}

  /// Columns start one double off any alignment of `data`.
  [[nodiscard]] kernels::DensityColumns view() {
    return {data.data() + 1,
            n_first > 0 ? data.data() + 1 + stride : nullptr,
            n_second > 0 ? data.data() + 1 + (1 + n_first) * stride : nullptr,
            stride};
  }
  [[nodiscard]] double at(std::size_t column, std::size_t i) const {
    return data[1 + column * stride + i];
  }
};

using DensityKernel =
    std::function<void(double const*, std::size_t, kernels::DensityColumns const&)>;

/// Holds `kernel` to `reference` on every target, for every order, at awkward sizes: every entry
/// within budgets[column] ulp (the last one serves further columns) of its column's largest one
/// over all of x, nothing written beside; and to itself bit for bit where AVX2 and AVX-512 are
/// there.
inline void expect_like_reference(DensityKernel const& kernel,
                                  DensityKernel const& reference,
                                  std::size_t n_params,
                                  std::vector<double> const& x,
                                  std::vector<double> const& budgets) {
  Columns expected(x.size(), n_params, 2);
  reference(x.data(), x.size(), expected.view());
  std::size_t const all = 1 + n_params + n_params * (n_params + 1) / 2;
  std::vector<double> largest(all, 0);
  for (std::size_t c = 0; c < all; ++c) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      double const v = std::abs(expected.at(c, i));
      largest[c] = std::isfinite(v) ? std::max(largest[c], v) : largest[c];
    }
  }
  std::vector<std::vector<double>> fused;
  int const tried = for_each_isa(all_isas(), [&](std::string const& isa) {
    std::vector<double> results;
    for (std::size_t const n : {std::size_t{0},
                                std::size_t{1},
                                std::size_t{7},
                                std::size_t{8},
                                std::size_t{9},
                                std::size_t{33},
                                x.size()}) {
      for (int order = 0; order < 3; ++order) {
        std::size_t const from =
            std::min<std::size_t>(1 + static_cast<std::size_t>(order), x.size() - n);
        Columns got(n, n_params, order);
        kernel(x.data() + from, n, got.view());
        std::size_t const columns = 1 + got.n_first + got.n_second;
        ASSERT_EQ(got.data[0], Columns::mark);
        for (std::size_t c = 0; c < columns; ++c) {
          double const budget = budgets[std::min(c, budgets.size() - 1)];
          double const tolerance = budget * std::numeric_limits<double>::epsilon() * largest[c];
          for (std::size_t i = 0; i < got.stride; ++i) {
            double const wanted = i < n ? expected.at(c, from + i) : Columns::mark;
            double const value = got.at(c, i);
            ASSERT_TRUE(value == wanted || std::abs(value - wanted) <= tolerance)
                << isa << " n " << n << " order " << order << " column " << c << " point " << i
                << ": got " << value << ", expected " << wanted << ", off by "
                << std::abs(value - wanted) / tolerance * budget << " ulp";
          }
        }
        results.insert(results.end(), got.data.begin(), got.data.end());
      }
    }
    if (kernels::uses_fma()) {
      fused.push_back(std::move(results));
    }
  });
  EXPECT_GE(tried, 2);
  for (auto const& results : fused) {
    ASSERT_EQ(results.size(), fused.front().size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(results[i]),
                std::bit_cast<std::uint64_t>(fused.front()[i]))
          << i;
    }
  }
}

}  // namespace toyfarm::test
