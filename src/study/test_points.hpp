#pragma once
#include <vector>

#include <Eigen/Core>

#include "toyfarm/model/model.hpp"

namespace toyfarm::study {

/// Where a layout must hold: `theta`, and five standard deviations from it both ways along each
/// eigen-direction of the correlation, clipped to the bounds, or nearer where a density does not
/// exist.
[[nodiscard]] std::vector<std::vector<double>> test_points(model::Model const& model,
                                                           std::vector<double> const& theta,
                                                           Eigen::MatrixXd const& covariance);

}  // namespace toyfarm::study
