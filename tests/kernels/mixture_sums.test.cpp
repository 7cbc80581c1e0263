// The kernels that turn shares of a mixture into scores and sums for derivatives.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/kernels/math.hpp"
#include "toyfarm/kernels/mixture.hpp"
#include "toyfarm/kernels/reference.hpp"

#include "kernels/arrays.hpp"
#include "support/isa.hpp"

namespace {

namespace kernels = toyfarm::kernels;
using toyfarm::test::all_isas;
using toyfarm::test::awkward_sizes;
using toyfarm::test::for_each_isa;
using toyfarm::test::InputColumns;
using toyfarm::test::numbers;
using toyfarm::test::OutputColumns;
using toyfarm::test::same_bits;

constexpr std::size_t shifts[] = {0, 1, 3};
constexpr double tolerance = 1e-12;  // of sums of up to 131 products below 8

/// Bits where multiply and add are fused as the reference fuses them, else near.
void expect_like(double value, double expected, std::string const& where) {
  if (kernels::uses_fma()) {
    ASSERT_TRUE(same_bits(value, expected)) << where << ": " << value << ", not " << expected;
  } else {
    ASSERT_NEAR(value, expected, tolerance) << where;
  }
}

std::string at(std::string const& isa, std::size_t m, std::size_t n, std::size_t shift) {
  return isa + ", " + std::to_string(m) + " columns, " + std::to_string(n) + " points, shift " +
         std::to_string(shift);
}

using Sums =
    void (*)(double const*, double const*, double const* const*, std::size_t, std::size_t, double*);

/// Holds sums that are added to an array to the reference; `n_out` of m columns.
template <class Size>
void expect_sums_like(Sums kernel, Sums reference, Size n_out) {
  for_each_isa(all_isas(), [&](std::string const& isa) {
    for (auto const n : awkward_sizes) {
      for (auto const shift : shifts) {
        InputColumns const columns(13, n, shift);
        auto const w = numbers(n, -1, 3, 40);
        auto const q = numbers(n, 0, 1, 41);
        for (std::size_t m = 0; m <= 13; ++m) {
          for (double const* const weights : {static_cast<double const*>(nullptr), w.data()}) {
            std::vector<double> out(n_out(m) + 1, 0.25);
            auto expected = out;
            kernel(weights, q.data(), columns.data(), m, n, out.data());
            reference(weights, q.data(), columns.data(), m, n, expected.data());
            for (std::size_t k = 0; k < out.size(); ++k) {
              expect_like(out[k], expected[k], at(isa, m, n, shift));
            }
          }
        }
      }
    }
  });
}

TEST(GramWithOne, adds_what_the_reference_adds) {
  expect_sums_like(kernels::gram_with_one, kernels::reference::gram_with_one, [](std::size_t m) {
    return m * (m + 1) / 2;
  });
}

TEST(WeightedSums, add_what_the_reference_adds) {
  expect_sums_like(
      kernels::weighted_sums, kernels::reference::weighted_sums, [](std::size_t m) { return m; });
}

// The first column stands for 1: it may not be there, and what is in it does not count.
TEST(GramWithOne, equals_gram_of_a_column_of_ones_that_it_does_not_read) {
  for_each_isa(all_isas(), [](std::string const& isa) {
    for (std::size_t m = 1; m <= 9; ++m) {
      constexpr std::size_t n = 33;
      InputColumns const columns(m, n, 1);
      std::vector<double> const ones(n, 1.0);
      auto const q = numbers(n, 0, 1, 41);
      std::vector<double const*> with_ones(columns.data(), columns.data() + m);
      auto with_null = with_ones;
      with_ones[0] = ones.data();
      with_null[0] = nullptr;
      std::vector<double> out(m * (m + 1) / 2);
      std::vector<double> expected(out.size());
      kernels::gram_with_one(nullptr, q.data(), with_null.data(), m, n, out.data());
      kernels::gram(q.data(), with_ones.data(), m, n, expected.data());
      for (std::size_t k = 0; k < out.size(); ++k) {
        EXPECT_TRUE(same_bits(out[k], expected[k])) << at(isa, m, n, 1) << ' ' << k;
      }
    }
  });
}

// No multiply feeds an add here that could be fused, so all targets give the same bits.
TEST(SumTerms, equals_the_reference_bit_for_bit_on_every_target) {
  for_each_isa(all_isas(), [](std::string const& isa) {
    for (auto const n : awkward_sizes) {
      for (auto const shift : shifts) {
        InputColumns const columns(8, n, shift);
        std::vector<kernels::ScoreTerm> terms;
        for (std::size_t t = 0; t <= 4; ++t) {
          OutputColumns y(1, n, shift);
          OutputColumns expected(1, n, shift);
          kernels::sum_terms(terms.data(), t, n, y.data()[0]);
          kernels::reference::sum_terms(terms.data(), t, n, expected.data()[0]);
          EXPECT_TRUE(y == expected) << at(isa, t, n, shift);
          EXPECT_TRUE(y.marks_are_whole()) << at(isa, t, n, shift);
          if (t < 4) {
            terms.push_back({0.3 - static_cast<double>(t),
                             columns.data()[2 * t],
                             t % 2 == 0 ? columns.data()[2 * t + 1] : nullptr});
          }
        }
      }
    }
  });
}

TEST(Quadratics, equal_the_reference_and_write_nothing_after) {
  auto const coefficients = numbers(3 * kernels::most_quadratics, -2, 2, 50);
  for_each_isa(all_isas(), [&](std::string const& isa) {
    for (auto const n : awkward_sizes) {
      for (auto const shift : shifts) {
        InputColumns const x(1, n, shift);
        for (std::size_t m = 0; m <= kernels::most_quadratics; ++m) {
          OutputColumns out(kernels::most_quadratics, n, shift);
          OutputColumns expected(kernels::most_quadratics, n, shift);
          kernels::quadratics_n(x.data()[0], 0.7, coefficients.data(), m, n, out.data());
          kernels::reference::quadratics_n(
              x.data()[0], 0.7, coefficients.data(), m, n, expected.data());
          for (std::size_t c = 0; c < kernels::most_quadratics; ++c) {
            for (std::size_t i = 0; i < n; ++i) {
              expect_like(out[c][i], expected[c][i], at(isa, m, n, shift));
            }
          }
          EXPECT_TRUE(out.marks_are_whole()) << at(isa, m, n, shift);
        }
      }
    }
  });
}

// A column that is not finite must show in every sum that it enters, and in no other.
TEST(WeightedSums, carry_what_is_not_finite_to_the_end) {
  for_each_isa(all_isas(), [](std::string const& isa) {
    for (std::size_t place = 0; place < 19; ++place) {
      InputColumns columns(6, 19, 0);
      columns[4][place] = std::numeric_limits<double>::quiet_NaN();
      std::vector<double> const q(19, 0.0);
      double sums[6] = {};
      kernels::weighted_sums(nullptr, q.data(), columns.data(), 6, 19, sums);
      for (std::size_t c = 0; c < 6; ++c) {
        EXPECT_EQ(std::isnan(sums[c]), c == 4) << isa << ' ' << place << ' ' << c;
      }
    }
  });
}

}  // namespace
