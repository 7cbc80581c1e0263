#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "toyfarm/model/node_tree.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::toys {

/// Cuts the cells that have nodes in half until they are no wider than `resolution`, unless leaves
/// would hold too few events to be worth their nodes. Returns the cells there were, and how often
/// each was cut.
[[nodiscard]] std::pair<QuantileCells, std::vector<std::uint32_t>> cut_into_leaves(
    QuantileCells& cells, double resolution);

/// The tree of a channel's leaves.
[[nodiscard]] model::NodeTree make_tree(ChannelTables const& tables);

}  // namespace toyfarm::toys
