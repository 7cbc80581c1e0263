#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "toyfarm/inference/p_value.hpp"
#include "toyfarm/inference/statistic.hpp"

// Upper limits by CLs: Read, J. Phys. G 28 (2002) 2693, doi:10.1088/0954-3899/28/10/313;
// ATL-PHYS-PUB-2011-11. CLs = P(q >= observed | mu) / P(q >= observed | background only).
namespace toyfarm::inference {

/// CLs of one value of the POI; nothing where no background-only toy reaches the observed value.
struct Cls {
  Counts signal;      ///< toys of the POI's value
  Counts background;  ///< toys without signal
  std::optional<Probability> p_sb;
  std::optional<Probability> one_minus_pb;
  std::optional<Probability> cls;  ///< errors of both in quadrature; failed toys at their worst
};

[[nodiscard]] Cls cls(Counts const& signal, Counts const& background);

/// Toys of one value of the POI, tested against this value.
struct LimitPoint {
  double poi = 0;
  std::optional<Statistic> observed;      ///< nothing for a blind analysis
  std::span<Statistic const> signal;      ///< of toys of this value; missing ones as failed
  std::span<Statistic const> background;  ///< of background-only toys, [toy] the same at each point
};

struct LimitOptions {
  double cl = 0.95;
  unsigned n_bootstrap = 100;
  std::uint64_t seed = 0;  ///< of the bootstrap's random stream
};

enum class LimitState {
  found,
  above_grid,  ///< CLs at the largest value is not below 1 - cl
  below_grid,  ///< CLs is below it everywhere
  undefined    ///< fewer than two points have CLs
};

/// An upper limit: the largest value at which CLs falls through 1 - cl.
struct Limit {
  LimitState state = LimitState::undefined;
  double value = 0;               ///< where found
  double error = 0;               ///< half the central 68 % of bootstrap samples of the toys
  Range with_failed;              ///< limits with failed toys at their worst
  std::vector<double> crossings;  ///< all values at which CLs passes 1 - cl
  Range decided;  ///< nearest grid values that are surely, or by being the last, on either side
};

/// Bands in the order -2, -1, 0, +1, +2: +2 is the weakest limit.
using Bands = std::array<Limit, 5>;

struct Limits {
  std::vector<double> poi;  ///< in increasing order
  std::vector<Cls> cls;     ///< [poi], empty if blind
  std::optional<Limit> observed;
  Bands expected_a;  ///< crossings of the CLs of quantiles of the background-only toys' statistics
  Bands expected_b;  ///< crossings of quantiles of the background-only toys' CLs: quantiles of
                     ///< their limits
};

/// Observed and expected limits. Points in any order, each value once. Between grid points the
/// counts are described by smooth curves (see crossing.hpp); the bootstrap draws background-only
/// toys anew for all points at once, since these share them.
[[nodiscard]] Limits limits(std::span<LimitPoint const> points, LimitOptions const& options);

}  // namespace toyfarm::inference
