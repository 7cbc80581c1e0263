#include <algorithm>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

#include "model/density_support.hpp"

namespace toyfarm::model::testing {
namespace {

Workbench bench() {
  Workbench b;
  b.observables = {{"t", std::nullopt, {0, 1}}, {"x", std::nullopt, {0, 10}}};
  b.parameters = {parameter("m", 4, 2, 6),
                  parameter("d", 0.3, -1, 1),
                  parameter("s", 0.8, 0.1, 3),
                  parameter("unused", 1, 0, 2)};
  return b;
}

std::vector<double> const x{0.3, 2.2, 4.1, 4.7, 6.6, 9.9};

struct Sums {
  std::vector<std::string> names;
  Evaluation got;
};

Sums of(spec::Pdf const& pdf, std::vector<double> const& theta) {
  auto const b = bench();
  auto const built = build_density(pdf, b.context());
  return {built.parameter_names, evaluate(*built.density, theta, {std::vector<double>(6, NAN), x})};
}

void expect_near(std::vector<double> const& a, std::vector<double> const& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a[i], b[i], 1e-12 * (1 + std::abs(b[i])));
  }
}

TEST(MappedDensity, is_the_density_at_the_values_of_its_formulas) {
  auto const got = of(pdf_on("x", "gaussian", {"=m + 2*d", "=exp(d)*s"}), {4, 0.3, 0.8});
  EXPECT_EQ(got.names, (std::vector<std::string>{"m", "d", "s"}));
  double const s = std::exp(0.3) * 0.8;
  auto const plain = of(pdf_on("x", "gaussian", {"m", "s"}), {4.6, s});
  expect_near(got.got.value, plain.got.value);
  for (std::size_t i = 0; i < x.size(); ++i) {
    double const g0 = plain.got.first[0][i];
    double const g1 = plain.got.first[1][i];
    double const h00 = plain.got.second[0][i];
    double const h10 = plain.got.second[1][i];
    double const h11 = plain.got.second[2][i];
    double const by_s = std::exp(0.3);
    auto const near = [](double a, double b) { EXPECT_NEAR(a, b, 1e-12 * (1 + std::abs(b))); };
    near(got.got.first[0][i], g0);
    near(got.got.first[1][i], 2 * g0 + s * g1);
    near(got.got.first[2][i], by_s * g1);
    near(got.got.second[packed(0, 0)][i], h00);
    near(got.got.second[packed(1, 0)][i], 2 * h00 + s * h10);
    near(got.got.second[packed(1, 1)][i], 4 * h00 + 4 * s * h10 + s * s * h11 + s * g1);
    near(got.got.second[packed(2, 1)][i], by_s * (2 * h10 + s * h11) + by_s * g1);
    near(got.got.second[packed(2, 2)][i], by_s * by_s * h11);
  }
}

TEST(MappedDensity, takes_numbers_and_one_parameter_twice) {
  auto const fixed = of(pdf_on("x", "gaussian", {"m", "=0.8"}), {4});
  auto const plain = of(pdf_on("x", "gaussian", {"m", "s"}), {4, 0.8});
  EXPECT_EQ(fixed.names, std::vector<std::string>{"m"});
  expect_near(fixed.got.value, plain.got.value);
  expect_near(fixed.got.first[0], plain.got.first[0]);
  expect_near(fixed.got.second[0], plain.got.second[0]);
  auto const twice = of(pdf_on("x", "gaussian", {"m", "=m/5"}), {4});
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(twice.got.first[0][i], plain.got.first[0][i] + plain.got.first[1][i] / 5, 1e-12);
  }
  auto const formula =
      of(pdf_on("x", "formula", {"=m + d"}, {{"expression", std::string("exp(-x/@1)")}}), {4, 0.3});
  expect_near(formula.got.value, of(pdf_on("x", "exponential", {"=-1/(m+d)"}), {4, 0.3}).got.value);
}

TEST(MappedDensity, keeps_joints_and_edges) {
  auto const b = bench();
  auto const tail =
      build_density(pdf_on("x", "crystal_ball", {"=m+d", "s", "=1.5", "=3"}), b.context());
  std::vector<double> const theta{4, 0.3, 0.8};
  std::vector<double> joint(1);
  ASSERT_EQ(tail.density->moving_break_points(theta, joint), 1U);
  EXPECT_NEAR(joint[0], 4.3 - 1.5 * 0.8, 1e-14);
  EXPECT_EQ(tail.roles[0], ParamRole::other);
  EXPECT_EQ(tail.roles[2], ParamRole::width);
  auto const wave = build_density(pdf_on("x", "chebyshev", {"=0.2", "d"}), b.context());
  EXPECT_TRUE(wave.density->has_edge());
  EXPECT_EQ(wave.density->edge_points(std::vector<double>{0.3}).front().gradient.size(), 1U);
}

std::string refusal(spec::Pdf const& pdf) {
  auto const b = bench();
  try {
    static_cast<void>(build_density(pdf, b.context()));
  } catch (core::SpecError const& error) {
    return error.what();
  }
  return "";
}

TEST(MappedDensity, refuses_what_cannot_be_and_says_where) {
  std::vector<std::pair<spec::Pdf, std::string>> const rows = {
      {pdf_on("x", "gaussian", {"m", "=s +"}),
       "/pdf/params/1: process 'sig' formula of a parameter, after '=', at character 4: "},
      {pdf_on("x", "gaussian", {"m", "=q"}), "unknown name 'q' (known: m, d, s, unused)"},
      {pdf_on("x", "gaussian", {"m", "=-s"}), "parameter '(-s)' init -0.8 is outside the domain"},
      {pdf_on("x", "gaussian", {"m", "=log(d-1)"}), "is not a number"},
      {pdf_on("x", "gaussian", {"=m"}), "params must have length 2 (mu, sigma), got 1"},
      {pdf_on("x", "crystal_ball", {"m", "s", "=s", "=s+d"}), "crystal_ball requires n > 1"},
      {pdf_on("x", "chebyshev", {"=3*d"}), "takes parameters and numbers but no formulas"}};
  for (auto const& [pdf, part] : rows) {
    EXPECT_NE(refusal(pdf).find(part), std::string::npos)
        << pdf.type << " " << pdf.params.back() << ": " << refusal(pdf);
  }
  EXPECT_EQ(refusal(pdf_on("x", "crystal_ball", {"m", "s", "=s", "=s+1.2"})), "");
}

}  // namespace
}  // namespace toyfarm::model::testing
