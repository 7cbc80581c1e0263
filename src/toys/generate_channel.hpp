#pragma once
#include "toyfarm/kernels/random.hpp"
#include "toyfarm/model/sample.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::toys {

/// Draws the events of one channel; `key` names seed, toy and channel.
void generate_channel(ChannelTables const& tables,
                      kernels::StreamKey const& key,
                      model::ChannelSample& out);

}  // namespace toyfarm::toys
