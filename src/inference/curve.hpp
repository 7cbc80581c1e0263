#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace toyfarm::inference {

/// k of n at x; exact probabilities are large counts that need not be whole.
struct CurvePoint {
  double x = 0;
  double k = 0;
  double n = 0;
};

/// p(x) = Phi(eta(x)), eta a polynomial. Asymptotically eta of a p-value is linear in the POI.
struct Curve {
  double centre = 0;
  double scale = 1;
  std::size_t n_terms = 0;
  std::array<double, 3> terms{};
  std::array<double, 9> covariance{};  ///< of the terms, [row * 3 + column]
  double deviance = 0;                 ///< twice the log likelihood that the curve loses
};

struct CurveValue {
  double eta = 0;
  double slope = 0;  ///< of eta in x
  double error = 0;  ///< of eta
};

/// Probit regression by Fisher scoring of at most three terms, at most one per point (McCullagh,
/// Nelder, Generalized Linear Models, 1989). Counts 0 and n stand half a toy away from their ends.
/// Nothing where it does not converge.
[[nodiscard]] std::optional<Curve> fit_curve(std::span<CurvePoint const> points,
                                             std::size_t n_terms);

[[nodiscard]] CurveValue evaluate(Curve const& curve, double x);

}  // namespace toyfarm::inference
