#include <gtest/gtest.h>

#include "toyfarm/core/sanitizer.hpp"

#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

/// Printed when a parametrised test fails.
void PrintTo(Case const& c, std::ostream* out) {
  *out << describe(c);
}

namespace {

PdfCase case_of(std::string const& type) {
  for (auto& c : pdf_cases()) {
    if (c.type == type) {
      return c;
    }
  }
  throw std::logic_error("no case of " + type);
}

/// ln p at points, by the reference.
std::vector<Real> log_p(Reference const& reference,
                        Case const& c,
                        Theta const& theta,
                        std::vector<double> const& x) {
  Real const norm = reference_log_norm(reference, c, theta);
  std::vector<Real> values;
  for (auto const xi : x) {
    values.push_back(reference.log_f(c, theta, xi - reference.home(c)) - norm);
  }
  return values;
}

/// First and second derivative of ln p along `direction`, central differences of sixth order.
struct Slopes {
  std::vector<Real> first;
  std::vector<Real> second;
};
Slopes slopes_along(Reference const& reference,
                    Case const& c,
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
    auto const above = log_p(reference, c, up, x);
    auto const below = log_p(reference, c, down, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      s.first[i] += odd[j - 1] * (above[i] - below[i]);
      s.second[i] += even[j - 1] * ((above[i] - centre[i]) + (below[i] - centre[i]));
    }
  }
  return s;
}

/// Points where finite differences hold.
std::vector<double> places_of(Reference const& reference, Case const& c) {
  std::vector<double> x;
  for (double const share : reference.places) {
    double const at = c.window.lower + share * (c.window.upper - c.window.lower);
    if (!reference.holds_at || reference.holds_at(c, at)) {
      x.push_back(at);
    }
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
  auto const reference = case_of(c.type).reference;
  auto const built = build(c);
  auto const x = places_of(reference, c);
  auto const got = evaluate(*built.density, c.theta, {x});
  ASSERT_TRUE(got.prepared);
  std::size_t const n = c.theta.size();
  auto const scale = n > 0 ? reference.scales(c) : std::vector<Real>{};
  auto const centre = log_p(reference, c, Theta(c.theta.begin(), c.theta.end()), x);
  Real const h = 2e-3L;
  for (std::size_t i = 0; i < x.size(); ++i) {
    expect_close(got.value[i], centre[i], 1e-10, 0, "ln p at " + std::to_string(x[i]));
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t l = 0; l <= k; ++l) {
      if (reference.at_end && (reference.at_end(c, k) || reference.at_end(c, l))) {
        continue;
      }
      std::vector<Real> plus(n, 0);
      std::vector<Real> minus(n, 0);
      plus[k] += h * scale[k];
      minus[k] += h * scale[k];
      Slopes along;
      Slopes across;
      if (k == l) {
        along = slopes_along(reference, c, plus, centre, x);
      } else {
        plus[l] += h * scale[l];
        minus[l] -= h * scale[l];
        along = slopes_along(reference, c, plus, centre, x);
        across = slopes_along(reference, c, minus, centre, x);
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
  auto const built = build(c);
  EXPECT_NEAR(integral_of(*built.density, c.theta, c.window), 1, 1e-10);
}

// Cells are passed by the scale of all of them together.
TEST_P(DensityLaw, has_no_shorter_scale_in_a_part_than_in_the_whole) {
  Case const& c = GetParam();
  auto const built = build(c);
  double const width = c.window.upper - c.window.lower;
  for (int n = 1; n <= 64; n *= 4) {
    for (int i = 0; i < n; ++i) {
      double const lower = c.window.lower + i * width / n;
      double const upper = c.window.lower + (i + 1) * width / n;
      double const whole = built.density->scale(c.theta, lower, upper);
      EXPECT_GT(whole, 0);
      for (int k = 0; k < 8; ++k) {
        double const part = built.density->scale(
            c.theta, lower + k * (upper - lower) / 8, lower + (k + 1) * (upper - lower) / 8);
        EXPECT_GE(part, whole * (1 - 1e-12))
            << "part " << k << " of [" << lower << ", " << upper << "]";
      }
    }
  }
}

TEST_P(DensityLaw, gives_the_same_values_whatever_is_asked_for_besides) {
  Case const& c = GetParam();
  auto const built = build(c);
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
  auto const built = build(c);
  auto const form = built.density->second_form();
  if (form == SecondForm::columns) {
    return;
  }
  auto const x = places_of(case_of(c.type).reference, c);
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

std::vector<Case> all_points() {
  std::vector<Case> all;
  for (auto const& c : pdf_cases()) {
    // What sanitizers look for does not hang on where a density is looked at.
    for (std::size_t i = 0; i < c.points.size(); i += TOYFARM_IS_SANITIZED == 1 ? 8 : 1) {
      all.push_back(c.points[i]);
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(AllPdfs, DensityLaw, ::testing::ValuesIn(all_points()), test_name);

}  // namespace
}  // namespace toyfarm::model::testing
