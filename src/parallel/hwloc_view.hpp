#pragma once
#include <hwloc.h>

#include "toyfarm/parallel/topology.hpp"

namespace toyfarm::parallel {

/// Fills the counts and lists of `report` for a process that may use `bound` of `topology`.
void describe_cores(hwloc_topology_t topology, hwloc_const_bitmap_t bound, RankReport& report);

}  // namespace toyfarm::parallel
