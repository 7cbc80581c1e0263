#pragma once
#include <span>

#include <Eigen/Core>

#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::study {

/// Covariance of the estimates that toys at `theta` are expected to have: the inverse of the
/// expected information, by quadrature over the tables' cells; zero rows for fixed and unused
/// parameters. Directions without information get the parameters' ranges.
[[nodiscard]] Eigen::MatrixXd expected_covariance(model::Model const& model,
                                                  toys::GenerationTables const& tables,
                                                  std::span<double const> theta);

}  // namespace toyfarm::study
