#include "inference/curve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/inference/normal.hpp"

namespace toyfarm::inference {
namespace {

using Vector = std::array<double, 3>;
using Matrix = std::array<double, 9>;

/// Inverse of the leading n x n block, symmetric and positive; nothing where it is singular.
std::optional<Matrix> inverse(Matrix const& matrix, std::size_t n) {
  Matrix lower{};
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double rest = matrix[i * 3 + j];
      for (std::size_t k = 0; k < j; ++k) {
        rest -= lower[i * 3 + k] * lower[j * 3 + k];
      }
      if (i == j && !(rest > 1e-13 * matrix[i * 3 + i])) {
        return std::nullopt;
      }
      lower[i * 3 + j] = i == j ? std::sqrt(rest) : rest / lower[j * 3 + j];
    }
  }
  Matrix result{};
  for (std::size_t column = 0; column < n; ++column) {
    Vector x{};
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = i == column ? 1 : 0;
      for (std::size_t k = 0; k < i; ++k) {
        x[i] -= lower[i * 3 + k] * x[k];
      }
      x[i] /= lower[i * 3 + i];
    }
    for (std::size_t i = n; i-- > 0;) {
      for (std::size_t k = i + 1; k < n; ++k) {
        x[i] -= lower[k * 3 + i] * x[k];
      }
      x[i] /= lower[i * 3 + i];
      result[i * 3 + column] = x[i];
    }
  }
  return result;
}

Vector powers(Curve const& curve, double x) {
  double const u = (x - curve.centre) / curve.scale;
  return {1, u, u * u};
}

double eta(Curve const& curve, Vector const& u) {
  return curve.terms[0] + curve.terms[1] * u[1] + curve.terms[2] * u[2];
}

double inner_count(CurvePoint const& point) {
  double const half = std::min(0.5, point.n / 4);
  return std::clamp(point.k, half, point.n - half);
}

/// Half the deviance of one point at p = Phi(eta).
double loss(CurvePoint const& point, double at) {
  double const k = inner_count(point);
  double const misses = point.n - k;
  return k * std::log(k / point.n / normal_cdf(at)) +
         misses * std::log(misses / point.n / p_of_z(at));
}

double loss(Curve const& curve, std::span<CurvePoint const> points) {
  double sum = 0;
  for (CurvePoint const& point : points) {
    sum += loss(point, eta(curve, powers(curve, point.x)));
  }
  return sum;
}

/// Expected information and score of all points.
struct Scoring {
  Matrix information{};
  Vector score{};
};

Scoring score(Curve const& curve, std::span<CurvePoint const> points) {
  Scoring result;
  for (CurvePoint const& point : points) {
    Vector const u = powers(curve, point.x);
    double const at = std::clamp(eta(curve, u), -8., 8.);
    double const p = normal_cdf(at);
    double const per_toy = normal_pdf(at) / (p * p_of_z(at));
    double const slope = (inner_count(point) - point.n * p) * per_toy;
    double const weight = point.n * normal_pdf(at) * per_toy;
    for (std::size_t i = 0; i < curve.n_terms; ++i) {
      result.score[i] += slope * u[i];
      for (std::size_t j = 0; j < curve.n_terms; ++j) {
        result.information[i * 3 + j] += weight * u[i] * u[j];
      }
    }
  }
  return result;
}

/// A line through the outermost points is near enough to start from.
Curve start(std::span<CurvePoint const> points, std::size_t n_terms) {
  auto const at = [](CurvePoint const& point) {
    return normal_quantile(inner_count(point) / point.n);
  };
  Curve curve;
  curve.n_terms = n_terms;
  CurvePoint const& first = points.front();
  CurvePoint const& last = points.back();
  curve.centre = (first.x + last.x) / 2;
  curve.scale = last.x > first.x ? (last.x - first.x) / 2 : 1;
  curve.terms[0] = (at(first) + at(last)) / 2;
  curve.terms[1] = n_terms > 1 ? (at(last) - at(first)) / 2 : 0;
  return curve;
}

}  // namespace

std::optional<Curve> fit_curve(std::span<CurvePoint const> points, std::size_t n_terms) {
  TOYFARM_EXPECTS(n_terms >= 1 && n_terms <= 3 && n_terms <= points.size());
  Curve curve = start(points, n_terms);
  double now = loss(curve, points);
  for (int step = 0; step < 50; ++step) {
    auto const [information, gradient] = score(curve, points);
    auto const covariance = inverse(information, n_terms);
    if (!covariance) {
      return std::nullopt;
    }
    curve.covariance = *covariance;
    Curve next = curve;
    Vector change{};
    double gain = 0;
    for (std::size_t i = 0; i < n_terms; ++i) {
      for (std::size_t j = 0; j < n_terms; ++j) {
        change[i] += (*covariance)[i * 3 + j] * gradient[j];
      }
      gain += change[i] * gradient[i];
    }
    double after = std::numeric_limits<double>::infinity();
    for (double length = 1; !(after <= now + 1e-12 * std::abs(now)) && length > 1e-4; length /= 2) {
      for (std::size_t i = 0; i < n_terms; ++i) {
        next.terms[i] = curve.terms[i] + length * change[i];
      }
      after = loss(next, points);
    }
    bool const is_better = after <= now;
    if (is_better) {
      curve = next;
      now = after;
    }
    if (!is_better || gain < 1e-10) {
      curve.deviance = 2 * std::max(now, 0.);
      return curve;
    }
  }
  return std::nullopt;
}

CurveValue evaluate(Curve const& curve, double x) {
  Vector const u = powers(curve, x);
  double variance = 0;
  for (std::size_t i = 0; i < curve.n_terms; ++i) {
    for (std::size_t j = 0; j < curve.n_terms; ++j) {
      variance += u[i] * u[j] * curve.covariance[i * 3 + j];
    }
  }
  return {eta(curve, u),
          (curve.terms[1] + 2 * curve.terms[2] * u[1]) / curve.scale,
          std::sqrt(std::max(variance, 0.))};
}

}  // namespace toyfarm::inference
