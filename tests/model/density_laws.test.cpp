#include <gtest/gtest.h>

#include "model/density_cases.hpp"
#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

/// Printed when a parametrised test fails.
void PrintTo(Case const& c, std::ostream* out) {
  *out << describe(c);
}

namespace {

std::vector<double> points_in(spec::Interval w) {
  std::vector<double> x;
  for (double const f :
       {0.0, 0.013, 0.11, 0.26, 0.41, 0.505, 0.52, 0.534, 0.66, 0.8, 0.93, 0.999}) {
    x.push_back(w.lower + f * (w.upper - w.lower));
  }
  return x;
}

/// The scale on which ln p changes with each parameter.
std::vector<Real> scales(Case const& c) {
  auto const& t = c.theta;
  double const outside = std::max({0.0, c.window.lower - t[0], t[0] - c.window.upper});
  if (c.type == "exponential") {
    return {std::max(10 / (c.window.upper - c.window.lower), std::abs(t[0]))};
  }
  if (c.type == "chebyshev") {
    return std::vector<Real>(t.size(), 0.02L);
  }
  if (c.type == "argus") {
    return {std::max(1.0, std::abs(t[0])), t[1] == 0 ? 1.0 : t[1]};
  }
  if (c.type == "voigtian") {
    return {std::max({t[1], t[2], outside}), std::min(std::max(t[1], t[2] / 4), 100 * t[1]), t[2]};
  }
  std::vector<Real> h{std::max(t[1], outside), t[1]};
  for (std::size_t k = 2; k < t.size(); ++k) {
    h.push_back(k % 2 == 0 ? std::min(std::max(t[k], 0.01), 30 * t[k]) : t[k] - 1);
  }
  return h;
}

/// ln p at points, by the reference.
std::vector<Real> reference(Case const& c, Theta const& theta, std::vector<double> const& x) {
  Real const norm = reference_log_norm(c, theta);
  std::vector<Real> values;
  for (auto const xi : x) {
    values.push_back(reference_log_f(c, theta, xi - home(c)) - norm);
  }
  return values;
}

/// First and second derivative of ln p along `direction`, central differences of sixth order.
struct Slopes {
  std::vector<Real> first;
  std::vector<Real> second;
};
Slopes slopes_along(Case const& c,
                    std::vector<Real> const& direction,
                    std::vector<Real> const& centre,
                    std::vector<double> const& x) {
  Slopes s{std::vector<Real>(x.size(), 0), std::vector<Real>(x.size(), 0)};
  Real const odd[] = {0.75L, -0.15L, 1.0L / 60};
  Real const even[] = {1.5L, -0.15L, 1.0L / 90};
  for (int j = 1; j <= 3; ++j) {
    Theta up;
    Theta down;
    for (std::size_t k = 0; k < direction.size(); ++k) {
      up.push_back(c.theta[k] + j * direction[k]);
      down.push_back(c.theta[k] - j * direction[k]);
    }
    auto const above = reference(c, up, x);
    auto const below = reference(c, down, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      s.first[i] += odd[j - 1] * (above[i] - below[i]);
      s.second[i] += even[j - 1] * ((above[i] - centre[i]) + (below[i] - centre[i]));
    }
  }
  return s;
}

/// Points that are not so near a joint that a finite difference would reach over it (second
/// derivatives jump there).
std::vector<double> points_off_joints(Case const& c) {
  auto x = points_in(c.window);
  if (c.type == "argus" && c.window.lower <= 0) {
    x.erase(x.begin());  // zero density
  }
  if (c.type == "voigtian") {
    x = {x[0], x[3], x[5], x[8], x[11]};  // the reference is slow
  }
  if (c.type.find("crystal") != std::string::npos) {
    std::erase_if(x, [&](double v) {
      double const t = (v - c.theta[0]) / c.theta[1];
      bool const left = std::abs(t + c.theta[2]) < 0.03 * (1 + std::abs(t));
      return left || (c.theta.size() > 4 && std::abs(t - c.theta[4]) < 0.03 * (1 + std::abs(t)));
    });
  }
  return x;
}

/// `noise` is what a finite difference of the reference may be off by itself.
void expect_close(
    double value, Real expected, double tolerance, Real noise, std::string const& what) {
  EXPECT_LE(std::abs(value - expected), tolerance * std::max(1.0L, std::abs(expected)) + noise)
      << what << ": got " << value << ", expected " << static_cast<double>(expected);
}

class DensityLaw : public ::testing::TestWithParam<Case> {};

TEST_P(DensityLaw, agrees_with_finite_differences_of_the_formula) {
  Case const& c = GetParam();
  bool const edge_of_domain = c.type == "argus" && c.theta[1] == 0;
  auto const built = build(c.type, c.window, c.theta);
  auto const x = points_off_joints(c);
  auto const got = evaluate(*built.density, c.theta, {x});
  ASSERT_TRUE(got.prepared);
  auto const scale = scales(c);
  auto const centre = reference(c, Theta(c.theta.begin(), c.theta.end()), x);
  std::size_t const n = c.theta.size();
  Real const h = 2e-3L;
  for (std::size_t i = 0; i < x.size(); ++i) {
    expect_close(got.value[i], centre[i], 1e-10, 0, "ln p at " + std::to_string(x[i]));
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t l = 0; l <= k; ++l) {
      if (edge_of_domain && k == 1) {
        continue;
      }
      std::vector<Real> plus(n, 0);
      std::vector<Real> minus(n, 0);
      plus[k] += h * scale[k];
      minus[k] += h * scale[k];
      Slopes along;
      Slopes across;
      if (k == l) {
        along = slopes_along(c, plus, centre, x);
      } else {
        plus[l] += h * scale[l];
        minus[l] -= h * scale[l];
        along = slopes_along(c, plus, centre, x);
        across = slopes_along(c, minus, centre, x);
      }
      for (std::size_t i = 0; i < x.size(); ++i) {
        std::string const where =
            std::to_string(k) + "," + std::to_string(l) + " at " + std::to_string(x[i]);
        Real const noise = 2e-17L * std::max(1.0L, std::abs(centre[i]));
        Real const unit = h * h * scale[k] * scale[l];
        if (k == l) {
          expect_close(got.first[k][i],
                       along.first[i] / (h * scale[k]),
                       1e-9,
                       noise / (h * scale[k]),
                       "first " + where);
          expect_close(got.second[packed(k, k)][i],
                       along.second[i] / unit,
                       1e-7,
                       noise / unit,
                       "second " + where);
        } else {
          expect_close(got.second[packed(k, l)][i],
                       (along.second[i] - across.second[i]) / (4 * unit),
                       1e-7,
                       noise / unit,
                       "second " + where);
        }
      }
    }
  }
}

/// Integral of p over [a, b] by bisection of 15-node Gauss-Legendre panels.
double integral_of(Density const& density, std::vector<double> const& theta, spec::Interval w) {
  std::vector<double> scratch(density.scratch_size());
  if (!density.prepare(theta, Derivatives::none, scratch)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  auto const p = [&](Real x) -> Real {
    double const point = static_cast<double>(x);
    double const* column = &point;
    double value = 0;
    density.evaluate(scratch, {&column, 1}, Derivatives::none, {&value, nullptr, nullptr, 1});
    return std::exp(static_cast<Real>(value));
  };
  std::vector<double> marks{w.lower, w.upper};
  for (auto const& some : {density.break_points(theta), density.guide_points(theta)}) {
    marks.insert(marks.end(), some.begin(), some.end());
  }
  for (int k = 0; k < 60; ++k) {
    marks.push_back(w.lower + (w.upper - w.lower) * k / 60);
    marks.push_back(w.lower + (w.upper - w.lower) * std::pow(2, -k / 2.0));
    marks.push_back(w.upper - (w.upper - w.lower) * std::pow(2, -k / 2.0));
  }
  std::erase_if(marks, [&](double x) { return x < w.lower || x > w.upper; });
  std::sort(marks.begin(), marks.end());
  Real total = 0;
  for (std::size_t i = 0; i + 1 < marks.size(); ++i) {
    if (marks[i] < marks[i + 1]) {
      total += integrate(p, marks[i], marks[i + 1], 1e-13L, 3e-12L, 6);
    }
  }
  return static_cast<double>(total);
}

TEST_P(DensityLaw, integrates_to_one_over_the_window) {
  Case const& c = GetParam();
  auto const built = build(c.type, c.window, c.theta);
  EXPECT_NEAR(integral_of(*built.density, c.theta, c.window), 1, 1e-10);
}

TEST_P(DensityLaw, gives_the_same_values_whatever_is_asked_for_besides) {
  Case const& c = GetParam();
  auto const built = build(c.type, c.window, c.theta);
  std::vector<double> x;
  for (int i = 0; i < 517; ++i) {  // more than any internal block, and no multiple of one
    x.push_back(c.window.lower + (c.window.upper - c.window.lower) * i / 516.5);
  }
  auto const values = evaluate(*built.density, c.theta, {x}, Derivatives::none);
  auto const gradients = evaluate(*built.density, c.theta, {x}, Derivatives::first);
  auto const all = evaluate(*built.density, c.theta, {x}, Derivatives::second);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isfinite(all.value[i])) {
      ASSERT_NEAR(values.value[i], all.value[i], 1e-12 * (1 + std::abs(all.value[i])));
    } else {
      ASSERT_EQ(values.value[i], all.value[i]);
    }
    ASSERT_EQ(gradients.value[i], all.value[i]);
    for (std::size_t k = 0; k < c.theta.size(); ++k) {
      ASSERT_EQ(gradients.first[k][i], all.first[k][i]);
      ASSERT_TRUE(std::isfinite(all.first[k][i]));
    }
    for (auto const& column : all.second) {
      ASSERT_TRUE(std::isfinite(column[i]));
    }
  }
}

TEST_P(DensityLaw, has_second_derivatives_of_the_form_it_states) {
  Case const& c = GetParam();
  auto const built = build(c.type, c.window, c.theta);
  auto const form = built.density->second_form();
  if (form == SecondForm::columns) {
    return;
  }
  auto x = points_in(c.window);
  if (c.type == "argus" && c.window.lower <= 0) {
    x.erase(x.begin());  // zero density
  }
  std::size_t const n = c.theta.size();
  std::vector<double> scratch(built.density->scratch_size());
  ASSERT_TRUE(built.density->prepare(c.theta, Derivatives::second, scratch));
  auto const got = evaluate(*built.density, c.theta, {x});
  std::vector<double> sums(n + 1);
  std::vector<double> out(packed_size(n), 0.25);  // overwritten, not added to
  for (std::size_t i = 0; i < x.size(); ++i) {
    double const weight = 1.5;
    sums[0] = weight;
    double size = 1;
    for (std::size_t m = 0; m < n; ++m) {
      sums[1 + m] = weight * got.first[m][i];
      size += std::abs(got.first[m][i]) * (1 + std::abs(got.first[m][i]));
    }
    built.density->second_sums(scratch, sums, out);
    for (std::size_t k = 0; k < n; ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        double const product =
            form == SecondForm::affine_product ? got.first[k][i] * got.first[l][i] : 0;
        EXPECT_NEAR(weight * (got.second[packed(k, l)][i] + product),
                    out[packed(k, l)],
                    1e-13 * (size + std::abs(out[packed(k, l)])))
            << k << ',' << l << " at " << x[i];
      }
    }
  }
}

std::string test_name(::testing::TestParamInfo<Case> const& info) {
  return info.param.type + "_" + std::to_string(info.index);
}

INSTANTIATE_TEST_SUITE_P(AllPdfs, DensityLaw, ::testing::ValuesIn(all_cases()), test_name);

}  // namespace
}  // namespace toyfarm::model::testing
