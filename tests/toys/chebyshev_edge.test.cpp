// T4: toys of Chebyshev densities that touch zero.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/toys/generate.hpp"

#include "model/chebyshev_zeros.hpp"
#include "toys/toy_specs.hpp"

namespace {

namespace toys = toyfarm::toys;
namespace model = toyfarm::model;
namespace test = toyfarm::test;

using test::touching;

model::Model model_of(std::vector<double> const& c, double n_events) {
  std::string parameters;
  std::string names;
  for (std::size_t k = 0; k < c.size(); ++k) {
    auto const comma = k == 0 ? "" : ",";
    parameters += fmt::format(R"({}{{"name":"c{}","init":{},"bounds":[-50,50]}})", comma, k, c[k]);
    names += fmt::format(R"({}"c{}")", comma, k);
  }
  auto const pdf = R"({"type":"chebyshev","observable":"x","params":[)" + names + "]}";
  return test::model_of(
      parameters,
      test::channel_json("region", test::x_observable, test::process_json("bkg", pdf, n_events)));
}

/// The c.d.f. on [0, 10]: that of T_k is T_{k+1} / (2k + 2) - T_{k-1} / (2k - 2) + const.
class Cumulative {
 public:
  explicit Cumulative(std::vector<double> const& c)
      : c_(c), start_(raw(-1)), all_(raw(1) - start_) {}
  double operator()(double x) const {
    return static_cast<double>((raw(static_cast<long double>(x) / 5 - 1) - start_) / all_);
  }

 private:
  long double raw(long double y) const {
    auto const t = [y](std::size_t k) {
      return std::cos(static_cast<long double>(k) * std::acos(y));
    };
    long double sum = y;
    for (std::size_t k = 1; k <= c_.size(); ++k) {
      auto const order = static_cast<long double>(k);
      sum += c_[k - 1] *
             (k == 1 ? y * y / 2 : t(k + 1) / (2 * order + 2) - t(k - 1) / (2 * order - 2));
    }
    return sum;
  }

  std::vector<double> c_;
  long double start_;
  long double all_;
};

/// Largest distance between the distributions of events and density, times sqrt(n).
template <class Column>
double distance(Column x, std::vector<double> const& c) {
  std::sort(x.begin(), x.end());
  Cumulative const cdf(c);
  double most = 0;
  auto const n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    double const f = cdf(x[i]);
    most = std::max({most, f - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - f});
  }
  return most * std::sqrt(n);
}

// The Kolmogorov statistic exceeds 2.5 with probability 7.5e-6: false alarm 6e-5 over all.
TEST(ChebyshevEdge, toys_follow_densities_that_touch_zero) {
  for (auto const& [name, c] : touching()) {
    auto const m = model_of(c, 30'000);
    model::Sample sample;
    toys::generate(toys::build_tables(m, m.init()), 11, {2}, sample);
    EXPECT_LT(distance(sample.channels[0].columns[0], c), 2.5) << name;
  }
}

// What lies in a cell, next to a zero as well, to 10^-14 of all events and 10^-9 of its own.
TEST(ChebyshevEdge, cells_hold_their_share_of_a_density_that_touches_zero) {
  for (auto const& [name, c] : touching()) {
    auto const m = model_of(c, 1);
    auto const tables = toys::build_tables(m, m.init());
    auto const& cells = tables.channels[0].cells;
    Cumulative const cdf(c);
    EXPECT_LT(cells.size(), 400U) << name;
    EXPECT_NEAR(std::accumulate(cells.events.begin(), cells.events.end(), 0.0), 1, 1e-12) << name;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      double const upper = std::nextafter(cells.upper[i], 11);
      double const share = cdf(upper) - cdf(cells.lower[i]);
      ASSERT_NEAR(cells.events[i], share, 1e-14 + 1e-9 * share) << name << ' ' << cells.lower[i];
      EXPECT_TRUE(i == 0 || cells.lower[i] >= std::nextafter(cells.upper[i - 1], 11)) << name;
    }
  }
}

// As rectangles where few enough serve, else factor by factor.
TEST(ChebyshevEdge, toys_follow_products_of_densities_that_touch_zero) {
  std::string const text = R"({"type":"product","components":[)"
                           R"({"type":"chebyshev","observable":"x","params":["a","b"]},)"
                           R"({"type":"chebyshev","observable":"y","params":["d"]}]})";
  auto const c = test::chebyshev_with_zeros({0.3L}, 2);
  std::string parameters;
  for (auto const& [name, value] : {std::pair{"a", c[0]}, {"b", c[1]}, {"d", 1.0}}) {
    parameters += fmt::format(R"({}{{"name":"{}","init":{},"bounds":[-50,50]}})",
                              parameters.empty() ? "" : ",",
                              name,
                              value);
  }
  auto const m =
      test::model_of(parameters,
                     test::channel_json("region",
                                        test::x_observable + R"(,{"name":"y","bounds":[0,1]})",
                                        test::process_json("bkg", text, 50'000)));
  auto const tables = toys::build_tables(m, m.init());
  model::Sample sample;
  toys::generate(tables, 11, {2}, sample);
  EXPECT_LT(distance(sample.channels[0].columns[0], c), 2.5);
}

TEST(ChebyshevEdge, no_toys_come_of_a_density_that_is_negative) {
  auto const m = model_of({1.006}, 100);
  try {
    static_cast<void>(toys::build_tables(m, m.init(), "spec.json"));
    FAIL();
  } catch (toyfarm::core::SpecError const& e) {
    std::string const message = e.what();
    for (auto const* part : {"channel 'region'", "process 'bkg'", "does not exist"}) {
      EXPECT_NE(message.find(part), std::string::npos) << message;
    }
  }
}

}  // namespace
