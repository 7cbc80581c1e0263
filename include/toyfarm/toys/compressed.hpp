#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "toyfarm/core/aligned.hpp"
#include "toyfarm/core/ids.hpp"
#include "toyfarm/kernels/random.hpp"
#include "toyfarm/model/node_cells.hpp"
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
  /// Whether refinement cuts all cells that have nodes: those of two observables are never cut.
  [[nodiscard]] bool can_refine() const noexcept;
  /// Per channel, in the order of the sample's first points; empty where there are none.
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
  void draw_nodes(Drawing& d, std::size_t first, std::size_t end);
  void draw_both(Drawing& d, std::size_t c);
  void draw_channel(std::size_t channel,
                    std::uint64_t seed,
                    core::ToyId toy,
                    model::ChannelSample& out);
  void draw_products(std::size_t channel,
                     std::uint64_t seed,
                     core::ToyId toy,
                     model::ChannelSample& out);
  void fold_refined(kernels::Lanes& events, std::uint64_t n, double* weights, double* counts);

  GenerationTables const* tables_;
  unsigned refinement_;
  std::vector<model::NodeCells> cells_;
  std::vector<std::uint64_t> counts_;   // of a channel's cells
  core::Column deviates_;               // of one cell
  std::vector<core::Column> children_;  // deviates of the parts of a refined cell
};

}  // namespace toyfarm::toys
