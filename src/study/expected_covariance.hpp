#pragma once
#include <span>

#include <Eigen/Core>

#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::study {

/// Covariance of the estimates that toys at `theta` are expected to have: the inverse of the
/// expected information, by quadrature over the tables' cells; zero rows for fixed and unused
/// parameters. Directions without information get the parameters' ranges. Processes that are weak
/// by `plans` (one per channel, or none) are left out, and what only they depend on gets zero rows.
[[nodiscard]] Eigen::MatrixXd expected_covariance(model::Model const& model,
                                                  toys::GenerationTables const& tables,
                                                  std::span<double const> theta,
                                                  std::span<toys::ChannelPlan const> plans = {});

/// Takes processes that are weak by `plans` out of a likelihood.
void set_weak_off(std::span<toys::ChannelPlan const> plans, fit::ExtendedNll& nll);

}  // namespace toyfarm::study
