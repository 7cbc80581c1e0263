#include "toyfarm/fit/node_errors.hpp"

#include <algorithm>

#include "toyfarm/cells/chebyshev.hpp"
#include "toyfarm/cells/quadrature.hpp"
#include "toyfarm/core/contract.hpp"
#include "toyfarm/kernels/moments.hpp"

namespace toyfarm::fit {

using model::check_order;
using model::node_order;

NodeErrors::NodeErrors(std::size_t max_params, std::size_t n_observables)
    : matrix_(node_order * check_order),
      at_nodes_(max_params + 1, core::Column(max_cells * node_order)),
      errors_(max_params + 1, core::Column(max_cells * check_order)),
      columns_(n_observables) {
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

bool NodeErrors::evaluate(ExtendedNll& nll, std::size_t n_params, Cells const& cells) {
  TOYFARM_EXPECTS(cells.n <= max_cells && n_params < at_nodes_.size());
  // Densities read their own observable only, so that any column serves for the others.
  std::fill(columns_.begin(), columns_.end(), cells.nodes);
  auto const nodes = nll.scores({columns_.data(), cells.n * node_order});
  if (!nodes) {
    return false;
  }
  for (std::size_t f = 0; f <= n_params; ++f) {
    auto const* const from = f == 0 ? nodes->log_f : nodes->first[f - 1];
    std::copy_n(from, cells.n * node_order, at_nodes_[f].data());
  }
  std::fill(columns_.begin(), columns_.end(), cells.checks);
  auto const checks = nll.scores({columns_.data(), cells.n * check_order});
  if (!checks) {
    return false;
  }
  for (std::size_t f = 0; f <= n_params; ++f) {
    auto const* const from = f == 0 ? checks->log_f : checks->first[f - 1];
    kernels::interpolation_errors(
        matrix_.data(), at_nodes_[f].data(), from, cells.n, errors_[f].data());
  }
  return true;
}

}  // namespace toyfarm::fit
