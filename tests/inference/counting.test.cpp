// Known answers of counting experiments, the probabilities of all outcomes added up instead of
// toys.
#include <cmath>

#include <gtest/gtest.h>

#include "toyfarm/inference/normal.hpp"
#include "toyfarm/inference/statistic.hpp"

namespace toyfarm::inference {
namespace {

double nll(int n, double mean) {
  return n == 0 ? mean : mean - n * std::log(mean);
}

double probability_of(int n, double mean) {
  return std::exp(n * std::log(mean) - mean - std::lgamma(n + 1.));
}

/// q0 of n events where b are expected.
Statistic q0(int n, double b) {
  return evaluate(StatisticKind::q0, {{nll(n, n), 0, n - b, true}, {nll(n, b), 0, 0, true}, {}}, 0);
}

/// q0 of a signal in the channel "on", its background tau times as strong in the channel "off".
Statistic q0(int n_on, int n_off, double tau) {
  double const b_free = n_off / tau;
  double const b = (n_on + n_off) / (1 + tau);
  FitEnd const free{nll(n_on, n_on) + nll(n_off, n_off), 0, n_on - b_free, true};
  FitEnd const null{nll(n_on, b) + nll(n_off, tau * b), 0, 0, true};
  return evaluate(StatisticKind::q0, {free, null, {}}, 0);
}

/// Significance of toys whose background is the data's conditional estimate.
double z_of_toys(int n_on, int n_off, double tau) {
  Statistic const observed = q0(n_on, n_off, tau);
  double const b = (n_on + n_off) / (1 + tau);
  auto const most = [](double mean) { return static_cast<int>(mean + 12 * std::sqrt(mean) + 30); };
  double p = 0;
  for (int on = 0; on < most(b); ++on) {
    for (int off = 0; off < most(tau * b); ++off) {
      Statistic const toy = q0(on, off, tau);
      EXPECT_EQ(toy.outcome, Outcome::value);
      p += standing(toy, observed) != Standing::below
               ? probability_of(on, b) * probability_of(off, tau * b)
               : 0;
    }
  }
  return z_of_p(p);
}

TEST(OnOff, has_the_known_significances_of_toys_with_profiled_background) {
  EXPECT_NEAR(z_of_toys(4, 5, 5), 1.953, 5e-4);
  EXPECT_NEAR(z_of_toys(50, 55, 2), 3.025, 5e-4);
  EXPECT_NEAR(z_of_toys(140, 100, 1.2), 3.994, 5e-4);
  EXPECT_NEAR(z_of_toys(67, 15, 0.5), 3.008, 5e-4);
  EXPECT_NEAR(z_of_toys(200, 10, 0.1), 2.329, 5e-4);
}

TEST(Counting, has_the_known_significance_of_370_events_over_340) {
  Statistic const observed = q0(370, 340);
  double p = 0;
  for (int n = 0; n < 700; ++n) {
    p += standing(q0(n, 340), observed) != Standing::below ? probability_of(n, 340) : 0;
  }
  EXPECT_NEAR(z_of_p(p), 1.5864, 5e-5);
}

TEST(Counting, calls_events_without_any_background_infinitely_significant) {
  Statistic const certain = q0(1, 0);
  EXPECT_EQ(certain.outcome, Outcome::value);
  EXPECT_EQ(certain.value, HUGE_VAL);
  EXPECT_EQ(q0(0, 0).value, 0);
}

}  // namespace
}  // namespace toyfarm::inference
