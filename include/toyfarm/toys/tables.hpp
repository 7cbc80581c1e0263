#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "toyfarm/model/model.hpp"
#include "toyfarm/toys/poisson.hpp"

namespace toyfarm::toys {

/// Degree of the polynomial that stands for the inverse c.d.f. within a cell.
inline constexpr std::size_t quantile_order = 11;

/// How the events of a cell enter a compressed sample.
enum class CellKind : std::uint8_t {
  events = 0,  ///< each for itself
  nodes = 1,   ///< as weights of the cell's nodes
  both = 2     ///< both are kept; which counts depends on where the densities' break points are
};

/// Cells of one observable: an event of cell c is x = sum_k coefficients[c * (quantile_order + 1) +
/// k] u^k, u uniform in [-1, 1), clamped to [lower, upper].
struct QuantileCells {
  std::vector<double> coefficients;
  std::vector<double> lower;
  std::vector<double> upper;   ///< largest number below the upper border
  std::vector<double> events;  ///< expected events of each cell
  std::vector<CellKind> kinds;

  [[nodiscard]] std::size_t size() const noexcept { return lower.size(); }
};

/// One factor of a process's density: a cell is picked for every event.
struct FactorTables {
  std::size_t observable = 0;
  QuantileCells cells;
  AliasTable choice;
};

/// An observable no density describes; it is filled uniformly.
struct Filler {
  std::size_t observable = 0;
  double lower = 0;
  double upper = 0;
};

/// A process whose events are drawn one by one, apart from the channel's cells.
struct SingleProcess {
  std::uint32_t process = 0;
  FactorTables factor;
};

/// Cells of a process over two observables: an event of cell c has a place of its own in
/// pieces[a] number index[a][c] along each axis a. Cells share pieces, whose kinds mean nothing.
struct ProductCells {
  std::array<QuantileCells, 2> pieces;
  std::array<std::vector<std::uint32_t>, 2> index;
  std::vector<double> events;  ///< expected events of each cell
  std::vector<CellKind> kinds;

  [[nodiscard]] std::size_t size() const noexcept { return events.size(); }
};

/// Channels expecting fewer events, or with break points that move, have no product cells.
inline constexpr double fewest_product_events = 3e4;

/// How to draw the events of one channel. Where all processes share one observable, the cells are
/// those of their sum and `counts` has one entry per cell. Where all are products over the same two
/// observables and there are many events, `products` holds the cells of each process, and `counts`
/// one entry per cell of the first, of the second, …. Otherwise `processes` holds the factors of
/// each process and `counts` has one entry per process.
/// Where a process is too weak to shape the cells of a common observable, they are those of the
/// others' sum, and cells with nodes are leaves: parts of equal share, in their order, of `roots`
/// cut in half `depths` times.
struct ChannelTables {
  std::size_t n_observables = 0;
  double expected = 0;  ///< events
  std::size_t observable = 0;
  QuantileCells cells;
  std::array<std::size_t, 2> axes{};  ///< observables of product cells
  std::vector<ProductCells> products;
  std::vector<std::vector<FactorTables>> processes;
  std::vector<Filler> fillers;
  PoissonTables counts;
  std::vector<std::uint8_t> weak;  ///< [process] 1: its peak may be anywhere; empty: none is weak
  QuantileCells roots;
  std::vector<std::uint32_t> depths;  ///< [root]
  std::vector<SingleProcess> singles;
  PoissonTables single_counts;  ///< [single]
};

/// Everything toys are drawn from: a function of model and generation point, built once and sent to
/// all ranks.
struct GenerationTables {
  std::vector<ChannelTables> channels;
};

/// One side of a cell that can be drawn from: x = sum_k coefficients[k] u^k.
struct CellSide {
  std::size_t observable;
  double lower;
  double upper;
  std::span<double const> coefficients;
};

/// A cell put to a judge, with a side along each of its axes.
struct CellCandidate {
  std::size_t channel;
  std::array<CellSide, 2> sides;
  std::size_t n_sides;  ///< 1 or 2
  double events;        ///< expected
};

/// A cell of tables, or a piece.
[[nodiscard]] CellSide cell_side(QuantileCells const& cells, std::size_t cell);

/// x at places u in [-1, 1] of a cell; `x` may be `u`. Events are drawn by the same function.
void cell_quantiles(CellSide const& side, std::span<double const> u, double* x);

/// What a judge says: the kind of the cell, or that it must be halved along its first or second
/// side.
enum class CellVerdict { events, nodes, both, halve, halve_second };
using CellJudge = std::function<CellVerdict(CellCandidate const&)>;

/// What processes without much weight mean for a channel's cells.
struct ChannelPlan {
  std::vector<std::uint8_t> weak;  ///< [process]; empty: none
};

/// Builds the tables at the generation point `theta` (all model parameters). Cells of
/// observables that all processes of a channel share are put to `judge`, where there is one; else
/// all are of kind events. The density of the events differs from the model's by less than 10^-9 of
/// it. Throws SpecError, with `spec_name` as file, where a density or yield cannot be had at theta,
/// or an observable is described by some processes of a channel only. `plan` has an entry per
/// channel or none; of each channel at least one process with a yield is not weak. Channels are
/// built on so many `threads`; the judge must bear cells of several channels at a time.
[[nodiscard]] GenerationTables build_tables(model::Model const& model,
                                            std::span<double const> theta,
                                            std::string const& spec_name = "spec",
                                            CellJudge const& judge = {},
                                            std::span<ChannelPlan const> plan = {},
                                            int threads = 1);

/// SHA-256 of the cells' borders and kinds: toys of different layouts may differ in their last
/// bits.
[[nodiscard]] std::string layout_hash(GenerationTables const& tables);

/// The tables as bytes, for machines of one byte order.
[[nodiscard]] std::string serialise(GenerationTables const& tables);
/// The tables from their bytes. Throws RuntimeFailure for bytes that are not those of `serialise`.
[[nodiscard]] GenerationTables deserialise(std::string_view bytes);

}  // namespace toyfarm::toys
