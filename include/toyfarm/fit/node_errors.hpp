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

  static constexpr std::size_t max_cells = ExtendedNll::max_points / model::check_order;

  /// What to compare: values at the nodes of n <= max_cells cells, from the first_node-th on, and
  /// at their checks.
  struct Values {
    NodeScores nodes;
    std::size_t first_node;
    NodeScores checks;
  };
  void compare(Values const& values, std::size_t n_params, std::size_t n_cells);

  /// [cell * check_order + i]: errors of a function.
  [[nodiscard]] double const* errors(std::size_t function) const {
    return errors_[function].data();
  }
  [[nodiscard]] double const* const* error_columns() const { return error_columns_.data(); }
  /// [cell]: their mean over the cell's events.
  [[nodiscard]] double const* means(std::size_t function) const { return means_[function].data(); }
  /// Weights of the checks for means over a cell's events; they add up to 1.
  [[nodiscard]] std::span<double const> check_weights() const { return check_weights_; }

 private:
  std::vector<double> matrix_;         // [node * check_order + check]
  std::vector<double> check_weights_;  // [check]
  std::vector<core::Column> errors_, means_;
  std::vector<double const*> error_columns_;
};

}  // namespace toyfarm::fit
