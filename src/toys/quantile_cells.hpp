#pragma once
#include "toyfarm/kernels/polynomial.hpp"
#include "toyfarm/model/model.hpp"
#include "toyfarm/toys/tables.hpp"

#include "toys/mixture.hpp"
#include "toys/quantile_fit.hpp"

namespace toyfarm::toys {

/// The kind of a cell that is not to be halved.
[[nodiscard]] CellKind kind_of(CellVerdict verdict);

/// Appends a piece, flat or exact, to the cells.
void add_piece(QuantileCells& cells, QuantilePiece const& piece, CellKind kind);

/// Whether some cells of a channel of one observable have nodes.
[[nodiscard]] bool has_nodes_in(ChannelTables const& tables);

/// What turns deviates into events of a cell.
[[nodiscard]] kernels::Polynomial quantile(QuantileCells const& cells, std::size_t cell);

struct MixtureCells {
  QuantileCells cells;
  double
      integral;  ///< of the mixture over the window: its weight, where its densities are normalised
};

/// Cuts the window into cells in which the inverse c.d.f. of the mixture is a polynomial: the
/// density of the events then differs from the mixture by less than 10^-9 of it, save in cells that
/// hold less than 10^-13 of the events, and by what the rounding of x does. The cells' events are
/// scaled to the weight of the mixture. Throws RuntimeFailure for a mixture that is not smooth
/// between its break points, not finite, or zero.
/// Cells are put to `judge`, if there is one, with numbers of events before that scaling and
/// channel 0.
[[nodiscard]] MixtureCells build_quantile_cells(Mixture& mixture,
                                                spec::Interval const& window,
                                                CellJudge const& judge = {});

}  // namespace toyfarm::toys
