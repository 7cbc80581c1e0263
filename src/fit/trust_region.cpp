#include "trust_region.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

namespace toyfarm::fit {
namespace {

// Curvature below this, in units of the scaled matrix' largest eigenvalue, is rounding.
constexpr double null_curvature = 1e-11;
// An axis length is at most this share of the parameter's range; without any curvature, this one:
// nothing is known there, so steps are kept small.
constexpr double longest = 0.1;
constexpr double uncurved = 0.01;

// Length of -(L + shift)^-1 b over the directions kept.
double step_length(Eigen::ArrayXd const& eigenvalues, Eigen::ArrayXd const& b, double shift) {
  return (b / (eigenvalues + shift)).matrix().norm();
}

// The shift >= lowest at which the step has length `radius`: the length falls monotonically with
// the shift, so bisect (in log scale).
double find_shift(Eigen::ArrayXd const& eigenvalues,
                  Eigen::ArrayXd const& b,
                  double radius,
                  double lowest) {
  double low = lowest;
  double high = lowest + std::max(b.matrix().norm() / radius, 1e-12);
  while (step_length(eigenvalues, b, high) > radius) {
    high = lowest + 2 * (high - lowest);
  }
  for (int i = 0; i < 100 && high - low > 1e-10 * (high - lowest); ++i) {
    double const middle = 0.5 * (low + high);
    (step_length(eigenvalues, b, middle) > radius ? low : high) = middle;
  }
  return high;
}

struct Scaled {
  Eigen::VectorXd gradient;
  Eigen::MatrixXd hessian;
};

// The Newton step, if H is safely positive definite and the step within the radius.
bool newton_step(Scaled const& scaled, double radius, TrustRegionStep& out) {
  Eigen::LLT<Eigen::MatrixXd> const cholesky(scaled.hessian);
  if (cholesky.info() != Eigen::Success ||
      cholesky.matrixLLT().diagonal().minCoeff() <= std::sqrt(safe_pivot)) {
    return false;
  }
  out.step = -cholesky.solve(scaled.gradient);
  out.newton = true;
  out.positive_definite = true;
  out.edm = -0.5 * scaled.gradient.dot(out.step);
  out.null_space.resize(scaled.gradient.size(), 0);
  return out.step.norm() <= radius;
}

void eigen_step(Scaled const& scaled, double radius, TrustRegionStep& out) {
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> const solver(scaled.hessian);
  Eigen::MatrixXd const& vectors = solver.eigenvectors();
  Eigen::ArrayXd values = solver.eigenvalues().array();
  Eigen::ArrayXd b = (vectors.transpose() * scaled.gradient).array();
  double const largest = std::max(values.abs().maxCoeff(), std::numeric_limits<double>::min());
  auto const n = values.size();
  Eigen::Index n_null = 0;
  out.null_space.resize(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    // A direction without curvature is null only if going along it to the edge of the region would
    // gain nothing either.
    if (std::abs(values[i]) < null_curvature * largest && std::abs(b[i]) < 1e-5) {
      out.null_space.col(n_null++) = vectors.col(i);
      values[i] = largest;
      b[i] = 0;
    }
  }
  out.null_space.conservativeResize(n, n_null);
  out.positive_definite = values.minCoeff() > null_curvature * largest;
  out.edm = out.positive_definite ? 0.5 * (b.square() / values).sum()
                                  : std::numeric_limits<double>::infinity();
  double shift = 0;
  if (!out.positive_definite) {
    double const lowest = std::max(0.0, -values.minCoeff()) + 1e-10 * largest;
    shift = find_shift(values, b, radius, lowest);
  } else if (step_length(values, b, 0) > radius) {
    shift = find_shift(values, b, radius, 0);
  }
  Eigen::VectorXd coordinates = (-b / (values + shift)).matrix();
  if (!out.positive_definite && coordinates.norm() < 0.99 * radius) {
    // Hard case: the gradient has no part along the most negative curvature; go along it to the
    // edge.
    Eigen::Index lowest_index = 0;
    values.minCoeff(&lowest_index);
    coordinates[lowest_index] +=
        std::copysign(std::sqrt(radius * radius - coordinates.squaredNorm()), -b[lowest_index]);
  }
  out.newton = out.positive_definite && shift == 0;
  out.step = vectors * coordinates;
}

}  // namespace

double axis_length(double diagonal, double range) noexcept {
  double const curvature = std::abs(diagonal);
  return curvature * range * range > 1e-16 ? std::min(1 / std::sqrt(curvature), longest * range)
                                           : uncurved * range;
}

Eigen::VectorXd axis_lengths(Eigen::MatrixXd const& hessian, Eigen::VectorXd const& ranges) {
  Eigen::VectorXd lengths(hessian.rows());
  for (Eigen::Index i = 0; i < lengths.size(); ++i) {
    lengths[i] = axis_length(hessian(i, i), ranges[i]);
  }
  return lengths;
}

TrustRegionStep trust_region_step(Eigen::VectorXd const& gradient,
                                  Eigen::MatrixXd const& hessian,
                                  Eigen::VectorXd const& ranges,
                                  double radius) {
  Eigen::VectorXd const lengths = axis_lengths(hessian, ranges);
  Scaled const scaled{gradient.cwiseProduct(lengths),
                      lengths.asDiagonal() * hessian * lengths.asDiagonal()};
  TrustRegionStep out;
  if (!newton_step(scaled, radius, out)) {
    eigen_step(scaled, radius, out);
  }
  out.step.array() *= lengths.array();
  return out;
}

}  // namespace toyfarm::fit
