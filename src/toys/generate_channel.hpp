#pragma once
#include "toyfarm/core/aligned.hpp"
#include "toyfarm/kernels/polynomial.hpp"
#include "toyfarm/kernels/random.hpp"
#include "toyfarm/model/sample.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::toys {

/// Names the stream of the deviates along an axis of a process's product cells; `key` names seed,
/// toy and channel.
[[nodiscard]] kernels::StreamKey product_stream(kernels::StreamKey key,
                                                std::size_t process,
                                                std::size_t axis);

/// Draws the events of one channel; `key` names seed, toy and channel.
void generate_channel(ChannelTables const& tables,
                      kernels::StreamKey const& key,
                      model::ChannelSample& out);

/// Draws n events by a quantile polynomial to the end of a column.
void append_events(core::Column& column,
                   kernels::Polynomial const& quantile,
                   kernels::Lanes& events,
                   std::size_t n);

/// Draws the events of a channel's single processes to the end of a column, from streams of their
/// own.
void append_singles(ChannelTables const& tables, kernels::StreamKey key, core::Column& x);

}  // namespace toyfarm::toys
