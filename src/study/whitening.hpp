#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/fit/minimise.hpp"

namespace toyfarm::study {

/// What makes a channel's scores, at a fit, independent and of unit variance: the information of an
/// excess that is lost to the channel's parameters is then the sum of the squares of what it pulls
/// at them.
struct Whitening {
  std::size_t n = 0;         ///< of whitened scores; 0: not known
  std::vector<double> rows;  ///< [whitened score][parameter of the channel]
};

/// From a fit that converged; n = 0 of others.
[[nodiscard]] Whitening whitening(fit::ExtendedNll const& nll,
                                  std::size_t channel,
                                  fit::FitResult const& fit);

/// Moves a channel's parameters by how they answer an excess of so many events whose mean whitened
/// scores are `pulls`; they stay within their bounds.
void give_way(model::Model const& model,
              std::vector<std::size_t> const& channel_params,
              Whitening const& whitening,
              std::span<double const> pulls,
              double events,
              std::vector<double>& theta);

}  // namespace toyfarm::study
