#include "toyfarm/kernels/math.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/kernels/reference.hpp"

#include "kernels/arrays.hpp"
#include "support/isa.hpp"

namespace {

namespace kernels = toyfarm::kernels;
using toyfarm::test::all_isas;
using toyfarm::test::for_each_isa;
using toyfarm::test::numbers;
using toyfarm::test::same_bits;

constexpr std::size_t sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100, 511, 512, 513};
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double sentinel = -12345.0;

/// |a - b| in units of the spacing of doubles at b.
double ulps(double a, long double b) {
  auto const at = static_cast<double>(b);
  double const spacing = std::nextafter(std::fabs(at), inf) - std::fabs(at);
  return static_cast<double>(std::fabs(static_cast<long double>(a) - b) /
                             static_cast<long double>(spacing));
}

// root#13603, #18039, #21159: fast backends gave wrong fits; every kernel is held to long double.
TEST(Exp, is_within_1_1_ulp_of_long_double) {
  auto const x = numbers(200'000, -708, 709.7, 1);
  int const tried = for_each_isa(all_isas(), [&](std::string const& isa) {
    std::vector<double> y(x.size());
    kernels::exp_n(x.data(), y.data(), x.size());
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      worst = std::max(worst, ulps(y[i], std::exp(static_cast<long double>(x[i]))));
    }
    EXPECT_LE(worst, 1.1) << isa;
  });
  EXPECT_GE(tried, 2);
}

TEST(Log, is_within_1_ulp_of_long_double) {
  auto x = numbers(200'000, -700, 700, 2);
  for (auto& v : x) {
    v = std::exp(v);
  }
  auto const near_one = numbers(100'000, 0.5, 2, 3);
  x.insert(x.end(), near_one.begin(), near_one.end());
  for_each_isa(all_isas(), [&](std::string const& isa) {
    std::vector<double> y(x.size());
    kernels::log_n(x.data(), y.data(), x.size());
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      worst = std::max(worst, ulps(y[i], std::log(static_cast<long double>(x[i]))));
    }
    EXPECT_LE(worst, 1.0) << isa;
  });
}

// A negative or NaN density must never become a plausible NLL.
TEST(ExpAndLog, keep_special_values_at_every_place_of_a_vector) {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  double const tiny = std::numeric_limits<double>::denorm_min();
  for_each_isa(all_isas(), [&](std::string const& isa) {
    for (std::size_t place = 0; place < 11; ++place) {
      auto const at = [&](auto kernel, double value) {
        std::vector<double> x(11, 1.0);
        x[place] = value;
        kernel(x.data(), x.data(), x.size());
        return x[place];
      };
      EXPECT_EQ(at(kernels::exp_n, -inf), 0.0) << isa << ' ' << place;
      EXPECT_EQ(at(kernels::exp_n, -800), 0.0) << isa << ' ' << place;
      EXPECT_EQ(at(kernels::exp_n, inf), inf) << isa << ' ' << place;
      EXPECT_EQ(at(kernels::exp_n, 709.8), inf) << isa << ' ' << place;
      EXPECT_EQ(at(kernels::exp_n, 0), 1.0) << isa << ' ' << place;
      EXPECT_TRUE(std::isnan(at(kernels::exp_n, nan))) << isa << ' ' << place;
      EXPECT_EQ(at(kernels::log_n, 0), -inf) << isa << ' ' << place;
      EXPECT_EQ(at(kernels::log_n, -0.0), -inf) << isa << ' ' << place;
      EXPECT_EQ(at(kernels::log_n, inf), inf) << isa << ' ' << place;
      EXPECT_EQ(at(kernels::log_n, 1), 0.0) << isa << ' ' << place;
      EXPECT_NEAR(at(kernels::log_n, tiny), std::log(tiny), 1e-12) << isa << ' ' << place;
      EXPECT_TRUE(std::isnan(at(kernels::log_n, -1))) << isa << ' ' << place;
      EXPECT_TRUE(std::isnan(at(kernels::log_n, -inf))) << isa << ' ' << place;
      EXPECT_TRUE(std::isnan(at(kernels::log_n, nan))) << isa << ' ' << place;
    }
  });
}

TEST(ExpAndLog, give_the_same_bits_with_avx2_and_avx512_at_any_size_and_alignment) {
  auto const x = numbers(600, -30, 30, 4);
  std::vector<std::vector<double>> results;
  for_each_isa({"avx512", "avx2"}, [&](std::string const&) {
    std::vector<double> all;
    for (auto const n : sizes) {
      for (std::size_t shift = 0; shift < 3; ++shift) {
        std::vector<double> y(n);
        kernels::exp_n(x.data() + shift, y.data(), n);
        all.insert(all.end(), y.begin(), y.end());
        kernels::log_n(y.data(), y.data(), n);
        all.insert(all.end(), y.begin(), y.end());
      }
    }
    results.push_back(all);
  });
  for (auto const& r : results) {
    ASSERT_EQ(r.size(), results.front().size());
    for (std::size_t i = 0; i < r.size(); ++i) {
      ASSERT_TRUE(same_bits(r[i], results.front()[i])) << i;
    }
  }
}

TEST(Sums, equal_the_reference_bit_for_bit_where_multiply_and_add_are_fused) {
  auto const a = numbers(520, -1, 1, 5);
  auto const b = numbers(520, -1, 1, 6);
  auto const c = numbers(520, 0, 1, 7);
  for_each_isa({"avx512", "avx2"}, [&](std::string const& isa) {
    for (auto const n : sizes) {
      for (std::size_t shift = 0; shift < 4; ++shift) {
        auto const* pa = a.data() + shift;
        auto const* pb = b.data() + 2 * shift % 7;
        EXPECT_TRUE(same_bits(kernels::sum(pa, n), kernels::reference::sum(pa, n)))
            << isa << ' ' << n;
        EXPECT_TRUE(same_bits(kernels::dot(pa, pb, n), kernels::reference::dot(pa, pb, n)))
            << isa << ' ' << n;
        EXPECT_TRUE(same_bits(kernels::dot3(pa, pb, c.data(), n),
                              kernels::reference::dot3(pa, pb, c.data(), n)))
            << isa << ' ' << n;
        EXPECT_TRUE(same_bits(kernels::dot_of_magnitudes(pa, pb, n),
                              kernels::reference::dot_of_magnitudes(pa, pb, n)))
            << isa << ' ' << n;
      }
    }
  });
}

TEST(Sums, are_near_the_reference_on_every_target) {
  auto const a = numbers(520, -1, 1, 5);
  auto const b = numbers(520, -1, 1, 6);
  for_each_isa(all_isas(), [&](std::string const& isa) {
    for (auto const n : sizes) {
      EXPECT_EQ(kernels::sum(a.data(), n), kernels::reference::sum(a.data(), n)) << isa << ' ' << n;
      EXPECT_NEAR(kernels::dot(a.data(), b.data(), n),
                  kernels::reference::dot(a.data(), b.data(), n),
                  1e-14)
          << isa << ' ' << n;
      EXPECT_NEAR(kernels::dot3(a.data(), b.data(), a.data(), n),
                  kernels::reference::dot3(a.data(), b.data(), a.data(), n),
                  1e-14)
          << isa << ' ' << n;
      double const magnitudes = kernels::reference::dot_of_magnitudes(a.data(), b.data(), n);
      EXPECT_NEAR(kernels::dot_of_magnitudes(a.data(), b.data(), n), magnitudes, 1e-13)
          << isa << ' ' << n;
    }
  });
}

TEST(Gram, adds_what_the_reference_adds) {
  std::vector<std::vector<double>> data;
  std::vector<double const*> columns;
  for (std::uint32_t k = 0; k < 11; ++k) {
    data.push_back(numbers(520, -1, 2, 20 + k));
  }
  for (std::size_t k = 0; k < data.size(); ++k) {
    columns.push_back(data[k].data() + k % 3);
  }
  auto const w = numbers(520, -1, 3, 40);
  for_each_isa({"avx512", "avx2", "generic"}, [&](std::string const& isa) {
    for (std::size_t m = 0; m <= columns.size(); ++m) {
      for (auto const n : sizes) {
        for (double const* weights : {static_cast<double const*>(nullptr), w.data()}) {
          std::vector<double> out(m * (m + 1) / 2 + 1, 0.25);
          auto expected = out;
          kernels::gram(weights, columns.data(), m, n, out.data());
          kernels::reference::gram(weights, columns.data(), m, n, expected.data());
          for (std::size_t i = 0; i < out.size(); ++i) {
            if (kernels::uses_fma()) {
              ASSERT_TRUE(same_bits(out[i], expected[i]))
                  << isa << ' ' << m << ' ' << n << ' ' << i;
            } else {
              ASSERT_NEAR(out[i], expected[i], 1e-11) << isa << ' ' << m << ' ' << n << ' ' << i;
            }
          }
        }
      }
    }
  });
}

TEST(ElementwiseKernels, write_n_values_and_nothing_after) {
  auto const a = numbers(520, -1, 1, 8);
  auto const b = numbers(520, -1, 1, 9);
  for_each_isa(all_isas(), [&](std::string const& isa) {
    for (auto const n : sizes) {
      std::vector<double> y(n + 9, sentinel);
      auto expected = y;
      auto const compare = [&](double tolerance) {
        for (std::size_t i = 0; i < y.size(); ++i) {
          ASSERT_NEAR(y[i], expected[i], tolerance) << isa << ' ' << n << ' ' << i;
        }
        for (std::size_t i = n; i < y.size(); ++i) {
          ASSERT_EQ(y[i], sentinel) << isa << ' ' << n << ' ' << i;
        }
      };
      kernels::multiply(a.data() + 1, b.data(), y.data(), n);
      kernels::reference::multiply(a.data() + 1, b.data(), expected.data(), n);
      compare(0);
      kernels::axpy(0.3, b.data() + 1, y.data(), n);
      kernels::reference::axpy(0.3, b.data() + 1, expected.data(), n);
      compare(kernels::uses_fma() ? 0 : 1e-15);
      double const shares[4] = {0.4, 0.2, 0.07, 0.03};
      if (n + 15 < a.size()) {
        kernels::convolve(shares, 3, a.data() + 4, y.data(), n);
        kernels::reference::convolve(shares, 3, a.data() + 4, expected.data(), n);
        compare(kernels::uses_fma() ? 0 : 1e-15);
      }
      kernels::exp_n(a.data() + 1, y.data(), n);
      kernels::reference::exp_n(a.data() + 1, expected.data(), n);
      compare(1e-15);
      kernels::log_n(y.data(), y.data(), n);
      kernels::reference::log_n(expected.data(), expected.data(), n);
      compare(1e-15);
    }
  });
}

}  // namespace
