#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "toyfarm/core/aligned.hpp"
#include "toyfarm/core/ids.hpp"
#include "toyfarm/kernels/random.hpp"
#include "toyfarm/model/node_cells.hpp"
#include "toyfarm/model/node_tree.hpp"
#include "toyfarm/model/sample.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::toys {

/// Draws toys as compressed samples: the very events that `generate` draws, but those of cells with
/// nodes only as weights of the nodes. One object per thread; draws allocate nothing in the long
/// run.
class CompressedGenerator {
 public:
  /// `tables` must outlive the object. Each cell of one observable is cut into 2^refinement of
  /// equal share.
  explicit CompressedGenerator(GenerationTables const& tables, unsigned refinement = 0);

  /// Whether any channel has nodes.
  [[nodiscard]] bool has_nodes() const noexcept;
  /// Whether the sums of some channel choose among coarser and finer cells themselves.
  [[nodiscard]] bool has_tree() const noexcept;
  /// Whether refinement cuts all cells that have nodes: those of two observables are never cut.
  [[nodiscard]] bool can_refine() const noexcept;
  /// Per channel, in the order of the sample's first points; empty where there are none or a tree.
  [[nodiscard]] std::vector<model::NodeCells> const& cells() const noexcept { return cells_; }

  /// Draws one toy. `out` must be one that this object filled before, or empty.
  void run(std::uint64_t seed, core::ToyId toy, model::Sample& out);

 private:
  /// A channel of one toy under way.
  struct Drawing {
    ChannelTables const& tables;
    model::NodeCells& layout;
    model::ChannelSample& out;
    kernels::Lanes events;
    std::size_t cell = 0;  ///< next one of the layout
  };
  void draw_counts(ChannelTables const& tables, kernels::StreamKey key);
  void draw_nodes(Drawing& d, std::size_t first, std::size_t end);
  void draw_both(Drawing& d, std::size_t c);
  void draw_channel(std::size_t channel, kernels::StreamKey key, model::ChannelSample& out);
  void draw_tree(std::size_t channel, kernels::StreamKey key, model::ChannelSample& out);
  void draw_products(std::size_t channel, kernels::StreamKey key, model::ChannelSample& out);
  void fold_refined(kernels::Lanes& events, std::uint64_t n, double* weights, double* counts);

  /// A channel whose cells are leaves, and what it takes to draw their events again.
  struct Leaves {
    explicit Leaves(ChannelTables const& channel);
    [[nodiscard]] std::span<double const> events(std::size_t leaf);

    ChannelTables const* tables;
    model::NodeTree tree;
    /// Neighbours that are folded together, and whose events are drawn again together.
    struct Run {
      std::size_t first_leaf, first_cell, n;
    };
    std::vector<Run> runs;
    std::vector<std::size_t> run_of;      ///< [leaf]
    std::vector<kernels::Lanes> streams;  ///< [run] before its events
    core::Column kept;                    ///< events that were asked for
    std::vector<std::size_t> first_kept;  ///< [leaf]
    core::Column deviates;
  };

  GenerationTables const* tables_;
  std::vector<std::unique_ptr<Leaves>> leaves_;  // [channel]; null where there is no tree
  std::vector<model::NodeCells> cells_;
  std::vector<std::uint64_t> counts_;   // of a channel's cells
  core::Column deviates_;               // of one cell
  std::vector<core::Column> children_;  // deviates of the parts of a refined cell
};

}  // namespace toyfarm::toys
