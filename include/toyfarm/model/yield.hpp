#pragma once
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "toyfarm/model/density.hpp"

namespace toyfarm::model {

/// Which one-sided derivative to take of a modifier exactly at one of its kinks.
enum class KinkSide : signed char { below = -1, above = +1 };

enum class FactorKind { constant, parameter, normsys, code0, code4p };

/// One factor of a yield, a function of at most one parameter.
struct YieldFactor {
  FactorKind kind = FactorKind::constant;
  std::size_t parameter = 0;  ///< unused for a constant
  double value = 1;           ///< of a constant
  double lo = 1;
  double hi = 1;
  /// Where an additive modifier reaches 0; it is 0 from there on. Set by Yield.
  double zero_below = -std::numeric_limits<double>::infinity();
  double zero_above = std::numeric_limits<double>::infinity();
};

/// Value and first two derivatives of one factor.
struct FactorValue {
  double f;
  double d;
  double dd;
};
[[nodiscard]] FactorValue evaluate(YieldFactor const& factor, double alpha, KinkSide side);

/// Expected events of a process: a product of factors.
class Yield {
 public:
  Yield() = default;
  explicit Yield(std::vector<YieldFactor> factors);

  /// Model parameter of each non-constant factor, in factor order; one parameter may occur twice.
  [[nodiscard]] std::vector<std::size_t> const& params() const noexcept { return params_; }
  [[nodiscard]] std::vector<YieldFactor> const& factors() const noexcept { return factors_; }

  /// Expected events at theta (all model parameters).
  [[nodiscard]] double value(std::span<double const> theta) const;

  /// The same with derivatives by the entries of params(): first[k], second[packed(k, l)], as
  /// `order` asks. `sides` has one entry per model parameter. Allocates nothing for up to 16
  /// parameters.
  double value(std::span<double const> theta,
               std::span<KinkSide const> sides,
               Derivatives order,
               std::span<double> first,
               std::span<double> second) const;

  /// Values of model parameter `parameter` at which this yield has a kink: alpha = 0 where both
  /// sides go on differently, and where a modifier reaches 0. Rising.
  [[nodiscard]] std::vector<double> kinks(std::size_t parameter) const;

  /// How far the modifiers of model parameter `parameter` raise the yield from 0 to 1, and from -1
  /// to 0, the other factors being what they are at theta.
  struct Rise {
    double above = 0;
    double below = 0;
  };
  [[nodiscard]] Rise rise(std::size_t parameter, std::span<double const> theta) const;

 private:
  std::vector<YieldFactor> factors_;
  std::vector<std::size_t> params_;
};

}  // namespace toyfarm::model
