#pragma once
#include <vector>

#include "toyfarm/model/node_cells.hpp"
#include "toyfarm/model/sample.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::toys {

/// A sample whose events are weights of nodes, in cells whose local coordinate is x itself.
struct CompressedData {
  std::vector<model::NodeCells> cells;  ///< [channel]; empty where its points are events
  model::Sample sample;
};
/// Compresses unweighted events: those in cells of `tables` that have nodes, each cut into
/// 2^refinement; the others stay events. Channels of more than one described observable stay as
/// they are.
[[nodiscard]] CompressedData compress(model::Sample const& data,
                                      GenerationTables const& tables,
                                      unsigned refinement);

}  // namespace toyfarm::toys
