#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "toyfarm/core/aligned.hpp"
#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/model/node_cells.hpp"

namespace toyfarm::fit {

/// How far ln f and its scores are from their interpolation over the nodes of cells. Holds the
/// workspace: one object per thread. Functions are numbered: 0 is ln f, then the scores.
class NodeErrors {
 public:
  /// For channels of at most `max_params` parameters.
  explicit NodeErrors(std::size_t max_params);

  /// Cells of so many axes that can be compared at a time.
  [[nodiscard]] static constexpr std::size_t max_cells(std::size_t n_axes) noexcept {
    return ExtendedNll::max_points / model::grid_size(model::check_order, n_axes);
  }

  /// What to compare: values at the nodes of cells, from the first_node-th on, and at their checks.
  struct Values {
    NodeScores nodes;
    std::size_t first_node;
    NodeScores checks;
  };
  struct Shape {
    std::size_t n_params;
    std::size_t n_axes;   ///< 1 or 2
    std::size_t n_cells;  ///< at most max_cells(n_axes)
  };
  void compare(Values const& values, Shape const& shape);

  /// [cell * checks + i]: errors of a function.
  [[nodiscard]] double const* errors(std::size_t function) const {
    return errors_[function].data();
  }
  [[nodiscard]] double const* const* error_columns() const { return error_columns_.data(); }
  /// [cell]: their mean over the cell's events.
  [[nodiscard]] double const* means(std::size_t function) const { return means_[function].data(); }
  /// Weights of the checks of a cell of so many axes for means over its events; they add up to 1.
  [[nodiscard]] std::span<double const> check_weights(std::size_t n_axes) const {
    return n_axes == 1 ? check_weights_ : product_weights_;
  }

 private:
  void compare_product(double const* at_nodes, double const* at_checks, std::size_t function);

  std::vector<double> matrix_;         // [node * check_order + check]
  std::vector<double> check_weights_;  // [check]
  std::vector<double> product_weights_;
  core::Column halfway_, turned_, row_means_;  // of a cell of two axes
  std::vector<core::Column> errors_, means_;
  std::vector<double const*> error_columns_;
};

}  // namespace toyfarm::fit
