#pragma once
#include <functional>
#include <vector>

#include <Eigen/Core>

#include "toyfarm/model/model.hpp"

namespace toyfarm::study {

/// What a channel's test points are to span.
struct TestDirections {
  std::vector<std::size_t> params;  ///< model parameters that move
  Eigen::MatrixXd covariance;       ///< of them
  /// What the channel sees of them: (k, j) = d u_k / d params[j]. Empty: the parameters themselves.
  Eigen::MatrixXd seen;
};

/// Where a channel's layout must hold: `theta`, and five standard deviations from it both ways
/// along each eigen-direction of the correlation of what the channel sees, clipped to the bounds,
/// or nearer where it does not exist.
[[nodiscard]] std::vector<std::vector<double>> test_points(
    model::Model const& model,
    std::vector<double> const& theta,
    TestDirections const& directions,
    std::function<bool(std::vector<double> const&)> const& exists);

}  // namespace toyfarm::study
