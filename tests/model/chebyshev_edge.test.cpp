// T4: where a Chebyshev density touches zero. Laws over random polynomials.
#include <algorithm>
#include <numbers>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "model/chebyshev_zeros.hpp"
#include "model/density_support.hpp"

namespace toyfarm::model::testing {
namespace {

using Real = long double;
constexpr Real pi = std::numbers::pi_v<Real>;
double const ulp = std::numeric_limits<double>::epsilon();

/// sum c_k cos(k phi), without the constant.
Real wave(std::vector<double> const& c, Real phi) {
  Real const cosine = std::cos(phi);
  Real const sine = std::sin(phi);
  Real re = 1;
  Real im = 0;
  Real sum = 0;
  for (double const a : c) {
    Real const before = re;
    re = before * cosine - im * sine;
    im = before * sine + im * cosine;
    sum += a * re;
  }
  return sum;
}

struct Lowest {
  Real angle;
  Real value;
};

/// Local minima of the wave, lowest first: a dense scan, then ternary search for those that are not
/// above the scan's lowest by more than `depth`.
std::vector<Lowest> scanned_minima(std::vector<double> const& c, Real depth) {
  std::size_t const n = 32 * c.size() + 256;
  auto const angle = [&](std::size_t i) {
    return pi * static_cast<Real>(i) / static_cast<Real>(n);
  };
  std::vector<Real> value;
  for (std::size_t i = 0; i <= n; ++i) {
    value.push_back(wave(c, angle(i)));
  }
  Real const level = *std::min_element(value.begin(), value.end()) + depth;
  std::vector<Lowest> found;
  for (std::size_t i = 0; i <= n; ++i) {
    if (value[i] > level || (i > 0 && value[i - 1] < value[i]) ||
        (i < n && value[i + 1] <= value[i])) {
      continue;
    }
    Real a = angle(i > 0 ? i - 1 : 0);
    Real b = angle(std::min(n, i + 1));
    while (b - a > 1e-9L / static_cast<Real>(c.size())) {
      Real const third = (b - a) / 3;
      if (wave(c, a + third) < wave(c, b - third)) {
        b -= third;
      } else {
        a += third;
      }
    }
    Real const middle = i == 0 || i == n ? angle(i) : (a + b) / 2;
    found.push_back({middle, wave(c, middle)});
  }
  std::sort(
      found.begin(), found.end(), [](auto const& x, auto const& y) { return x.value < y.value; });
  return found;
}

Real depth_of(std::vector<double> const& c) {
  return -scanned_minima(c, 0.01L).front().value;
}

double size_of(std::vector<double> const& c) {
  return std::accumulate(
      c.begin(), c.end(), 1.0, [](double sum, double a) { return sum + std::abs(a); });
}

std::vector<double> random_wave(std::size_t degree, std::mt19937_64& engine) {
  std::normal_distribution<double> normal;
  double const decay = std::uniform_real_distribution<double>(0, 1.5)(engine);
  std::vector<double> c;
  for (std::size_t k = 1; k <= degree; ++k) {
    c.push_back(normal(engine) * std::pow(static_cast<double>(k), -decay));
  }
  return c;
}

/// The wave, whose minimum is -depth, scaled so that 1 + wave has the minimum `lowest`.
std::vector<double> scaled_to(std::vector<double> c, Real depth, double lowest) {
  for (auto& a : c) {
    a = static_cast<double>(a * (1 - static_cast<Real>(lowest)) / depth);
  }
  return c;
}
std::vector<double> scaled_to(std::vector<double> const& c, double lowest) {
  return scaled_to(c, depth_of(c), lowest);
}

bool accepts(std::vector<double> const& c) {
  auto const built = build("chebyshev", {-2, 3}, c);
  std::vector<double> scratch(built.density->scratch_size());
  return built.density->prepare(c, Derivatives::second, scratch);
}

std::vector<EdgePoint> edge(std::vector<double> const& c) {
  return build("chebyshev", {-2, 3}, c).density->edge_points(c);
}

void expect_law_at(std::vector<double> const& c, double lowest) {
  bool const inside = accepts(c);
  EXPECT_EQ(inside, lowest >= 0) << "degree " << c.size() << ", minimum " << lowest;
  auto const points = edge(c);
  ASSERT_FALSE(points.empty());
  EXPECT_EQ(points.front().margin >= 0, inside) << c.size() << ' ' << lowest;
  EXPECT_NEAR(points.front().margin, lowest, 8 * ulp * size_of(c)) << "degree " << c.size();
}

TEST(ChebyshevEdge, is_where_the_minimum_over_the_whole_window_is_zero) {
  std::mt19937_64 engine(4);
  for (std::size_t degree = 1; degree <= 40; ++degree) {
    for (int i = 0; i < 6; ++i) {
      auto const c = random_wave(degree, engine);
      Real const depth = depth_of(c);
      for (double const lowest : {0.0, 1e-9, -1e-9, -1e-12, 0.3, -0.2}) {
        expect_law_at(scaled_to(c, depth, lowest), lowest);
      }
    }
  }
}

TEST(ChebyshevEdge, is_exact_up_to_degree_1000) {
  std::mt19937_64 engine(5);
  for (std::size_t const degree : {100U, 317U, 1000U}) {
    auto const c = random_wave(degree, engine);
    Real const depth = depth_of(c);
    for (double const lowest : {0.0, -1e-11, 1e-9}) {
      expect_law_at(scaled_to(c, depth, lowest), lowest);
    }
  }
}

TEST(ChebyshevEdge, finds_every_local_minimum) {
  std::mt19937_64 engine(6);
  for (std::size_t degree = 1; degree <= 40; ++degree) {
    auto const c = random_wave(degree, engine);
    auto const expected = scanned_minima(c, 1e6L);
    auto const points = edge(c);
    ASSERT_EQ(points.size(), expected.size()) << degree;
    for (std::size_t i = 0; i < points.size(); ++i) {
      EXPECT_NEAR(
          points[i].margin, static_cast<double>(1 + expected[i].value), 4 * ulp * size_of(c));
      EXPECT_NEAR(points[i].gradient[0], static_cast<double>(std::cos(expected[i].angle)), 1e-8);
    }
  }
}

TEST(ChebyshevEdge, takes_squares_and_finds_their_zeros) {
  for (auto const& zeros : std::vector<std::vector<Real>>{{0.3L},
                                                          {-1},
                                                          {1},
                                                          {0},
                                                          {-0.5L, 0.7L},
                                                          {-1, 1},
                                                          {-0.999L, 0.2L, 0.21L},
                                                          {-0.9L, -0.2L, 0.1L, 0.999999L}}) {
    auto const c = test::chebyshev_with_zeros(zeros, 2);
    EXPECT_TRUE(accepts(c)) << static_cast<double>(zeros[0]);
    auto points = edge(c);
    ASSERT_GE(points.size(), zeros.size());
    points.resize(zeros.size());
    std::sort(points.begin(), points.end(), [](auto const& a, auto const& b) {
      return a.gradient[0] < b.gradient[0];
    });
    for (std::size_t i = 0; i < zeros.size(); ++i) {
      EXPECT_NEAR(points[i].margin, 0, 16 * ulp * size_of(c));
      double const place =
          zeros.size() > 2 ? 1e-9 : 1e-15 + std::sqrt(ulp) * (std::abs(zeros[i]) == 1);
      EXPECT_NEAR(points[i].gradient[0], static_cast<double>(zeros[i]), place);
    }
  }
}

TEST(ChebyshevEdge, takes_zeros_of_high_order) {
  for (int const power : {4, 6, 8, 16}) {
    for (auto const zero : {0.0L, 0.3L, 1.0L, -1.0L}) {
      auto const c = test::chebyshev_with_zeros({zero}, power);
      EXPECT_TRUE(accepts(c)) << power << ' ' << static_cast<double>(zero);
      EXPECT_NEAR(edge(c).front().margin, 0, 16 * ulp * size_of(c));
      auto beyond = c;
      beyond[0] += zero > 0 ? -1e-9 : 1e-9;
      if (zero != 0) {
        EXPECT_FALSE(accepts(beyond)) << power << ' ' << static_cast<double>(zero);
      }
    }
  }
}

TEST(ChebyshevEdge, of_degree_one_is_at_plus_and_minus_one) {
  double const above = std::nextafter(1.0, 2.0);
  for (double const sign : {1.0, -1.0}) {
    EXPECT_TRUE(accepts({sign}));
    EXPECT_TRUE(accepts({sign * above}));
    EXPECT_FALSE(accepts({sign * (1 + 1e-14)}));
    auto const points = edge({sign});
    ASSERT_EQ(points.size(), 1U);
    EXPECT_EQ(points[0].margin, 0);
    EXPECT_EQ(points[0].curvature, 0);
    EXPECT_EQ(points[0].gradient[0], -sign);
    EXPECT_EQ(points[0].slope[0], 1);
  }
}

TEST(ChebyshevEdge, bounds_a_convex_set) {
  std::mt19937_64 engine(7);
  for (int i = 0; i < 400; ++i) {
    std::size_t const degree = 1 + engine() % 12;
    auto const a = scaled_to(random_wave(degree, engine), 0);
    auto const b = scaled_to(random_wave(degree, engine), 1e-12);
    std::vector<double> middle;
    for (std::size_t k = 0; k < degree; ++k) {
      middle.push_back((a[k] + b[k]) / 2);
    }
    ASSERT_TRUE(accepts(a));
    ASSERT_TRUE(accepts(b));
    EXPECT_TRUE(accepts(middle)) << degree;
  }
}

std::vector<double> moved(std::vector<double> c, std::vector<double> const& d, double h) {
  for (std::size_t k = 0; k < c.size(); ++k) {
    c[k] += h * d[k];
  }
  return c;
}

double dot(std::vector<double> const& a, std::vector<double> const& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// The lowest minimum along c + h d: margin + h g.d - h^2 (s.d)^2 / (2 curvature), as the place
// moves by -h s.d / curvature.
TEST(ChebyshevEdge, has_gradients_and_slopes_that_say_how_a_minimum_moves) {
  std::mt19937_64 engine(8);
  for (int i = 0; i < 200; ++i) {
    std::size_t const degree = 1 + engine() % 10;
    auto const c = scaled_to(random_wave(degree, engine), 0);
    auto const d = random_wave(degree, engine);
    auto const points = edge(c);
    if (points.size() > 1 && points[1].margin < 0.02) {
      continue;  // another may become the lowest
    }
    auto const& p = points.front();
    double const bend =
        p.curvature > 0 ? -dot(p.slope, d) * dot(p.slope, d) / (2 * p.curvature) : 0;
    double const move = p.curvature > 0 ? -dot(p.slope, d) / p.curvature : 0;
    double const h = 1e-4 / (1 + std::abs(move) * static_cast<double>(degree * degree));
    auto const up = edge(moved(c, d, h)).front();
    auto const down = edge(moved(c, d, -h)).front();
    double const scale = size_of(d) * static_cast<double>(degree);
    EXPECT_NEAR((up.margin - down.margin) / (2 * h), dot(p.gradient, d), 1e-6 * scale) << degree;
    EXPECT_NEAR((up.margin + down.margin - 2 * p.margin) / (2 * h * h),
                bend,
                1e-3 * std::abs(bend) + 1e-6 * scale)
        << degree;
    EXPECT_NEAR((up.gradient[0] - down.gradient[0]) / (2 * h), move, 1e-4 * (1 + std::abs(move)))
        << degree;
  }
}

TEST(ChebyshevEdge, of_a_constant_is_seen_from_the_ends) {
  for (auto const& c : std::vector<std::vector<double>>{{0}, {0, 0, 0}}) {
    EXPECT_TRUE(accepts(c));
    auto const points = edge(c);
    ASSERT_EQ(points.size(), 2U);
    EXPECT_EQ(std::abs(points[0].gradient[0] + points[1].gradient[0]), 0);
    EXPECT_EQ(points[0].margin, 1);
    EXPECT_EQ(points[1].margin, 1);
  }
}

TEST(ChebyshevEdge, stands_any_coefficients) {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  for (auto const& c : std::vector<std::vector<double>>{{nan, 0}, {0, 1 / 0.0}}) {
    EXPECT_FALSE(accepts(c));
    EXPECT_TRUE(edge(c).empty());
  }
  for (double const huge : {4.0, -4.0, 1e10, 1e100, -1e300}) {
    std::vector<double> const c{0.1, huge, -0.2};
    EXPECT_FALSE(accepts(c));
    EXPECT_NEAR(edge(c).front().margin / huge, huge > 0 ? -1 : 1, 0.3);
  }
}

BuiltDensity bounded(std::vector<spec::Interval> const& bounds) {
  Workbench bench;
  std::vector<std::string> names;
  for (auto const& b : bounds) {
    names.push_back(std::string("c").append(std::to_string(names.size())));
    bench.parameters.push_back(parameter(names.back(), 0, b.lower, b.upper));
  }
  return build_density(pdf_on("x", "chebyshev", names), bench.context());
}

TEST(ChebyshevEdge, is_there_only_if_bounds_allow_it) {
  EXPECT_FALSE(bounded({{-1, 1}}).density->has_edge());
  EXPECT_FALSE(bounded({{-0.5, 0.5}, {0, 0.5}}).density->has_edge());
  EXPECT_TRUE(bounded({{-1.01, 1}}).density->has_edge());
  EXPECT_TRUE(bounded({{-10, 10}, {-10, 10}}).density->has_edge());
  EXPECT_FALSE(build("gaussian", {0, 1}, {0.5, 0.1}).density->has_edge());
}

TEST(ChebyshevEdge, of_a_product_is_that_of_its_factors) {
  Workbench bench;
  bench.observables = {
      {"a", std::nullopt, {0, 1}}, {"b", std::nullopt, {60, 120}}, {"c", std::nullopt, {0, 2}}};
  std::vector<double> const theta{0.2, 0.5, 90, 2, -0.7, -0.9};
  for (std::size_t k = 0; k < theta.size(); ++k) {
    bench.parameters.push_back(
        parameter(std::string("p").append(std::to_string(k)), theta[k], -10, 200));
  }
  bench.parameters[3].bounds.lower = 0.1;
  spec::Pdf pdf{"product", "", {}, {}, {}, "/p"};
  pdf.components = {pdf_on("a", "chebyshev", {"p0", "p1"}),
                    pdf_on("b", "gaussian", {"p2", "p3"}),
                    pdf_on("c", "chebyshev", {"p4", "p5"})};
  auto const built = build_density(pdf, bench.context());
  EXPECT_TRUE(built.density->has_edge());
  auto const points = built.density->edge_points(theta);
  auto const first = edge({0.2, 0.5});
  auto const last = edge({-0.7, -0.9});
  ASSERT_EQ(points.size(), first.size() + last.size());
  EXPECT_EQ(points[0].margin, last[0].margin);
  EXPECT_EQ(points[0].gradient,
            (std::vector<double>{0, 0, 0, 0, last[0].gradient[0], last[0].gradient[1]}));
  EXPECT_TRUE(std::is_sorted(points.begin(), points.end(), [](auto const& a, auto const& b) {
    return a.margin < b.margin;
  }));
  auto const own = std::find_if(
      points.begin(), points.end(), [&](auto const& p) { return p.margin == first[0].margin; });
  ASSERT_NE(own, points.end());
  EXPECT_EQ(own->curvature, first[0].curvature);
  EXPECT_EQ(own->slope, (std::vector<double>{first[0].slope[0], first[0].slope[1], 0, 0, 0, 0}));
}

}  // namespace
}  // namespace toyfarm::model::testing
