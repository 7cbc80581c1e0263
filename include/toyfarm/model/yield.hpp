#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "toyfarm/model/density.hpp"

namespace toyfarm::model {

/// Which one-sided derivative to take of a modifier exactly at its kink, alpha = 0.
enum class KinkSide : signed char { below = -1, above = +1 };

enum class FactorKind { constant, parameter, normsys, code0, code4p };

/// One factor of a yield, a function of at most one parameter.
struct YieldFactor {
  FactorKind kind = FactorKind::constant;
  std::size_t parameter = 0;  ///< unused for a constant
  double value = 1;           ///< of a constant
  double lo = 1;
  double hi = 1;
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

  /// True if alpha = 0 of model parameter `parameter` is a kink of this yield.
  [[nodiscard]] bool has_kink(std::size_t parameter) const noexcept;

 private:
  std::vector<YieldFactor> factors_;
  std::vector<std::size_t> params_;
};

}  // namespace toyfarm::model
