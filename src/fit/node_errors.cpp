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
      halfway_(node_order * check_order),
      turned_(check_order * node_order),
      row_means_(check_order),
      errors_(max_params + 1, core::Column(ExtendedNll::max_points)),
      means_(max_params + 1, core::Column(max_cells(1))) {
  cells::GaussLegendre const gauss(check_order);
  cells::ChebyshevNodes const nodes(node_order);
  for (double const w : gauss.weights()) {
    check_weights_.push_back(0.5 * w);
  }
  for (double const v : check_weights_) {
    for (double const w : check_weights_) {
      product_weights_.push_back(v * w);
    }
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

void NodeErrors::compare(Values const& values, Shape const& shape) {
  TOYFARM_EXPECTS(shape.n_cells <= max_cells(shape.n_axes) && shape.n_params < errors_.size());
  for (std::size_t f = 0; f <= shape.n_params; ++f) {
    double const* const at_nodes =
        (f == 0 ? values.nodes.log_f : values.nodes.first[f - 1]) + values.first_node;
    double const* const at_checks = f == 0 ? values.checks.log_f : values.checks.first[f - 1];
    if (shape.n_axes == 1) {
      kernels::interpolation_errors({matrix_.data(), check_weights_.data()},
                                    at_nodes,
                                    at_checks,
                                    shape.n_cells,
                                    errors_[f].data(),
                                    means_[f].data());
    } else {
      compare_product(at_nodes, at_checks, f);
    }
  }
}

// Interpolates along the second axis, where the "errors" against zeros are minus the values, then
// along the first.
void NodeErrors::compare_product(double const* at_nodes,
                                 double const* at_checks,
                                 std::size_t function) {
  static constexpr double zeros[node_order * check_order] = {};
  kernels::Interpolation const rule{matrix_.data(), check_weights_.data()};
  kernels::interpolation_errors(
      rule, at_nodes, zeros, node_order, halfway_.data(), row_means_.data());
  for (std::size_t j = 0; j < node_order; ++j) {
    for (std::size_t i = 0; i < check_order; ++i) {
      turned_[i * node_order + j] = -halfway_[j * check_order + i];
    }
  }
  kernels::interpolation_errors(
      rule, turned_.data(), at_checks, check_order, errors_[function].data(), row_means_.data());
  means_[function][0] = 0;
  for (std::size_t i = 0; i < check_order; ++i) {
    means_[function][0] += check_weights_[i] * row_means_[i];
  }
}

}  // namespace toyfarm::fit
