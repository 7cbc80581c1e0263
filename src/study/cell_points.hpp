#pragma once
#include <cstddef>
#include <vector>

#include "toyfarm/model/density.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::study {

/// Nodes and checks of a cell of one channel or another, in the order that model::NodeCells have.
class CellPoints {
 public:
  /// For channels of at most so many observables.
  explicit CellPoints(std::size_t n_observables);

  void place(toys::CellCandidate const& cell);

  /// Of the cell last placed.
  [[nodiscard]] model::Points nodes() const { return {columns_[0].data(), points_[0][0].size()}; }
  [[nodiscard]] model::Points checks() const { return {columns_[1].data(), points_[1][0].size()}; }

 private:
  std::vector<double> places_[2], points_[2][2];  // [nodes, checks][side]
  std::vector<double const*> columns_[2];
};

}  // namespace toyfarm::study
