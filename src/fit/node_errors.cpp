#include "toyfarm/fit/node_errors.hpp"

#include <algorithm>

#include "toyfarm/cells/chebyshev.hpp"
#include "toyfarm/cells/quadrature.hpp"
#include "toyfarm/core/contract.hpp"
#include "toyfarm/kernels/moments.hpp"

namespace toyfarm::fit {

using model::check_order;
using model::node_order;

NodeErrors::NodeErrors(std::size_t max_params)
    : matrix_(node_order * check_order),
      errors_(max_params + 1, core::Column(max_cells * check_order)),
      means_(max_params + 1, core::Column(max_cells)) {
  cells::GaussLegendre const gauss(check_order);
  cells::ChebyshevNodes const nodes(node_order);
  for (double const w : gauss.weights()) {
    check_weights_.push_back(0.5 * w);
  }
  std::vector<double> one(node_order);
  for (std::size_t j = 0; j < node_order; ++j) {
    std::fill(one.begin(), one.end(), 0.0);
    one[j] = 1;
    auto const lagrange = nodes.series(one);
    for (std::size_t i = 0; i < check_order; ++i) {
      matrix_[j * check_order + i] = cells::chebyshev_value(lagrange, gauss.nodes()[i]);
    }
  }
  for (auto const& column : errors_) {
    error_columns_.push_back(column.data());
  }
}

void NodeErrors::compare(Values const& values, std::size_t n_params, std::size_t n_cells) {
  TOYFARM_EXPECTS(n_cells <= max_cells && n_params < errors_.size());
  for (std::size_t f = 0; f <= n_params; ++f) {
    double const* const at_nodes =
        (f == 0 ? values.nodes.log_f : values.nodes.first[f - 1]) + values.first_node;
    double const* const at_checks = f == 0 ? values.checks.log_f : values.checks.first[f - 1];
    kernels::interpolation_errors({matrix_.data(), check_weights_.data()},
                                  at_nodes,
                                  at_checks,
                                  n_cells,
                                  errors_[f].data(),
                                  means_[f].data());
  }
}

}  // namespace toyfarm::fit
