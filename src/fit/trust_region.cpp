#include "trust_region.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::fit {
namespace {

// Curvature below this, in units of the scaled matrix' largest eigenvalue, is rounding.
constexpr double smallest_curvature = 1e-11;
// An axis length is at most this share of the parameter's range; without any curvature, this one:
// nothing is known there, so steps are kept small.
constexpr double longest = 0.1;
constexpr double uncurved = 0.01;

// From here on eigenvalues cost more than a few factorisations.
constexpr Eigen::Index many_parameters = 24;

using Array = Eigen::ArrayXd;

// Length of -(L + shift)^-1 b over the directions kept.
double step_length(Array const& eigenvalues, Array const& b, double shift) {
  return (b / (eigenvalues + shift)).matrix().norm();
}

// The shift >= lowest at which the step has length `radius`: the length falls monotonically with
// the shift, so bisect (in log scale).
double find_shift(Array const& eigenvalues, Array const& b, double radius, double lowest) {
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

}  // namespace

/// Of one number of parameters: Eigen allocates whenever a size changes. The gradient and the
/// Hessian are in units of axis_length.
struct TrustRegion::Workspace {
  explicit Workspace(Eigen::Index n)
      : lengths(n),
        gradient(n),
        coordinates(n),
        diagonal(n),
        off_diagonal(n - 1),
        householder(n),
        values(n),
        b(n),
        hessian(n, n),
        factor(n, n),
        vectors(n, n),
        tridiagonal(n),
        solver(n) {
    out.step.resize(n);
  }

  void scale(Vector const& g, Matrix const& h, Vector const& ranges, double unit);
  [[nodiscard]] bool solve(double shift);
  [[nodiscard]] bool newton_step(double radius);
  [[nodiscard]] bool shifted_step(double radius);
  void decompose();
  void eigen_step(double radius, double unit);

  Eigen::VectorXd lengths, gradient, coordinates, diagonal, off_diagonal, householder;
  Array values, b;
  Eigen::MatrixXd hessian, factor, vectors;
  Eigen::Tridiagonalization<Eigen::MatrixXd> tridiagonal;
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  TrustRegionStep out;
};

void TrustRegion::Workspace::scale(Vector const& g,
                                   Matrix const& h,
                                   Vector const& ranges,
                                   double unit) {
  for (Eigen::Index i = 0; i < lengths.size(); ++i) {
    lengths[i] = axis_length(h(i, i), ranges[i], unit);
  }
  gradient = g.cwiseProduct(lengths);
  hessian = lengths.asDiagonal() * h * lengths.asDiagonal();
}

// The step -(H + shift)^-1 g by a Cholesky factor; false without one.
bool TrustRegion::Workspace::solve(double shift) {
  factor = hessian;
  factor.diagonal().array() += shift;
  Eigen::Ref<Eigen::MatrixXd> in_place(factor);
  Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> const cholesky(in_place);
  out.step = -gradient;
  factor.triangularView<Eigen::Lower>().solveInPlace(out.step);
  factor.triangularView<Eigen::Lower>().transpose().solveInPlace(out.step);
  return cholesky.info() == Eigen::Success;
}

// The Newton step, if H is safely positive definite and the step within the radius.
bool TrustRegion::Workspace::newton_step(double radius) {
  out.positive_definite = out.newton =
      solve(0) && factor.diagonal().minCoeff() > std::sqrt(safe_pivot);
  out.edm = -0.5 * gradient.dot(out.step);
  out.n_null = 0;
  return out.newton && out.step.norm() <= radius;
}

// The step of length `radius` where the Newton step of a positive definite H is longer: -(H +
// shift)^-1 g by Newton's method in the shift (Moré and Sorensen), whose estimates rise to the
// root from below. Of many parameters, a factorisation is far cheaper than the eigenvalues.
bool TrustRegion::Workspace::shifted_step(double radius) {
  constexpr int most_factorisations = 30;
  constexpr double tolerance = 1e-10;
  out.newton = false;
  double shift = 0;
  for (int i = 0; i < most_factorisations; ++i) {
    double const length = out.step.norm();
    if (std::abs(length - radius) <= tolerance * radius) {
      return true;
    }
    coordinates = out.step;
    factor.triangularView<Eigen::Lower>().solveInPlace(coordinates);
    shift += length * length / coordinates.squaredNorm() * (length - radius) / radius;
    if (!(shift >= 0) || !solve(shift)) {
      return false;
    }
  }
  return false;
}

// Eigenvalues and vectors of the Hessian, as SelfAdjointEigenSolver::compute finds them but for
// its temporary.
void TrustRegion::Workspace::decompose() {
  tridiagonal.compute(hessian);
  diagonal = tridiagonal.diagonal();
  off_diagonal = tridiagonal.subDiagonal();
  solver.computeFromTridiagonal(diagonal, off_diagonal);
  values = solver.eigenvalues().array();
  vectors = solver.eigenvectors();
  tridiagonal.matrixQ().applyThisOnTheLeft(vectors, householder);
}

void TrustRegion::Workspace::eigen_step(double radius, double unit) {
  decompose();
  b.matrix().noalias() = vectors.transpose() * gradient;
  double const largest = std::max(values.abs().maxCoeff(), std::numeric_limits<double>::min());
  out.n_null = 0;
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    // A direction without curvature is null only if going along it to the edge of the region would
    // gain nothing either.
    if (std::abs(values[i]) < smallest_curvature * largest &&
        std::abs(b[i]) < 1e-5 * std::sqrt(unit)) {
      ++out.n_null;
      values[i] = largest;
      b[i] = 0;
    }
  }
  out.positive_definite = values.minCoeff() > smallest_curvature * largest;
  out.edm = out.positive_definite ? 0.5 * (b.square() / values).sum()
                                  : std::numeric_limits<double>::infinity();
  double shift = 0;
  if (!out.positive_definite) {
    double const lowest = std::max(0.0, -values.minCoeff()) + 1e-10 * largest;
    shift = find_shift(values, b, radius, lowest);
  } else if (step_length(values, b, 0) > radius) {
    shift = find_shift(values, b, radius, 0);
  }
  coordinates = (-b / (values + shift)).matrix();
  if (!out.positive_definite && coordinates.norm() < 0.99 * radius) {
    // Hard case: the gradient has no part along the most negative curvature; go along it to the
    // edge.
    Eigen::Index lowest_index = 0;
    values.minCoeff(&lowest_index);
    coordinates[lowest_index] = 0;
    coordinates[lowest_index] =
        std::copysign(std::sqrt(radius * radius - coordinates.squaredNorm()), -b[lowest_index]);
  }
  out.newton = out.positive_definite && shift == 0;
  out.step.noalias() = vectors * coordinates;
}

TrustRegion::TrustRegion() = default;
TrustRegion::~TrustRegion() = default;

void TrustRegion::prepare_for(Eigen::Index n_params) {
  TOYFARM_EXPECTS(n_params > 0);
  auto const n = static_cast<std::size_t>(n_params);
  if (by_size_.size() <= n) {
    by_size_.resize(n + 1);
  }
  if (!by_size_[n]) {
    by_size_[n] = std::make_unique<Workspace>(n_params);
  }
}

TrustRegionStep const& TrustRegion::find_step(Vector const& gradient,
                                              Matrix const& hessian,
                                              Vector const& ranges,
                                              double radius) {
  prepare_for(gradient.size());
  auto& work = *by_size_[static_cast<std::size_t>(gradient.size())];
  work.scale(gradient, hessian, ranges, unit_);
  if (!work.newton_step(radius)) {
    bool const many = gradient.size() >= many_parameters && work.out.positive_definite;
    if (!many || !work.shifted_step(radius)) {
      work.eigen_step(radius, unit_);
    }
  }
  work.out.step.array() *= work.lengths.array();
  return work.out;
}

double axis_length(double diagonal, double range, double unit) noexcept {
  double const curvature = std::abs(diagonal);
  return curvature * range * range > 1e-16 * unit
             ? std::min(1 / std::sqrt(curvature), longest * range)
             : uncurved * range;
}

}  // namespace toyfarm::fit
