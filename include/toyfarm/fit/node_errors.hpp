#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "toyfarm/core/aligned.hpp"
#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/model/node_cells.hpp"

namespace toyfarm::fit {

/// How far ln f and its scores are from their interpolation over the nodes of cells. Holds the
/// workspace: one object per thread.
class NodeErrors {
 public:
  /// For channels of at most `max_params` parameters and `n_observables` observables.
  NodeErrors(std::size_t max_params, std::size_t n_observables);

  static constexpr std::size_t max_cells = ExtendedNll::max_points / model::check_order;

  /// Of `n` <= max_cells cells, whose nodes and checks are given.
  struct Cells {
    double const* nodes;
    double const* checks;
    std::size_t n;
    std::size_t observable;
  };
  /// For the channel that `nll` last prepared: evaluates and interpolates. False where a density is
  /// not positive and finite at a point.
  [[nodiscard]] bool evaluate(ExtendedNll& nll, std::size_t n_params, Cells const& cells);

  /// [function][cell * check_order + i]: errors; function 0 is ln f, then the scores.
  [[nodiscard]] double const* errors(std::size_t function) const {
    return errors_[function].data();
  }
  [[nodiscard]] double const* const* error_columns() const { return error_columns_.data(); }
  /// [function][cell * node_order + j]: values at the nodes.
  [[nodiscard]] double const* at_nodes(std::size_t function) const {
    return at_nodes_[function].data();
  }
  /// Weights of the checks for means over a cell's events; they add up to 1.
  [[nodiscard]] std::span<double const> check_weights() const { return check_weights_; }

 private:
  std::vector<double> matrix_;         // [node * check_order + check]
  std::vector<double> check_weights_;  // [check]
  std::vector<core::Column> at_nodes_, errors_;
  std::vector<double const*> error_columns_;
  std::vector<double const*> columns_;
};

}  // namespace toyfarm::fit
