#include "toyfarm/inference/profile.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "toyfarm/inference/normal.hpp"

namespace toyfarm::inference {
namespace {

/// NLL of n counts at a mean.
FitEnd poisson(double n, double mean) {
  double const nll = n == 0 ? mean : mean > 0 ? mean - n * std::log(mean) : HUGE_VAL;
  return {nll, 0, mean, true};
}

ProfileFit counts(double n) {
  return [n](double mean) { return poisson(n, mean); };
}

TEST(ProfileInterval, of_a_parabola_is_as_wide_as_its_error) {
  auto const fit = [](double mu) { return FitEnd{(mu - 3) * (mu - 3) / (2 * 0.25), 0, mu, true}; };
  for (double error : {0.05, 0.5, 7.}) {
    auto const interval = profile_interval(fit, fit(3), {0.95, error, -100, 100, 1e-6});
    EXPECT_EQ(interval.low.state, ProfileState::crossing);
    EXPECT_NEAR(interval.low.value, 3 - 0.5 * normal_quantile(0.975), 1e-6);
    EXPECT_NEAR(interval.high.value, 3 + 0.5 * normal_quantile(0.975), 1e-6);
    EXPECT_LT(interval.n_fits, error == 0.5 ? 9 : 30);
  }
}

TEST(ProfileInterval, ends_where_twice_the_nll_rises_by_the_quantile) {
  for (double n : {1., 5., 40., 3000.}) {
    for (double cl : {one_sigma, 0.9, 0.95}) {
      auto const interval =
          profile_interval(counts(n), poisson(n, n), {cl, std::sqrt(n), 0, 1e5, 1e-6});
      for (double end : {interval.low.value, interval.high.value}) {
        double const rise = 2 * (poisson(n, end).nll - poisson(n, n).nll);
        double const slope = std::abs(2 * (1 - n / end));
        EXPECT_NEAR(rise, chi2_quantile(cl, 1), slope * 1.1e-6 * std::abs(end - n));
      }
      EXPECT_LT(interval.n_fits, 20) << n;
    }
  }
}

TEST(ProfileInterval, is_at_the_bound_where_the_nll_does_not_rise_enough) {
  auto const none = profile_interval(counts(0), poisson(0, 0), {one_sigma, 1, 0, 100, 1e-6});
  EXPECT_EQ(none.low.state, ProfileState::at_bound);
  EXPECT_EQ(none.low.value, 0);
  EXPECT_NEAR(none.high.value, 0.5, 1e-6);
  auto const few = profile_interval(counts(2), poisson(2, 2), {0.95, 1.4, 0.5, 3, 1e-6});
  EXPECT_EQ(few.low.state, ProfileState::at_bound);
  EXPECT_EQ(few.low.value, 0.5);
  EXPECT_EQ(few.high.state, ProfileState::at_bound);
  EXPECT_EQ(few.high.value, 3);
}

TEST(ProfileInterval, stops_before_an_impossible_bound) {
  auto const interval = profile_interval(counts(1), poisson(1, 1), {0.95, 1, 0, 100, 1e-6});
  EXPECT_EQ(interval.low.state, ProfileState::crossing) << "the NLL is infinite at 0";
  EXPECT_GT(interval.low.value, 0);
}

TEST(ProfileInterval, is_left_open_where_the_nll_does_not_rise) {
  auto const flat = [](double mu) { return FitEnd{0, 0, mu, true}; };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  auto const interval = profile_interval(flat, flat(0), {0.95, 1, -infinity, infinity, 1e-6});
  EXPECT_EQ(interval.high.state, ProfileState::unbounded);
}

TEST(ProfileInterval, names_a_failed_fit_and_a_lower_minimum) {
  auto const fails = [](double mu) { return FitEnd{mu * mu / 2, 0, mu, mu > -0.5}; };
  auto const half = profile_interval(fails, fails(0), {0.9, 1, -10, 10, 1e-6});
  EXPECT_EQ(half.low.state, ProfileState::failed);
  EXPECT_EQ(half.high.state, ProfileState::crossing);
  auto const two = [](double mu) { return FitEnd{mu < 2 ? mu * mu / 2 : -1, 1e-6, mu, true}; };
  auto const lower = profile_interval(two, two(0), {0.9999, 1, -10, 10, 1e-6});
  EXPECT_EQ(lower.high.state, ProfileState::lower_minimum);
  EXPECT_GE(lower.high.value, 2);
}

}  // namespace
}  // namespace toyfarm::inference
