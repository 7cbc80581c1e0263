#include "toyfarm/inference/asymptotic.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "toyfarm/inference/normal.hpp"

namespace toyfarm::inference {
namespace {

TEST(AsimovZ, gives_the_known_significances) {
  EXPECT_NEAR(asimov_z(2, 1), 1.6099, 5e-5);
  EXPECT_NEAR(asimov_z(5, 1), 3.3913, 5e-5);
  EXPECT_NEAR(asimov_z(10, 10), 2.7795, 5e-5);
  EXPECT_NEAR(asimov_z(10, 50), 1.3706, 5e-5);
}

TEST(AsimovZ, gives_the_known_significances_with_an_uncertain_background) {
  EXPECT_NEAR(asimov_z(10, 10, 2), 2.2600, 5e-5);
  EXPECT_NEAR(asimov_z(10, 100, 10), 0.6902, 5e-5);
  EXPECT_NEAR(asimov_z(5, 1, 0.3), 3.1103, 5e-5);
  EXPECT_NEAR(asimov_z_gaussian(10, 10, 2), 2.3154, 5e-5);
  EXPECT_NEAR(asimov_z_gaussian(10, 100, 10), 0.6958, 5e-5);
  EXPECT_NEAR(asimov_z_gaussian(5, 1, 0.3), 3.1539, 5e-5);
}

TEST(AsimovZ, has_the_limit_of_a_known_background_and_of_no_signal) {
  EXPECT_NEAR(asimov_z(10, 50, 1e-3), asimov_z(10, 50), 1e-6);
  EXPECT_NEAR(asimov_z_gaussian(10, 50, 1e-3), asimov_z(10, 50), 1e-6);
  EXPECT_EQ(asimov_z(0, 3), 0);
  EXPECT_NEAR(asimov_z_gaussian(0, 3, 1), 0, 1e-6);
}

TEST(Asymptotic, gives_p0_of_the_studies) {
  EXPECT_NEAR(asymptotic_p0(1.2419200970994098), 0.1325507, 5e-8);
  EXPECT_NEAR(asymptotic_p0(5.2531004), 0.01095385, 5e-9);
  EXPECT_NEAR(z_of_p(asymptotic_p0(5.2531004)), 2.291964, 5e-7);
}

TEST(Asymptotic, gives_z_of_370_events_over_340) {
  double const q0 = 2 * (370 * std::log(370. / 340) - 30);
  EXPECT_NEAR(z_of_p(asymptotic_p0(q0)), 1.6039, 5e-5);
}

/// q_tilde of a measurement x of mu >= 0 with variance 1, whose asymptotics are exact.
double q_tilde(double x, double mu) {
  return x > mu ? 0 : (x - mu) * (x - mu) - (x < 0 ? x * x : 0);
}

double exact_limit(double x, double cl) {
  return x + z_of_p((1 - cl) * normal_cdf(x));
}

TEST(AsymptoticCls, is_exact_for_a_gaussian_mean_in_both_branches) {
  for (double x : {-2., -0.5, 0., 0.5, 1.5}) {
    for (double mu : {1.6, 2.5, 4.}) {
      AsymptoticCls const result = asymptotic_cls(q_tilde(x, mu), mu * mu);
      EXPECT_NEAR(result.p_sb, normal_cdf(x - mu), 1e-14);
      EXPECT_NEAR(result.one_minus_pb, normal_cdf(x), 1e-14);
      EXPECT_NEAR(result.cls, normal_cdf(x - mu) / normal_cdf(x), 1e-12);
      EXPECT_GE(result.cls, result.p_sb);
    }
  }
  EXPECT_EQ(asymptotic_cls(std::numeric_limits<double>::infinity(), 4).cls, 0);
}

TEST(AsymptoticCls, of_a_band_is_that_of_such_data) {
  for (double band : {-2., -1., 0., 1.}) {
    EXPECT_NEAR(asymptotic_expected_cls(band, 9), asymptotic_cls(q_tilde(band, 3), 9).cls, 1e-12);
  }
}

TEST(AsymptoticLimit, is_exact_for_a_gaussian_mean) {
  auto const asimov = [](double mu) { return mu * mu; };
  for (double cl : {0.9, 0.95}) {
    for (double guess : {0.01, 1., 30.}) {
      SolveOptions const options{cl, guess, 100, 1e-6};
      for (double x : {-1.5, 0., 0.7, 4.}) {
        auto const limit =
            asymptotic_limit([&](double mu) { return q_tilde(x, mu); }, asimov, options);
        ASSERT_EQ(limit.state, SolveState::found);
        EXPECT_NEAR(limit.value, exact_limit(x, cl), 1e-6 * limit.value);
      }
      for (double band = -2; band <= 2; ++band) {
        auto const limit = asymptotic_expected_limit(band, asimov, options);
        ASSERT_EQ(limit.state, SolveState::found);
        EXPECT_NEAR(limit.value, exact_limit(band, cl), 1e-6 * limit.value);
      }
    }
  }
}

TEST(AsymptoticLimit, says_when_the_bound_is_nearer_and_when_a_fit_fails) {
  auto const asimov = [](double mu) { return mu * mu; };
  EXPECT_EQ(asymptotic_expected_limit(2, asimov, {0.95, 1, 2, 1e-6}).state,
            SolveState::above_bound);
  auto const fails = [](double mu) { return mu > 1.2 ? std::nan("") : mu * mu; };
  EXPECT_EQ(asymptotic_expected_limit(0, fails, {0.95, 1, 10, 1e-6}).state, SolveState::failed);
  EXPECT_EQ(asymptotic_limit(fails, asimov, {0.95, 3, 10, 1e-6}).state, SolveState::failed);
}

TEST(AsymptoticT, is_exact_for_a_gaussian_mean_with_a_bound) {
  // P(t_tilde >= t | mu) of x ~ N(mu, 1): above mu by sqrt(t), or below as far as the bound allows.
  for (double mu : {0.5, 1., 2.}) {
    for (double t : {0.1, 0.9, 3., 6.}) {
      double const low = t <= mu * mu ? mu - std::sqrt(t) : (mu * mu - t) / (2 * mu);
      double const exact = p_of_z(std::sqrt(t)) + normal_cdf(low - mu);
      EXPECT_NEAR(asymptotic_p_t_tilde(t, mu * mu), exact, 1e-14);
    }
  }
  EXPECT_NEAR(asymptotic_p_t(4), 2 * p_of_z(2), 1e-15);
}

}  // namespace
}  // namespace toyfarm::inference
