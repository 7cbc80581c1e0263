#include "toyfarm/kernels/shapes.hpp"

#include <cmath>

#include "toyfarm/kernels/reference.hpp"

#include "kernels/density_columns.hpp"

namespace {

namespace kernels = toyfarm::kernels;

std::vector<double> points(double lower, double upper) {
  std::vector<double> x{lower, upper};
  for (int i = 0; i < 150; ++i) {
    x.push_back(lower + (upper - lower) * ((i * 61) % 150) / 149.5);
  }
  return x;
}

// The last one is negative in part of its window.
TEST(Chebyshev, is_like_the_reference_on_every_target) {
  std::vector<double> const means{0.1, -0.2, 0.3, -0.1, 0.2, 0.05, 0.1};
  for (auto const& coefficients : std::vector<std::vector<double>>{
           {0.5}, {0.3, -0.2, 0.1}, {0.1, 0.2, -0.1, 0.05, 0.02, -0.1, 0.04}, {-1.3, 0.1}}) {
    kernels::Chebyshev const c{60, 120, 4, coefficients.size(), coefficients.data(), means.data()};
    toyfarm::test::expect_like_reference(
        [&](auto... a) { kernels::chebyshev_n(c, a...); },
        [&](auto... a) { kernels::reference::chebyshev_n(c, a...); },
        coefficients.size(),
        points(60, 120),
        {32});
  }
}

// T4. P is 0, or what rounding leaves of it, at one end or within.
TEST(Chebyshev, is_finite_or_nothing_where_its_polynomial_touches_zero) {
  std::vector<double> x{60, 120, 98.99999, 99, 99.00001, std::nextafter(120, 0)};
  for (auto const& c : std::vector<std::vector<double>>{{1},
                                                        {-1},
                                                        {1, 1e-300},
                                                        {1, 1e-90},
                                                        {-1, 1e-170},
                                                        {-1 - 1e-15},
                                                        {-0.6 / 0.59, 0.5 / 0.59},
                                                        {-0.6 / 0.59 + 1e-16, 0.5 / 0.59}}) {
    std::vector<double> const means(c.size(), 0.25);
    toyfarm::test::for_each_isa(toyfarm::test::all_isas(), [&](std::string const& isa) {
      std::vector<double> columns(6 * x.size());
      auto* const out = columns.data();
      kernels::chebyshev_n({60, 120, 4, c.size(), c.data(), means.data()},
                           x.data(),
                           x.size(),
                           {out, out + x.size(), out + 3 * x.size(), x.size()});
      for (std::size_t i = 0; i < columns.size(); ++i) {
        bool const none = i < x.size() && columns[i] == -HUGE_VAL;
        EXPECT_TRUE(none || std::isfinite(columns[i])) << isa << ' ' << c[0] << ' ' << i;
        EXPECT_TRUE(!none || columns[x.size() + i] == 0) << isa << ' ' << c[0] << ' ' << i;
      }
    });
  }
}

TEST(ChebyshevSum, is_the_polynomial_on_every_target) {
  std::vector<double> const coefficients{0.3, -0.2, 0.1};
  kernels::Chebyshev const c{0, 1, 0, 3, coefficients.data(), nullptr};
  auto const y = points(-1, 1);
  toyfarm::test::for_each_isa(toyfarm::test::all_isas(), [&](std::string const& isa) {
    for (std::size_t const n : {0U, 1U, 7U, 8U, 9U, 33U}) {
      std::vector<double> p(n + 1, -7);
      kernels::chebyshev_sum_n(c, y.data() + 1, n, p.data());
      for (std::size_t i = 0; i < n; ++i) {
        double const v = y[1 + i];
        EXPECT_NEAR(p[i], 1 + 0.3 * v - 0.2 * (2 * v * v - 1) + 0.1 * (4 * v * v - 3) * v, 1e-15)
            << isa;
      }
      EXPECT_EQ(p[n], -7) << isa;
    }
  });
}

TEST(Argus, is_like_the_reference_on_every_target) {
  for (double const lower : {0.0, 5.2}) {
    kernels::Argus const c{5.29, -20, 0.5, -1, {0.02, -4}, {1e-4, 0.01, 1}};
    toyfarm::test::expect_like_reference([&](auto... a) { kernels::argus_n(c, a...); },
                                         [&](auto... a) { kernels::reference::argus_n(c, a...); },
                                         2,
                                         points(lower, 5.29),
                                         {32});
  }
}

}  // namespace
