#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "toyfarm/model/interior_point.hpp"
#include "toyfarm/model/model.hpp"

namespace toyfarm::fit {

/// Where a density comes near to zero in its window, over all parameters of the model: theta + d is
/// inside as long as margin + gradient . d >= 0, to first order in how far the place moves.
struct Cut {
  double margin = 0;
  double curvature = 0;      ///< in the observable; 0 where the place does not move
  Eigen::VectorXd gradient;  ///< of the margin
  Eigen::VectorXd slope;     ///< derivative of the gradient by the observable
};

/// The region of a model's parameters in which no fitted density is negative in its window. It is
/// convex: each margin is linear in the parameters.
class Edges {
 public:
  explicit Edges(model::Model const& model);

  /// False if no density of the model has an edge: nothing else needs to be asked then.
  [[nodiscard]] bool any() const noexcept { return !processes_.empty(); }

  /// Looks for a point well inside that differs from `theta` in free parameters of densities with
  /// an edge only; false if there is none within the bounds.
  bool find_interior(std::span<double const> theta);

  [[nodiscard]] std::vector<Cut> cuts(std::span<double const> theta) const;
  /// The smallest margin; +inf without edges.
  [[nodiscard]] double margin(std::span<double const> theta) const;
  /// Moves `theta` towards the interior point, until the smallest margin is `wanted` times that
  /// point's, if it is smaller; false without an interior point.
  bool pull_inside(std::span<double> theta, double wanted) const;

 private:
  model::Model const* model_;
  std::vector<model::Process const*> processes_;
  std::vector<std::size_t> parameters_;  ///< free ones that the densities depend on
  std::vector<double> interior_;
};

}  // namespace toyfarm::fit
