// Steps against what makes a step the best within its region, and against points tried one by one.
#include "fit/trust_region.hpp"

#include <cmath>
#include <limits>
#include <random>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <gtest/gtest.h>

namespace toyfarm::fit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// A quadratic problem, and the same in units of axis_length.
struct Problem {
  VectorXd gradient;
  MatrixXd hessian;
  VectorXd ranges;
  double unit = 1;

  [[nodiscard]] VectorXd lengths() const {
    VectorXd out(ranges.size());
    for (Index i = 0; i < out.size(); ++i) {
      out[i] = axis_length(hessian(i, i), ranges[i], unit);
    }
    return out;
  }
  [[nodiscard]] VectorXd scaled_gradient() const { return lengths().cwiseProduct(gradient); }
  [[nodiscard]] MatrixXd scaled_hessian() const {
    return lengths().asDiagonal() * hessian * lengths().asDiagonal();
  }
};

double value(VectorXd const& gradient, MatrixXd const& hessian, VectorXd const& step) {
  return gradient.dot(step) + 0.5 * step.dot(hessian * step);
}

class Random {
 public:
  explicit Random(unsigned seed) : bits_(seed) {}
  [[nodiscard]] double normal() { return normal_(bits_); }
  [[nodiscard]] VectorXd vector(Index n) {
    return VectorXd::NullaryExpr(n, [&] { return normal(); });
  }
  [[nodiscard]] MatrixXd matrix(Index rows, Index columns) {
    return MatrixXd::NullaryExpr(rows, columns, [&] { return normal(); });
  }
  /// A point in the unit ball, half of them on its surface.
  [[nodiscard]] VectorXd in_ball(Index n) {
    VectorXd const out = vector(n).normalized();
    bool const inside = normal() > 0;
    return inside ? VectorXd(out * std::pow(std::abs(std::sin(normal())), 1.0 / double(n))) : out;
  }

 private:
  std::mt19937_64 bits_;
  std::normal_distribution<double> normal_;
};

/// Parameters whose scales differ by many orders: H = S A S.
Problem with_scales(MatrixXd const& a, VectorXd const& g, Random& random) {
  VectorXd const scales =
      VectorXd::NullaryExpr(g.size(), [&] { return std::pow(10, 2 * random.normal()); });
  return {scales.cwiseProduct(g),
          scales.asDiagonal() * a * scales.asDiagonal(),
          VectorXd::Constant(g.size(), 1e30),
          1};
}

Problem definite(Index n, Random& random) {
  MatrixXd const a = random.matrix(n, n + 2);
  return with_scales(a * a.transpose(), random.vector(n), random);
}

Problem indefinite(Index n, Random& random) {
  MatrixXd const a = random.matrix(n, n);
  MatrixXd symmetric = a + a.transpose();
  symmetric(0, 0) = -std::abs(symmetric(0, 0));
  return with_scales(symmetric, random.vector(n), random);
}

/// With null directions; there is a slope along them, or there is none.
Problem singular(Index n, Index n_null, bool slope, Random& random) {
  MatrixXd const a = random.matrix(n, n - n_null);
  MatrixXd const h = a * a.transpose();
  return with_scales(h, slope ? random.vector(n) : VectorXd(h * random.vector(n)), random);
}

/// No slope, or next to none, along the direction of the most negative curvature.
Problem hard(Index n, double slope, Random& random) {
  auto out = indefinite(n, random);
  Eigen::SelfAdjointEigenSolver<MatrixXd> const solver(out.scaled_hessian());
  VectorXd b = random.vector(n);
  b[0] = slope * solver.eigenvalues().cwiseAbs().maxCoeff();
  out.gradient = (solver.eigenvectors() * b).cwiseQuotient(out.lengths());
  return out;
}

TrustRegionStep step_of(Problem const& problem, double radius) {
  TrustRegion region;
  region.set_unit(problem.unit);
  return region.find_step(problem.gradient, problem.hessian, problem.ranges, radius);
}

// A step u is the best within |u| <= r if and only if some lambda >= 0 has (H + lambda) u = -g,
// H + lambda without negative eigenvalues, and lambda = 0 unless |u| = r (Moré and Sorensen).
void expect_best(Problem const& problem, double radius, VectorXd const& step, Random& random) {
  VectorXd const g = problem.scaled_gradient();
  MatrixXd const h = problem.scaled_hessian();
  VectorXd const u = step.cwiseQuotient(problem.lengths());
  ASSERT_TRUE(u.allFinite());
  ASSERT_LE(u.norm(), radius * (1 + 1e-9));
  VectorXd const values = Eigen::SelfAdjointEigenSolver<MatrixXd>(h).eigenvalues();
  double const largest = values.cwiseAbs().maxCoeff();
  double const size = g.norm() + largest * radius;
  double const lambda =
      u.squaredNorm() > 0 ? std::max(0.0, -u.dot(h * u + g) / u.squaredNorm()) : 0;
  EXPECT_LT((h * u + lambda * u + g).norm(), 1e-7 * size);
  EXPECT_GT(values.minCoeff() + lambda, -1e-8 * largest);
  EXPECT_LT(lambda * (radius - u.norm()), 1e-7 * size);

  double const least = value(g, h, u);
  double const rounding = 1e-8 * size * radius;
  EXPECT_LE(least, 0);
  for (int i = 0; i < 500; ++i) {
    VectorXd const other = radius * random.in_ball(g.size());
    ASSERT_GE(value(g, h, other), least - rounding);
    VectorXd near = u + 1e-3 * radius * random.vector(g.size());
    near *= std::min(1.0, radius / near.norm());
    ASSERT_GE(value(g, h, near), least - rounding);
  }
}

double const radii[] = {1e-6, 0.03, 1, 10, 1e4};

class TrustRegionSteps : public testing::TestWithParam<Index> {
 protected:
  Index n_ = GetParam();
  Random random_{static_cast<unsigned>(100 + GetParam())};
};

TEST_P(TrustRegionSteps, of_a_positive_definite_hessian_are_the_best) {
  for (int i = 0; i < 8; ++i) {
    auto const problem = definite(n_, random_);
    VectorXd const newton = -problem.hessian.ldlt().solve(problem.gradient);
    double const edm = -0.5 * problem.gradient.dot(newton);
    double const length = newton.cwiseQuotient(problem.lengths()).norm();
    for (double const radius : radii) {
      auto const found = step_of(problem, radius);
      expect_best(problem, radius, found.step, random_);
      EXPECT_TRUE(found.positive_definite);
      EXPECT_EQ(found.newton, length <= radius);
      EXPECT_EQ(found.n_null, 0);
      EXPECT_NEAR(found.edm, edm, 1e-6 * edm);
      if (found.newton) {
        EXPECT_TRUE(found.step.isApprox(newton, 1e-6));
      }
    }
  }
}

TEST_P(TrustRegionSteps, of_an_indefinite_hessian_are_the_best) {
  for (int i = 0; i < 8; ++i) {
    auto const problem = indefinite(n_, random_);
    for (double const radius : radii) {
      auto const found = step_of(problem, radius);
      expect_best(problem, radius, found.step, random_);
      EXPECT_FALSE(found.positive_definite);
      EXPECT_FALSE(found.newton);
      EXPECT_EQ(found.edm, std::numeric_limits<double>::infinity());
    }
  }
}

TEST_P(TrustRegionSteps, without_slope_along_the_most_negative_curvature_are_the_best) {
  for (double const slope : {0.0, 0.0, 1e-14, 3e-11, 7e-11}) {
    for (double const radius : radii) {
      auto const problem = hard(n_, slope * radius, random_);
      auto const found = step_of(problem, radius);
      expect_best(problem, radius, found.step, random_);
      EXPECT_FALSE(found.positive_definite);
      EXPECT_NEAR(found.step.cwiseQuotient(problem.lengths()).norm(), radius, 0.011 * radius);
    }
  }
}

TEST_P(TrustRegionSteps, off_a_saddle_without_any_slope_go_to_the_edge) {
  auto problem = indefinite(n_, random_);
  problem.gradient.setZero();
  auto const found = step_of(problem, 2);
  expect_best(problem, 2, found.step, random_);
  EXPECT_NEAR(found.step.cwiseQuotient(problem.lengths()).norm(), 2, 1e-9);
}

TEST_P(TrustRegionSteps, leave_null_directions_without_slope_alone) {
  for (Index n_null = 1; n_null < std::min<Index>(n_, 5); ++n_null) {
    auto const problem = singular(n_, n_null, false, random_);
    VectorXd const g = problem.scaled_gradient();
    Eigen::CompleteOrthogonalDecomposition<MatrixXd> decomposition;
    decomposition.setThreshold(1e-9);
    decomposition.compute(problem.scaled_hessian());
    VectorXd const newton = -decomposition.solve(g);  // the shortest one
    auto const found = step_of(problem, 1e4);
    EXPECT_EQ(found.n_null, n_null);
    EXPECT_TRUE(found.positive_definite);
    EXPECT_TRUE(found.newton);
    EXPECT_NEAR(found.edm, -0.5 * g.dot(newton), -1e-6 * g.dot(newton));
    EXPECT_TRUE(found.step.cwiseQuotient(problem.lengths()).isApprox(newton, 1e-5));
    for (double const radius : radii) {
      expect_best(problem, radius, step_of(problem, radius).step, random_);
    }
  }
}

TEST_P(TrustRegionSteps, go_down_slopes_that_have_no_curvature) {
  for (Index n_null = 1; n_null <= std::min<Index>(n_, 5); ++n_null) {
    auto problem = singular(n_, n_null, true, random_);
    problem.ranges.setConstant(1e3);
    for (double const radius : radii) {
      auto const found = step_of(problem, radius);
      expect_best(problem, radius, found.step, random_);
      EXPECT_EQ(found.n_null, 0);
      EXPECT_FALSE(found.positive_definite);
    }
  }
}

// Powers of two round nothing.
TEST_P(TrustRegionSteps, do_not_depend_on_the_units_of_parameters_and_weights) {
  for (auto const& problem :
       {definite(n_, random_), indefinite(n_, random_), hard(n_, 0, random_)}) {
    VectorXd const scales = VectorXd::NullaryExpr(
        n_, [&] { return std::ldexp(1, static_cast<int>(8 * random_.normal())); });
    Problem const other{scales.cwiseProduct(problem.gradient),
                        scales.asDiagonal() * problem.hessian * scales.asDiagonal(),
                        problem.ranges.cwiseQuotient(scales),
                        1};
    Problem const heavier{4 * problem.gradient, 4 * problem.hessian, problem.ranges, 4};
    for (double const radius : radii) {
      auto const one = step_of(problem, radius);
      auto const two = step_of(other, radius);
      EXPECT_EQ(one.step, scales.cwiseProduct(two.step));
      EXPECT_EQ(one.edm, two.edm);
      auto const four = step_of(heavier, 2 * radius);
      EXPECT_TRUE(four.step.isApprox(one.step, 1e-9));
      EXPECT_EQ(four.positive_definite, one.positive_definite);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(TrustRegion, TrustRegionSteps, testing::Values(1, 2, 7, 30));

TEST(TrustRegion, finds_the_same_steps_whatever_it_found_before) {
  Random random(3);
  TrustRegion kept;
  for (Index const n : {7, 30, 1, 7, 2, 30, 7}) {
    for (auto const& problem : {definite(n, random), indefinite(n, random)}) {
      auto const& found = kept.find_step(problem.gradient, problem.hessian, problem.ranges, 0.5);
      auto const anew = step_of(problem, 0.5);
      EXPECT_EQ(found.step, anew.step);
      EXPECT_EQ(found.edm, anew.edm);
      EXPECT_EQ(found.newton, anew.newton);
    }
  }
}

// Which slope counts as none is in units of a typical event's weight.
TEST(TrustRegion, takes_a_null_direction_for_one_by_the_weight_of_events) {
  Problem problem{VectorXd::Constant(2, 1e-4), MatrixXd::Ones(2, 2), VectorXd::Constant(2, 1e6)};
  problem.gradient[1] = -1e-4;
  EXPECT_EQ(step_of(problem, 1).n_null, 0);
  problem.unit = 1e4;
  EXPECT_EQ(step_of(problem, 1).n_null, 1);
}

TEST(AxisLength, is_where_the_nll_has_changed_by_a_half_but_no_large_part_of_the_range) {
  EXPECT_EQ(axis_length(4, 100), 0.5);
  EXPECT_EQ(axis_length(-4, 100), 0.5);
  EXPECT_EQ(axis_length(1e-6, 10), 1);
  EXPECT_EQ(axis_length(0, 10), 0.1);
  EXPECT_EQ(axis_length(1e-15, 1, 1), 0.1);
  EXPECT_EQ(axis_length(1e-15, 1, 100), 0.01);  // no curvature for events so heavy
}

}  // namespace
}  // namespace toyfarm::fit
