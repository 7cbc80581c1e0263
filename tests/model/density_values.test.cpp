#include <gtest/gtest.h>

#include "model/pdf_case.hpp"

namespace toyfarm::model::testing {
namespace {

TEST(DensityValues, agree_with_an_independent_implementation) {
  for (auto const& c : pdf_cases()) {
    for (auto const& row : c.values) {
      auto const built = build(c.type, row.window, row.theta, row.attributes);
      auto const got = evaluate(*built.density, row.theta, {row.x});
      ASSERT_TRUE(got.prepared) << c.type;
      for (std::size_t i = 0; i < row.x.size(); ++i) {
        EXPECT_NEAR(got.value[i], row.log_p[i], row.tolerance * std::abs(row.log_p[i]))
            << c.type << " at " << row.x[i];
      }
    }
  }
}

// 3-point Gauss rule on many equal panels between the edges given: enough for pdfs without
// parameters.
double integral(Density const& density, std::vector<double> const& edges) {
  std::vector<double> x;
  std::vector<double> w;
  for (std::size_t e = 0; e + 1 < edges.size(); ++e) {
    int const n = 400;
    double const h = (edges[e + 1] - edges[e]) / n;
    for (int i = 0; i < n; ++i) {
      for (auto const& [node, weight] : {std::pair{-0.7745966692414834, 5.0 / 18},
                                         {0.0, 8.0 / 18},
                                         {0.7745966692414834, 5.0 / 18}}) {
        x.push_back(edges[e] + h * (i + 0.5 * (1 + node)));
        w.push_back(h * weight);
      }
    }
  }
  auto const got = evaluate(density, {}, {x}, Derivatives::none);
  double total = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    total += w[i] * std::exp(got.value[i]);
  }
  return total;
}

TEST(Templates, integrate_to_one) {
  std::vector<double> const edges{60, 70, 95, 120};
  auto const histogram =
      build("histogram",
            {60, 120},
            {},
            {{"bin_edges", edges}, {"bin_content", std::vector<double>{3, 0, 5}}});
  EXPECT_NEAR(integral(*histogram.density, edges), 1, 1e-12);
  std::vector<double> const knots{60, 75, 82, 90, 105, 120};
  auto const spline =
      build("spline",
            {60, 120},
            {},
            {{"knots_x", knots}, {"knots_y", std::vector<double>{1, 3, 2.5, 2.5, 0.1, 4}}});
  EXPECT_NEAR(integral(*spline.density, knots), 1, 1e-12);
  for (double const bandwidth : {0.3, 2.0, 40.0, 1e4}) {
    auto const kde = build(
        "kde",
        {60, 120},
        {},
        {{"bandwidth", bandwidth}, {"centers", std::vector<double>{60, 60.1, 90, 119.5, 120}}});
    EXPECT_NEAR(integral(*kde.density, {60, 60.1, 61, 63, 67, 90, 110, 117, 119, 120}), 1, 1e-11)
        << bandwidth;
  }
}

TEST(Templates, have_their_edges_and_knots_as_break_points) {
  auto const histogram = build(
      "histogram",
      {0, 3},
      {},
      {{"bin_edges", std::vector<double>{0, 1, 3}}, {"bin_content", std::vector<double>{1, 1}}});
  EXPECT_EQ(histogram.density->break_points({}), std::vector<double>{1});
  auto const spline =
      build("spline",
            {0, 3},
            {},
            {{"knots_x", std::vector<double>{0, 2, 3}}, {"knots_y", std::vector<double>{1, 1, 2}}});
  EXPECT_EQ(spline.density->break_points({}), std::vector<double>{2});
}

TEST(Histogram, takes_bins_as_half_open_and_an_empty_bin_as_density_zero) {
  std::vector<double> edges{0};
  std::vector<double> content;
  for (int i = 1; i <= 40; ++i) {
    edges.push_back(edges.back() + 0.01 * i);  // unequal bins
    content.push_back(i % 7);
  }
  auto const built =
      build("histogram", {0, edges.back()}, {}, {{"bin_edges", edges}, {"bin_content", content}});
  double total = 0;
  for (auto const c : content) {
    total += c;
  }
  std::vector<double> const upper_edge_belongs_to_last{edges.back()};
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    auto const got = evaluate(
        *built.density, {}, {{edges[i], std::nextafter(edges[i + 1], 0.0)}}, Derivatives::none);
    double const expected = std::log(content[i] / total / (edges[i + 1] - edges[i]));
    for (auto const v : got.value) {
      EXPECT_TRUE(v == expected || std::abs(v - expected) < 1e-12) << i;
    }
  }
  EXPECT_TRUE(std::isfinite(
      evaluate(*built.density, {}, {upper_edge_belongs_to_last}, Derivatives::none).value[0]));
}

TEST(Kde, stays_finite_far_from_every_centre) {
  auto const built =
      build("kde", {0, 1000}, {}, {{"bandwidth", 0.5}, {"centers", std::vector<double>{10, 990}}});
  auto const got = evaluate(*built.density, {}, {{500.0}}, Derivatives::none);
  EXPECT_NEAR(
      got.value[0], -0.5 * 980 * 980 - std::log(0.5 * std::sqrt(2 * std::acos(-1.0))), 1e-7);
}

TEST(Argus, has_no_density_at_its_cut_off) {
  for (char const* variant : {"exact", "nextstat"}) {
    for (double const p : {0.0, 0.5}) {
      auto const built = build("argus", {5.2, 5.29}, {-20, p}, {{"variant", std::string(variant)}});
      auto const got = evaluate(*built.density, {-20, p}, {{5.29, 5.25}});
      EXPECT_EQ(got.value[0], -std::numeric_limits<double>::infinity());
      EXPECT_TRUE(std::isfinite(got.value[1]));
      for (auto const& column : got.first) {
        EXPECT_EQ(column[0], 0);
      }
    }
  }
}

TEST(Chebyshev, has_no_density_where_its_polynomial_is_zero) {
  std::vector<double> const theta{-1};
  auto const built = build("chebyshev", {0, 1}, theta);
  auto const got = evaluate(*built.density, theta, {{1.0, 0.5}});
  ASSERT_TRUE(got.prepared);
  EXPECT_EQ(got.value[0], -std::numeric_limits<double>::infinity());
  EXPECT_EQ(got.first[0][0], 0);
  EXPECT_EQ(got.second[0][0], 0);
  EXPECT_TRUE(std::isfinite(got.value[1]));
}

TEST(CrystalBall, has_its_joints_as_moving_break_points) {
  auto const one = build("crystal_ball", {60, 120}, {90, 2, 1.5, 3});
  EXPECT_TRUE(one.density->has_moving_break_points());
  EXPECT_EQ(one.density->break_points(std::vector<double>{90, 2, 1.5, 3}), std::vector<double>{87});
  auto const two = build("double_crystal_ball", {60, 120}, {90, 2, 1.5, 3, 2.5, 3});
  EXPECT_EQ(two.density->break_points(std::vector<double>{90, 2, 1.5, 3, 2.5, 3}),
            (std::vector<double>{87, 95}));
  EXPECT_TRUE(two.density->break_points(std::vector<double>{90, 2, 16, 3, 16, 3})
                  .empty());  // both outside the window
}

// A product of gaussian, nothing and a double-tailed peak: parameters stand side by side, and cross
// derivatives vanish.
TEST(Product, adds_its_components) {
  Workbench bench;
  bench.observables = {{"a", std::nullopt, {0, 1}},
                       {"b", std::nullopt, {60, 120}},
                       {"c", std::nullopt, {0, 2}},
                       {"d", std::nullopt, {0, 1}}};
  std::vector<double> const theta{90, 2, 0.1, -0.5, 0.4, 0.2, 1.5, 3};
  for (std::size_t k = 0; k < theta.size(); ++k) {
    bench.parameters.push_back(
        parameter(std::string("p").append(std::to_string(k)), theta[k], theta[k], theta[k]));
  }
  std::vector<spec::Pdf> const parts{
      pdf_on("b", "gaussian", {"p0", "p1"}),
      pdf_on("a",
             "histogram",
             {},
             {{"bin_edges", std::vector<double>{0, 1}}, {"bin_content", std::vector<double>{1}}}),
      pdf_on("d", "chebyshev", {"p2", "p3"}),
      pdf_on("c", "crystal_ball", {"p4", "p5", "p6", "p7"})};
  spec::Pdf product = pdf_on("", "product", {});
  product.components = parts;
  auto const built = build_density(product, bench.context());
  ASSERT_EQ(built.factors.size(), 4U);
  EXPECT_EQ(built.parameter_names,
            (std::vector<std::string>{"p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"}));
  EXPECT_TRUE(built.density->has_moving_break_points());
  std::vector<std::vector<double>> columns(4);
  for (int i = 0; i < 1100; ++i) {  // more than two blocks
    double const f = (i + 0.5) / 1100;
    columns[0].push_back(f);
    columns[1].push_back(60 + 60 * f);
    columns[2].push_back(2 - 2 * f);
    columns[3].push_back(f * f);
  }
  auto const whole = evaluate(*built.density, theta, columns);
  ASSERT_TRUE(whole.prepared);
  std::vector<double> sum(1100, 0.0);
  std::vector<bool> own(packed_size(theta.size()), false);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    auto const& factor = built.factors[p];
    std::size_t const n = factor.density->n_params();
    auto const from = theta.begin() + static_cast<std::ptrdiff_t>(factor.first_param);
    auto const part =
        evaluate(*factor.density, {from, from + static_cast<std::ptrdiff_t>(n)}, columns);
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i] += part.value[i];
    }
    for (std::size_t k = 0; k < n; ++k) {
      EXPECT_EQ(whole.first[factor.first_param + k], part.first[k]);
      for (std::size_t l = 0; l <= k; ++l) {
        auto const e = packed(factor.first_param + k, factor.first_param + l);
        own[e] = true;
        EXPECT_EQ(whole.second[e], part.second[packed(k, l)]);
      }
    }
  }
  for (std::size_t i = 0; i < sum.size(); ++i) {
    EXPECT_NEAR(whole.value[i], sum[i], 1e-13 * std::abs(sum[i]));
  }
  for (std::size_t e = 0; e < own.size(); ++e) {
    if (!own[e]) {
      EXPECT_EQ(whole.second[e], std::vector<double>(1100, 0.0)) << e;
    }
  }
  EXPECT_EQ(evaluate(*built.density, theta, columns, Derivatives::first).value, whole.value);
  EXPECT_EQ(evaluate(*built.density, theta, columns, Derivatives::none).prepared, true);
}

// The variants of the old program are not normalised exactly, but their derivatives are those of
// what they compute.
TEST(NextstatVariant, has_the_derivatives_of_its_own_values) {
  struct Point {
    std::string type;
    spec::Interval window;
    std::vector<double> theta;
  };
  for (auto const& point :
       {Point{"voigtian", {60, 120}, {91.2, 1.8, 1.25}}, Point{"argus", {5.2, 5.29}, {-20, 0.5}}}) {
    auto const built =
        build(point.type, point.window, point.theta, {{"variant", std::string("nextstat")}});
    std::vector<double> const x{
        point.window.lower + 0.3 * (point.window.upper - point.window.lower),
        point.window.lower + 0.55 * (point.window.upper - point.window.lower)};
    auto const centre = evaluate(*built.density, point.theta, {x});
    for (std::size_t k = 0; k < point.theta.size(); ++k) {
      double const h = 1e-4 * std::abs(point.theta[k]) / (k == 0 ? 100 : 1);
      auto up = point.theta;
      auto down = point.theta;
      up[k] += h;
      down[k] -= h;
      auto const above = evaluate(*built.density, up, {x});
      auto const below = evaluate(*built.density, down, {x});
      for (std::size_t i = 0; i < x.size(); ++i) {
        EXPECT_NEAR(centre.first[k][i],
                    (above.value[i] - below.value[i]) / (2 * h),
                    1e-6 * std::max(1.0, std::abs(centre.first[k][i])));
        for (std::size_t l = 0; l < point.theta.size(); ++l) {
          auto const e = packed(std::max(k, l), std::min(k, l));
          EXPECT_NEAR(centre.second[e][i],
                      (above.first[l][i] - below.first[l][i]) / (2 * h),
                      1e-6 * std::max(1.0, std::abs(centre.second[e][i])));
        }
      }
    }
  }
}

// Fourteen widths off the window, with a Lorentzian so narrow that even there the Gaussian leads.
TEST(Voigtian, is_the_gaussian_where_gamma_is_next_to_nothing_and_mu_far_outside) {
  auto const voigt = build("voigtian", {60, 120}, {32, 2, 1e-60});
  auto const gauss = build("gaussian", {60, 120}, {32, 2});
  std::vector<double> const x{60, 60.4, 61, 62.5};
  auto const v = evaluate(*voigt.density, {32, 2, 1e-60}, {x});
  auto const g = evaluate(*gauss.density, {32, 2}, {x});
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(v.value[i], g.value[i], 1e-10);
    EXPECT_NEAR(v.first[0][i], g.first[0][i], 1e-9);
  }
}

TEST(Voigtian, tends_to_a_gaussian_as_gamma_vanishes) {
  auto const voigt = build("voigtian", {60, 120}, {91, 2.5, 1e-12});
  auto const gauss = build("gaussian", {60, 120}, {91, 2.5});
  std::vector<double> const x{84, 88, 91, 93.3, 97};
  auto const v = evaluate(*voigt.density, {91, 2.5, 1e-12}, {x});
  auto const g = evaluate(*gauss.density, {91, 2.5}, {x});
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(v.value[i], g.value[i], 1e-9);
    for (std::size_t k = 0; k < 2; ++k) {
      EXPECT_NEAR(v.first[k][i], g.first[k][i], 1e-9);
    }
  }
}

// A bound of gamma at 0 is a bound like any other: values and derivatives there are those beside
// it.
TEST(Voigtian, goes_on_to_where_gamma_is_zero) {
  for (auto const& attributes : {Attributes{}, Attributes{{"variant", std::string("nextstat")}}}) {
    auto const voigt = build("voigtian", {60, 120}, {91, 2, 1}, attributes);
    std::vector<double> const x{84, 88, 91, 93.3, 97};
    auto const at = evaluate(*voigt.density, {91, 2, 0}, {x});
    auto const beside = evaluate(*voigt.density, {91, 2, 2e-9}, {x});
    ASSERT_TRUE(at.prepared);
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_NEAR(at.value[i], beside.value[i], 1e-12);
      for (std::size_t k = 0; k < 3; ++k) {
        EXPECT_TRUE(std::isfinite(at.first[k][i]));
        EXPECT_NEAR(at.first[k][i], beside.first[k][i], 1e-9 * (1 + std::abs(at.first[k][i])));
      }
    }
  }
}

TEST(Domain, is_left_without_a_throw) {
  for (auto const& c : pdf_cases()) {
    for (auto const& [inside, outside] : c.outside) {
      auto const built = build(c.type, z_window, inside);
      EXPECT_TRUE(evaluate(*built.density, inside, {{90.0}}).prepared) << c.type;
      EXPECT_FALSE(evaluate(*built.density, outside, {{90.0}}).prepared) << c.type;
    }
  }
}

}  // namespace
}  // namespace toyfarm::model::testing
