#pragma once
#include <cstdint>
#include <span>
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

/// As make_poisson_tables, with tables of means up to `largest`, which must be at least 100: many
/// large ones would take more memory than all else.
[[nodiscard]] PoissonTables make_poisson_tables(std::span<double const> means, double largest);
inline constexpr double largest_tabulated_leaf = 500;

/// The tree of a channel's leaves.
[[nodiscard]] model::NodeTree make_tree(ChannelTables const& tables);

}  // namespace toyfarm::toys
