#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "toyfarm/inference/limit.hpp"

#include "inference/crossing.hpp"

namespace toyfarm::inference {

/// Whose limit: of the data, or of which background-only toys.
struct LimitOf {
  enum class Kind { observed, expected_a, expected_b } kind = Kind::observed;
  double share = 0;  ///< of background-only toys whose limits are lower
};

/// What failed toys are taken for.
enum class FailedToys { left_out, make_cls_low, make_cls_high };

/// Toys of a point in order of their statistics.
struct SortedToys {
  double poi = 0;
  std::optional<double> observed_from;  ///< toys from this key on reach the observed value
  std::vector<double> signal;           ///< keys: statistic + tolerance, increasing
  double n_failed_signal = 0;
  std::vector<double> background;         ///< keys, decreasing
  std::vector<double> background_from;    ///< [place] keys from here on reach this toy's statistic
  std::vector<std::uint32_t> toy;         ///< [place]
  std::vector<std::uint32_t> toy_by_cls;  ///< in order of CLs
  std::vector<std::uint32_t> place_by_cls;
  double n_failed_background = 0;
};

[[nodiscard]] SortedToys sort_toys(LimitPoint const& point);

/// How often each background-only toy counts, added up in both orders of a point.
struct SummedWeights {
  std::vector<double> by_statistic;
  std::vector<double> by_cls;
};

/// `weights` [toy].
[[nodiscard]] SummedWeights add_up(SortedToys const& toys,
                                   std::vector<std::uint32_t> const& weights);

/// Counts against the statistic of `whose` at this point; nothing where no background-only toy
/// reaches it, or where there are no toys.
[[nodiscard]] std::optional<RatioPoint> count(SortedToys const& toys,
                                              SummedWeights const& sums,
                                              LimitOf const& whose,
                                              FailedToys failed);

}  // namespace toyfarm::inference
