#pragma once
#include <span>
#include <vector>

#include <Eigen/Core>

#include "toyfarm/model/model.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::study {

/// Which processes of each channel are so weak at `theta` that toys may find their peaks anywhere.
/// `covariance` is that expected of the fit.
[[nodiscard]] std::vector<toys::ChannelPlan> plan_channels(model::Model const& model,
                                                           std::span<double const> theta,
                                                           Eigen::MatrixXd const& covariance);

}  // namespace toyfarm::study
