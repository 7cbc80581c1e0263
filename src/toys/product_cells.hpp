#pragma once
#include <array>
#include <optional>
#include <vector>

#include "toyfarm/model/model.hpp"
#include "toyfarm/toys/tables.hpp"

#include "toys/mixture.hpp"

namespace toyfarm::toys {

/// One axis of product cells: a process's density along it, and what else lies there.
struct ProductAxis {
  std::size_t observable;
  spec::Interval window;
  Mixture* factor;
  std::vector<double> breaks;  ///< of all processes of the channel
  std::vector<double> guides;  ///< likewise
};

/// Cuts the plane into rectangles, k-d bisected, in which the inverse c.d.f. of each factor is a
/// polynomial as good as build_quantile_cells makes them; `events` of the process are expected in
/// all. Cells that can stand for more events than nodes are put to `judge`, if there is one: no
/// break point of any process is inside. Nothing where that takes too many cells. Throws as
/// build_quantile_cells.
[[nodiscard]] std::optional<ProductCells> build_product_cells(
    std::array<ProductAxis, 2> const& axes, double events, CellJudge const& judge = {});

}  // namespace toyfarm::toys
