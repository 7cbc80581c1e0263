#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "toyfarm/core/aligned.hpp"

namespace toyfarm::model {

/// A cell whose events are kept beside its nodes: where a break point of a density lies in it, the
/// events count, else the nodes.
struct SwitchCell {
  double lower;
  double upper;
  std::size_t first_node;  ///< among the points
  std::size_t n_nodes;
  std::size_t first_event;  ///< among ChannelSample::switched
  std::size_t n_events;
};

class NodeTree;

/// Weighted points of one channel: events, or nodes that stand for many. Nothing downstream knows
/// which.
struct ChannelSample {
  std::vector<core::Column> columns;  ///< [observable][point]
  core::Column weights;               ///< [point]; empty = all 1. Weights of nodes may be negative
  std::vector<SwitchCell> switches;   ///< rising
  std::size_t switch_observable = 0;
  std::vector<core::Column> switched;  ///< [observable][event], those of switch cells
  /// Cells that stand for events besides those of `columns`, as coarse as the densities allow at
  /// the point of an evaluation; null where there are none.
  NodeTree* tree = nullptr;
  std::uint64_t n_events = 0;  ///< events these points stand for

  /// Points (of columns[0]).
  [[nodiscard]] std::size_t size() const noexcept {
    return columns.empty() ? 0 : columns.front().size();
  }
};

/// One data set, observed or toy: a ChannelSample per channel of the model, in its order.
struct Sample {
  std::vector<ChannelSample> channels;
};

}  // namespace toyfarm::model
