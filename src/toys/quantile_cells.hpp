#pragma once
#include "toyfarm/model/model.hpp"
#include "toyfarm/toys/tables.hpp"

#include "toys/mixture.hpp"

namespace toyfarm::toys {

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
/// Cells are put to `judge`, if there is one, with numbers of events before that scaling and channel 0.
[[nodiscard]] MixtureCells build_quantile_cells(Mixture& mixture,
                                                spec::Interval const& window,
                                                CellJudge const& judge = {});

}  // namespace toyfarm::toys
