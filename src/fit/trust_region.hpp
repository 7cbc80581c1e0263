#pragma once
#include <Eigen/Core>

namespace toyfarm::fit {

/// The step that minimises g^T p + p^T H p / 2 within |D^(1/2) p| <= radius, D the absolute
/// diagonal of H.
struct TrustRegionStep {
  Eigen::VectorXd step;
  bool newton = false;             ///< the full Newton step of a positive definite H
  bool positive_definite = false;  ///< H, up to null directions
  double edm = 0;  ///< g^T H^-1 g / 2 without null directions; +inf if not positive definite
  Eigen::MatrixXd null_space;  ///< columns: scaled directions of no curvature and no slope
};

/// `ranges`: a scale for parameters with a zero diagonal.
[[nodiscard]] TrustRegionStep trust_region_step(Eigen::VectorXd const& gradient,
                                                Eigen::MatrixXd const& hessian,
                                                Eigen::VectorXd const& ranges,
                                                double radius);

/// Squared Cholesky pivots of the scaled Hessian above this need no eigenvalues to be called
/// positive definite.
inline constexpr double safe_pivot = 1e-7;

/// 1/sqrt of the absolute diagonal of H: the length over which the NLL changes by 1/2 along an
/// axis, limited by the parameter's range.
[[nodiscard]] double axis_length(double diagonal, double range) noexcept;
/// The same for all axes.
[[nodiscard]] Eigen::VectorXd axis_lengths(Eigen::MatrixXd const& hessian,
                                           Eigen::VectorXd const& ranges);

}  // namespace toyfarm::fit
