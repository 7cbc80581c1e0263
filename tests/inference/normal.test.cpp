#include "toyfarm/inference/normal.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace toyfarm::inference {
namespace {

TEST(Normal, gives_the_known_tail_probabilities) {
  EXPECT_NEAR(p_of_z(3) / 1.3498980316300945e-3, 1, 1e-14);
  EXPECT_NEAR(p_of_z(5) / 2.8665157187919391e-7, 1, 1e-14);
  EXPECT_NEAR(p_of_z(7) / 1.2798125438858350e-12, 1, 1e-14);
}

TEST(Normal, goes_from_p_to_z_and_back) {
  for (double z = -8; z <= 37; z += 0.125) {
    EXPECT_NEAR(z_of_p(p_of_z(z)), z, z < -4 ? 0.2 : 1e-9) << z;  // 1 - 1e-16 holds few digits of z
    EXPECT_EQ(normal_cdf(-z), p_of_z(z));
  }
  EXPECT_EQ(z_of_p(0.5), 0);
}

TEST(Normal, calls_p_of_0_infinitely_significant) {
  EXPECT_EQ(z_of_p(0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(z_of_p(1), -std::numeric_limits<double>::infinity());
}

TEST(Normal, has_the_density_its_distribution_grows_by) {
  for (double z = -3; z <= 3; z += 0.5) {
    EXPECT_NEAR((normal_cdf(z + 1e-5) - normal_cdf(z - 1e-5)) / 2e-5, normal_pdf(z), 1e-9);
  }
}

TEST(ChiSquared, gives_the_known_quantiles) {
  EXPECT_NEAR(chi2_quantile(0.95, 1), 3.841458820694124, 1e-12);
  EXPECT_NEAR(chi2_quantile(one_sigma, 1), 1, 1e-12);
  EXPECT_NEAR(chi2_quantile(one_sigma, 2), 2.2957489288986364, 1e-12);
  EXPECT_NEAR(chi2_quantile(0.95, 2), 5.991464547107979, 1e-12);
  EXPECT_NEAR(chi2_tail(chi2_quantile(0.9, 1)), 0.1, 1e-13);
}

}  // namespace
}  // namespace toyfarm::inference
