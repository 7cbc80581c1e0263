#pragma once
#include <optional>
#include <span>
#include <vector>

#include "toyfarm/inference/p_value.hpp"
#include "toyfarm/inference/statistic.hpp"

// Confidence intervals and belts from toys at true values, ordered by the likelihood ratio:
// Feldman, Cousins, Phys. Rev. D 57 (1998) 3873, arXiv:physics/9711021. A true value is accepted
// where P(t >= t observed | value) > 1 - cl, which is t observed <= the quantile of t.
namespace toyfarm::inference {

/// Toys at one true value against the data there; exact probabilities are large counts that need
/// not be whole.
struct BeltPoint {
  double truth = 0;
  double k = 0;  ///< toys whose statistic is not below the data's
  double n = 0;  ///< toys that have one
  double n_failed = 0;
  /// Largest share of toys with one value of the statistic, not 0: where such an atom passes the
  /// data's value, the p-value jumps.
  double atom = 0;
};

[[nodiscard]] BeltPoint belt_point(double truth, Counts const& counts, double atom = 0);
/// The largest share of toys whose statistics are one value above 0 within their tolerances.
[[nodiscard]] double largest_atom(std::span<Statistic const> toys);

enum class EndState {
  crossing,
  at_bound,  ///< accepted up to the physical bound
  open       ///< accepted up to the last value looked at
};

struct IntervalEnd {
  double value = 0;
  double error = 0;  ///< statistical, and of a jump anywhere between two points; 0: no crossing
  EndState state = EndState::crossing;
};

struct Piece {
  IntervalEnd low;
  IntervalEnd high;
};

/// The accepted values. Runs of points within two deviations of 1 - cl that disagree with their
/// surroundings are noise, which more toys would settle.
struct Interval {
  double cl = 0;
  std::vector<Piece> pieces;       ///< in order, none where no value is accepted
  std::vector<Range> gaps;         ///< rejected by noise within a piece: merged
  std::vector<Range> islands;      ///< accepted by noise between pieces: left out
  std::optional<Range> outer;      ///< least and largest accepted value
  std::optional<Range> narrowest;  ///< outer ends if every failed toy were below the data
  std::optional<Range> widest;     ///< outer ends if none were
};

/// Points in any order, each value once; `physical` are the bounds of the true value.
[[nodiscard]] Interval interval(std::span<BeltPoint const> points, double cl, Range physical);

/// The quantile of a statistic: toys up to it are the share `cl`.
struct Critical {
  double value = 0;
  Range statistical;  ///< order statistics one standard deviation of the count away
  Range with_failed;  ///< if failed toys were below all others, or above them
};

/// Nothing without toys that have a value.
[[nodiscard]] std::optional<Critical> critical_value(std::span<Statistic const> toys, double cl);

/// Least and largest estimate among toys within the critical value: a row of a belt that is drawn
/// without data. Nothing if there are none.
[[nodiscard]] std::optional<Range> accepted_estimates(std::span<Statistic const> toys,
                                                      std::span<double const> estimates,
                                                      Critical const& critical);

}  // namespace toyfarm::inference
