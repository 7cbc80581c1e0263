#pragma once
#include <span>
#include <vector>

#include "toyfarm/formula/graph.hpp"

namespace toyfarm::formula {

struct Interval {
  double lower, upper;
};

/// Bounds of a function of x on an interval, and of its first two derivatives by x.
struct Enclosed {
  Interval value, first, second;
};

/// What is known of ln f on an interval of x, for sure up to rounding.
struct Known {
  double upper;  ///< ln f is nowhere above
  double scale;  ///< f changes its form over no shorter length; 0 where nothing is known
};

/// Where a function of x and parameters may have a joint: where these two are equal.
struct Switch {
  NodeId left, right;  ///< the latter 0 for its own: the first is compared with zero
  bool with_zero;
  bool moves;      ///< with parameters
  bool is_linear;  ///< in x: there is one zero
};

/// What is zero there, as a function of its own. `graph`: that of the switch.
[[nodiscard]] Graph difference_of(Graph const& graph, Switch const& at);

/// Bounds of a function whose variables are within `variables`.
[[nodiscard]] Interval range_of(Graph const& graph, std::span<Interval const> variables);

/// Interval arithmetic (Moore 1966) on ln f as a function of x, the first variable, with given
/// parameters: what bounds do not show is not there, however narrow it would be.
class Enclosure {
 public:
  /// Sums of logarithms (see logarithm_of) are looked into.
  explicit Enclosure(Graph log_f);

  [[nodiscard]] Known on(Interval x, std::span<double const> params) const;

  [[nodiscard]] std::vector<Switch> const& switches() const noexcept { return switches_; }
  /// Zeros within `x` of a switch that does not move. False where there seem to be more than
  /// `most`.
  [[nodiscard]] bool find_zeros(Switch const& at,
                                Interval x,
                                std::size_t most,
                                std::vector<double>& out) const;

 private:
  class Sum;
  void enclose(Interval x, std::span<double const> params, std::span<Enclosed> out) const;
  [[nodiscard]] Enclosed difference(Switch const& at, std::span<Enclosed const> nodes) const;

  Graph graph_;
  std::vector<bool> varies_;  ///< with x
  std::vector<Switch> switches_;
};

}  // namespace toyfarm::formula
