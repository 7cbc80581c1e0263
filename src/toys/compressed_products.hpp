#pragma once
#include "toyfarm/model/node_cells.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::toys {

/// Those product cells of a channel that have nodes, process by process; empty if there are none.
[[nodiscard]] model::NodeCells lay_out_products(ChannelTables const& tables);

}  // namespace toyfarm::toys
