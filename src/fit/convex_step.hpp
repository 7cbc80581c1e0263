#pragma once
#include <vector>

#include <Eigen/Core>

namespace toyfarm::fit {

/// Linear inequalities on a step u: rows * u + margins >= 0, margins >= 0.
struct Inequalities {
  Eigen::MatrixXd rows;
  Eigen::VectorXd margins;
};

/// The solution of a quadratic problem under inequalities.
struct ConvexStep {
  bool found = false;  ///< false: not convex along the active constraints
  Eigen::VectorXd step;
  std::vector<Eigen::Index> active;  ///< rows that hold the step, whose multipliers are >= 0
  Eigen::MatrixXd basis;             ///< columns: orthonormal directions that they leave free
};

/// Minimises g^T u + u^T B u / 2 under `limits` by the primal active-set method (Nocedal and
/// Wright, Numerical Optimization, 2nd ed., algorithm 16.3), from u = 0 with the rows `active` to
/// begin with. B must be positive definite along the active rows on the way.
[[nodiscard]] ConvexStep convex_step(Eigen::VectorXd const& gradient,
                                     Eigen::MatrixXd const& hessian,
                                     Inequalities const& limits,
                                     std::vector<Eigen::Index> const& active);

}  // namespace toyfarm::fit
