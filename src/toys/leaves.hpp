#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "toyfarm/model/node_tree.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::toys {

/// Cuts the cells that have nodes in half as long as leaves hold enough events to be worth their
/// nodes: a function of the cells alone, so that toys whose signals differ share them. Returns the
/// cells there were, and how often each was cut.
[[nodiscard]] std::pair<QuantileCells, std::vector<std::uint32_t>> cut_into_leaves(
    QuantileCells& cells);

/// The tree of a channel's leaves.
[[nodiscard]] model::NodeTree make_tree(ChannelTables const& tables);

}  // namespace toyfarm::toys
