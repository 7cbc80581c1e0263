#include "toyfarm/kernels/mixture.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/kernels/reference.hpp"

#include "kernels/arrays.hpp"
#include "support/isa.hpp"

namespace {

namespace kernels = toyfarm::kernels;
using toyfarm::test::all_isas;
using toyfarm::test::awkward_sizes;
using toyfarm::test::for_each_isa;
using toyfarm::test::numbers;
using toyfarm::test::OutputColumns;
using toyfarm::test::same_bits;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double epsilon = std::numeric_limits<double>::epsilon();

/// ln p of some processes, in storage that ends with the points.
struct Input {
  std::vector<double> nu;
  std::vector<std::vector<double>> storage;
  std::vector<double const*> log_p;
  std::vector<double> weights;
  std::size_t n;

  Input(std::vector<double> yields, std::size_t size, std::size_t shift)
      : nu(std::move(yields)), weights(numbers(size, -1, 3, 7)), n(size) {
    for (std::size_t p = 0; p < nu.size(); ++p) {
      storage.push_back(numbers(shift + n, -30, 3, static_cast<std::uint32_t>(10 + p)));
      log_p.push_back(storage.back().data() + shift);
    }
  }
  /// The same ln p everywhere, process by process.
  Input(std::vector<double> yields, std::vector<double> const& values, std::size_t size)
      : Input(std::move(yields), size, 0) {
    for (std::size_t p = 0; p < nu.size(); ++p) {
      std::fill(storage[p].begin(), storage[p].end(), values[p]);
    }
  }
  [[nodiscard]] kernels::Mixture mixture(OutputColumns const& ratios) const {
    return {nu.size(), log_p.data(), nu.data(), ratios.data()};
  }
};

struct Output {
  OutputColumns ratios;
  OutputColumns log_f;
  double sum = 0;

  Output(Input const& in, std::size_t shift)
      : ratios(in.nu.size(), in.n, shift), log_f(1, in.n, shift) {}
};

enum class Weights { one, given };

Output mixture_n(Input const& in,
                 Weights weights,
                 std::size_t shift = 0,
                 decltype(&kernels::mixture_n) kernel = kernels::mixture_n) {
  Output out(in, shift);
  double const* const w = weights == Weights::one ? nullptr : in.weights.data();
  out.sum = kernel(in.mixture(out.ratios), w, in.n, out.log_f.data()[0]);
  return out;
}

Output reference_n(Input const& in, Weights weights, std::size_t shift = 0) {
  return mixture_n(in, weights, shift, kernels::reference::mixture_n);
}

Output mixture_sum(Input const& in, std::size_t shift = 0) {
  Output out(in, shift);
  out.sum = kernels::mixture_sum(in.mixture(out.ratios), in.n);
  return out;
}

/// Yields of 1, 2, 3 and 5 processes, some of which are 0.
std::vector<std::vector<double>> yields() {
  return {{250.0},
          {2500.0, 7500.0},
          {0.0, 40.0},
          {1e-3, 0.0},
          {3.0, 1e4, 0.5},
          {0.0, 12.0, 5.0},
          {1.0, 2.0, 30.0, 400.0, 5000.0},
          {0.0, 2.0, 0.0, 400.0, 0.0}};
}

template <class Body>
void for_each_input(Body body) {
  for (auto const& nu : yields()) {
    for (auto const n : awkward_sizes) {
      for (std::size_t const shift : {0U, 1U, 3U}) {
        SCOPED_TRACE(testing::Message() << nu.size() << " processes, the first yield " << nu[0]
                                        << ", " << n << " points, shift " << shift);
        body(Input(nu, n, shift), shift);
      }
    }
  }
}

// Each ln f within 4 ulp of the largest number that it is made of, each ratio within 8 ulp.
void expect_near(Input const& in, Output const& out, Output const& expected, Weights weights) {
  double magnitude = 0;
  for (std::size_t i = 0; i < in.n; ++i) {
    double scale = std::max(1.0, std::abs(expected.log_f[0][i]));
    for (std::size_t p = 0; p < in.nu.size(); ++p) {
      scale = in.nu[p] > 0 ? std::max(scale, std::abs(in.log_p[p][i])) : scale;
      ASSERT_NEAR(out.ratios[p][i], expected.ratios[p][i], 8 * epsilon * expected.ratios[p][i])
          << p << ' ' << i;
    }
    ASSERT_NEAR(out.log_f[0][i], expected.log_f[0][i], 4 * epsilon * scale) << i;
    magnitude += scale * (weights == Weights::one ? 1 : std::abs(in.weights[i]));
  }
  EXPECT_NEAR(out.sum, expected.sum, 4 * epsilon * magnitude);
  EXPECT_TRUE(out.ratios.marks_are_whole());
  EXPECT_TRUE(out.log_f.marks_are_whole());
}

TEST(Mixture, is_near_the_reference_on_every_target) {
  int const tried = for_each_isa(all_isas(), [](std::string const& isa) {
    SCOPED_TRACE(isa);
    for_each_input([](Input const& in, std::size_t shift) {
      for (auto const weights : {Weights::one, Weights::given}) {
        expect_near(in, mixture_n(in, weights, shift), reference_n(in, weights, shift), weights);
      }
    });
  });
  EXPECT_GE(tried, 2);
}

TEST(Mixture, gives_the_same_bits_with_avx2_and_avx512) {
  std::vector<std::vector<Output>> results;
  for_each_isa({"avx512", "avx2"}, [&](std::string const&) {
    results.emplace_back();
    for_each_input([&](Input const& in, std::size_t shift) {
      results.back().push_back(mixture_n(in, Weights::one, shift));
      results.back().push_back(mixture_n(in, Weights::given, shift));
      results.back().push_back(mixture_sum(in, shift));
    });
  });
  for (auto const& result : results) {
    for (std::size_t k = 0; k < result.size(); ++k) {
      ASSERT_TRUE(result[k].ratios == results[0][k].ratios) << k;
      ASSERT_TRUE(result[k].log_f == results[0][k].log_f) << k;
      ASSERT_TRUE(same_bits(result[k].sum, results[0][k].sum)) << k;
    }
  }
}

TEST(MixtureSum, is_the_sum_of_mixture_n_with_its_ratios) {
  for_each_isa(all_isas(), [](std::string const& isa) {
    SCOPED_TRACE(isa);
    for_each_input([](Input const& in, std::size_t shift) {
      auto const each = mixture_n(in, Weights::one, shift);
      auto const product = mixture_sum(in, shift);
      EXPECT_NEAR(product.sum, each.sum, 40 * epsilon * static_cast<double>(in.n));
      EXPECT_TRUE(product.ratios == each.ratios);
      EXPECT_TRUE(product.ratios.marks_are_whole());
    });
  });
}

// 16 values are multiplied: at the documented limits of the yields a product is 10^-288 or 10^288.
TEST(MixtureSum, neither_overflows_nor_vanishes_at_the_limits_of_the_yields) {
  std::vector<std::vector<double>> const cases{{1e-18},
                                               {1e18},
                                               {1e-18, 1e-18},
                                               {5e17, 5e17},
                                               {1e-18, 9.99e17},
                                               {0.0, 1e-18, 0.0},
                                               {2.5e17, 2.5e17, 0.0, 2.5e17, 2.5e17}};
  for_each_isa(all_isas(), [&](std::string const& isa) {
    for (auto const& nu : cases) {
      for (double const log_p : {0.0, -700.0, 650.0}) {
        for (std::size_t const n : {8U, 128U, 131U, 1000U}) {
          Input const in(nu, std::vector<double>(nu.size(), log_p), n);
          double expected = 0;
          for (double const v : nu) {
            expected += v;
          }
          expected = static_cast<double>(n) * (log_p + std::log(expected));
          EXPECT_NEAR(mixture_sum(in).sum, expected, 1e-13 * std::abs(expected))
              << isa << ' ' << nu.size() << ' ' << nu[0] << ' ' << log_p << ' ' << n;
        }
      }
    }
  });
}

// A density of 0 at a point is no contribution there, and no share.
TEST(Mixture, leaves_out_a_process_whose_density_is_zero) {
  for_each_isa(all_isas(), [](std::string const& isa) {
    for (std::size_t const n_processes : {2U, 3U, 5U}) {
      for (std::size_t gone = 0; gone < n_processes; ++gone) {
        Input in(std::vector<double>(n_processes, 20.0), 19, 0);
        std::fill(in.storage[gone].begin(), in.storage[gone].end(), -inf);
        auto rest = in;
        rest.nu.erase(rest.nu.begin() + static_cast<std::ptrdiff_t>(gone));
        rest.log_p = in.log_p;
        rest.log_p.erase(rest.log_p.begin() + static_cast<std::ptrdiff_t>(gone));
        auto const out = mixture_n(in, Weights::one);
        auto const expected = reference_n(rest, Weights::one);
        EXPECT_NEAR(mixture_sum(in).sum, expected.sum, 1e-12) << isa;
        for (std::size_t i = 0; i < in.n; ++i) {
          EXPECT_NEAR(out.log_f[0][i], expected.log_f[0][i], 1e-14) << isa << ' ' << i;
          EXPECT_EQ(out.ratios[gone][i], 0) << isa << ' ' << i;
        }
      }
    }
  });
}

// What must never pass for a finite NLL, wherever in a block it stands.
TEST(Mixture, is_not_finite_where_some_density_is_zero_infinite_or_not_a_number) {
  for_each_isa(all_isas(), [](std::string const& isa) {
    for (auto const& nu : yields()) {
      for (std::size_t place = 0; place < 19; ++place) {
        auto const expect_not_finite = [&](Input const& in, char const* what) {
          for (auto const weights : {Weights::one, Weights::given}) {
            EXPECT_FALSE(std::isfinite(mixture_n(in, weights).sum))
                << isa << ' ' << what << ' ' << nu.size() << ' ' << place;
          }
          EXPECT_FALSE(std::isfinite(mixture_sum(in).sum))
              << isa << ' ' << what << ' ' << nu.size() << ' ' << place;
        };
        Input zero(nu, 19, 0);
        Input contributing(nu, 19, 0);  // those without a yield keep their density
        for (std::size_t p = 0; p < nu.size(); ++p) {
          zero.storage[p][place] = -inf;
          contributing.storage[p][place] = nu[p] > 0 ? -inf : contributing.storage[p][place];
          Input bad(nu, 19, 0);
          bad.storage[p][place] = nan;
          expect_not_finite(bad, "NaN");
          bad.storage[p][place] = inf;
          if (nu[p] > 0) {
            expect_not_finite(bad, "infinite");
          }
        }
        expect_not_finite(zero, "zero");
        expect_not_finite(contributing, "zero of those that contribute");
      }
    }
  });
}

TEST(Mixture, is_not_finite_without_any_yield) {
  for_each_isa(all_isas(), [](std::string const& isa) {
    for (std::size_t const n_processes : {1U, 2U, 3U}) {
      Input const in(std::vector<double>(n_processes, 0.0), 19, 0);
      EXPECT_FALSE(std::isfinite(mixture_n(in, Weights::one).sum)) << isa;
      EXPECT_FALSE(std::isfinite(mixture_sum(in).sum)) << isa;
    }
  });
}

// Yields and ln p of a process with yield 3, others far below it, and others far above but without
// a yield.
TEST(Mixture, knows_densities_that_differ_beyond_the_range_of_doubles) {
  for_each_isa(all_isas(), [](std::string const& isa) {
    for (double const base : {0.0, -1e5, 3000.0}) {
      for (auto const& [nu, log_p] :
           std::vector<std::pair<std::vector<double>, std::vector<double>>>{
               {{3.0, 5.0}, {base, base - 2000}},
               {{5.0, 3.0, 1.0}, {base - 2000, base, base - 1e300}},
               {{0.0, 3.0}, {base + 2000, base}},
               {{3.0, 0.0}, {base, base + 1e300}},
               {{0.0, 3.0, 0.0}, {base + 2000, base, base + 1e300}}}) {
        Input const in(nu, log_p, 9);
        auto const out = mixture_n(in, Weights::one);
        EXPECT_NEAR(mixture_sum(in).sum, 9 * out.log_f[0][0], 1e-14 * (1 + std::abs(base))) << isa;
        EXPECT_NEAR(out.log_f[0][8], base + std::log(3), 1e-15 * (1 + std::abs(base))) << isa;
        for (std::size_t p = 0; p < nu.size(); ++p) {
          double const ratio = out.ratios[p][8];
          if (log_p[p] == base) {
            EXPECT_NEAR(ratio, 1.0 / 3, 1e-16) << isa;
          } else if (log_p[p] < base) {
            EXPECT_EQ(ratio, 0) << isa;
          } else {  // as large as can be, and finite
            EXPECT_TRUE(ratio > 1e300 && std::isfinite(ratio)) << isa << ' ' << ratio;
          }
        }
      }
    }
  });
}

}  // namespace
