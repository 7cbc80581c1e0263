#pragma once
#include <memory>
#include <vector>

#include <Eigen/Core>

namespace toyfarm::fit {

/// The step that minimises g^T p + p^T H p / 2 within |D^(1/2) p| <= radius, D the absolute
/// diagonal of H.
struct TrustRegionStep {
  Eigen::VectorXd step;
  bool newton = false;             ///< the full Newton step of a positive definite H
  bool positive_definite = false;  ///< H, up to null directions
  double edm = 0;  ///< g^T H^-1 g / 2 without null directions; +inf if not positive definite
  Eigen::Index n_null = 0;  ///< scaled directions of no curvature and no slope
};

/// Finds such steps. Keeps its workspace, one for each number of parameters it has seen: with one
/// it has seen before, or was prepared for, nothing is allocated up to 48 parameters.
class TrustRegion {
 public:
  using Vector = Eigen::Ref<Eigen::VectorXd const>;
  using Matrix = Eigen::Ref<Eigen::MatrixXd const>;

  TrustRegion();
  ~TrustRegion();

  void prepare_for(Eigen::Index n_params);

  /// Weight of a typical event: what counts as no slope and no curvature is in units of it.
  void set_unit(double unit) noexcept { unit_ = unit; }

  /// `ranges`: a scale for parameters with a zero diagonal. At least one parameter. Valid until the
  /// next call.
  TrustRegionStep const& find_step(Vector const& gradient,
                                   Matrix const& hessian,
                                   Vector const& ranges,
                                   double radius);

 private:
  struct Workspace;
  std::vector<std::unique_ptr<Workspace>> by_size_;
  double unit_ = 1;
};

/// Squared Cholesky pivots of the scaled Hessian above this need no eigenvalues to be called
/// positive definite.
inline constexpr double safe_pivot = 1e-7;

/// 1/sqrt of the absolute diagonal of H: the length over which the NLL changes by 1/2 along an
/// axis, limited by the parameter's range; `unit` is the weight of a typical event.
[[nodiscard]] double axis_length(double diagonal, double range, double unit = 1) noexcept;

}  // namespace toyfarm::fit
