#include "toyfarm/model/yield.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace toyfarm::model {
namespace {

constexpr double tiny = std::numeric_limits<double>::min();

/// A factor that depends on a parameter, and the product of those after it.
struct Link {
  FactorValue value;
  double after;
};

/// Room for n links: of its own for as many as a yield usually has, none of it cleared.
class Links {
 public:
  explicit Links(std::size_t n) {
    if (n > few_.size()) {
      many_.resize(n);
    }
  }
  [[nodiscard]] Link* data() noexcept { return many_.empty() ? few_.data() : many_.data(); }

 private:
  std::array<Link, 16> few_;  // uninitialised
  std::vector<Link> many_;
};

// Derivatives of constant * product of links by what each depends on. Products that leave factors
// out, rather than divisions: a factor may be 0.
void derive(double constant,
            std::span<Link const> links,
            Derivatives order,
            std::span<double> first,
            std::span<double> second) {
  double before = constant;
  for (std::size_t l = 0; l < links.size(); ++l) {
    auto const& [value, after] = links[l];
    first[l] = before * after * value.d;
    if (order == Derivatives::second) {
      second[packed(l, l)] = before * after * value.dd;
      double without = before * value.d;  // all before k but l, whose derivative stands for it
      for (std::size_t k = l + 1; k < links.size(); ++k) {
        second[packed(k, l)] = without * links[k].after * links[k].value.d;
        without *= links[k].value.f;
      }
    }
    before *= value.f;
  }
}

/// factor^alpha with its derivatives; `log_factor` may be negative.
FactorValue power(double log_factor, double alpha) {
  double const f = std::exp(alpha * log_factor);
  return {f, log_factor * f, log_factor * log_factor * f};
}

// Additive interpolation through lo, 1, hi at alpha = -1, 0, +1.
FactorValue code0(double lo, double hi, double alpha, bool above) {
  double const slope = above ? hi - 1 : 1 - lo;
  return {1 + alpha * slope, slope, 0};
}

// Polynomial of order six inside |alpha| <= 1 whose value, slope and curvature meet the straight
// lines outside.
FactorValue code4p(double lo, double hi, double alpha) {
  if (std::abs(alpha) > 1) {
    return code0(lo, hi, alpha, alpha > 0);
  }
  double const up = hi - 1;
  double const down = 1 - lo;
  double const a2 = alpha * alpha;
  double const odd = 0.5 * (up + down);
  double const even = (up - down) / 16;
  return {1 + alpha * odd + even * a2 * (15 + a2 * (-10 + 3 * a2)),
          odd + even * alpha * (30 + a2 * (-40 + 18 * a2)),
          even * (30 + a2 * (-120 + 90 * a2))};
}

FactorValue additive(YieldFactor const& factor, double alpha, bool above) {
  return factor.kind == FactorKind::code0 ? code0(factor.lo, factor.hi, alpha, above)
                                          : code4p(factor.lo, factor.hi, alpha);
}

// The place nearest to alpha = 0 on one side (direction -1 or 1) where an additive modifier is 0.
double first_zero(YieldFactor const& factor, double direction) {
  double const far = direction > 0 ? factor.hi : factor.lo;  // at alpha = direction
  if (far >= 1) {
    return direction * std::numeric_limits<double>::infinity();
  }
  if (factor.kind == FactorKind::code0 || far >= 0) {
    return direction / (1 - far);
  }
  double low = 0;
  double high = 1;
  for (int i = 0; i < 100 && low < high; ++i) {
    double const middle = 0.5 * (low + high);
    (code4p(factor.lo, factor.hi, direction * middle).f > 0 ? low : high) = middle;
  }
  return direction * high;
}

// By more than rounding, as of lo = 1 / hi.
bool differ(double a, double b) {
  constexpr double rounding = 1e-14;
  return std::abs(a - b) > rounding * (1 + std::abs(a) + std::abs(b));
}

bool is_kinked(YieldFactor const& factor) {
  switch (factor.kind) {
    case FactorKind::normsys:
      return differ(std::log(factor.hi), -std::log(factor.lo));
    case FactorKind::code0:
      return differ(factor.hi - 1, 1 - factor.lo);
    default:
      return false;
  }
}

}  // namespace

FactorValue evaluate(YieldFactor const& factor, double alpha, KinkSide side) {
  bool const up = side == KinkSide::above;
  bool const above = alpha > 0 || (alpha == 0 && up);
  switch (factor.kind) {
    case FactorKind::constant:
      return {factor.value, 0, 0};
    case FactorKind::parameter:
      return {alpha, 1, 0};
    case FactorKind::normsys:
      return above ? power(std::log(factor.hi), alpha) : power(-std::log(factor.lo), alpha);
    case FactorKind::code0:
    case FactorKind::code4p:
      break;
  }
  if (alpha < factor.zero_below || alpha > factor.zero_above ||
      (alpha == factor.zero_below && !up) || (alpha == factor.zero_above && up)) {
    return {tiny, 0, 0};
  }
  auto value = additive(factor, alpha, above);
  value.f = std::max(value.f, tiny);
  return value;
}

Yield::Yield(std::vector<YieldFactor> factors) : factors_(std::move(factors)) {
  for (auto& factor : factors_) {
    if (factor.kind != FactorKind::constant) {
      params_.push_back(factor.parameter);
    }
    if (factor.kind == FactorKind::code0 || factor.kind == FactorKind::code4p) {
      factor.zero_below = first_zero(factor, -1);
      factor.zero_above = first_zero(factor, 1);
    }
  }
}

double Yield::value(std::span<double const> theta) const {
  double product = 1;
  for (auto const& factor : factors_) {
    product *= factor.kind == FactorKind::constant
                   ? factor.value
                   : evaluate(factor, theta[factor.parameter], KinkSide::above).f;
  }
  return product;
}

double Yield::value(std::span<double const> theta,
                    std::span<KinkSide const> sides,
                    Derivatives order,
                    std::span<double> first,
                    std::span<double> second) const {
  Links links(params_.size());
  auto* const link = links.data();
  std::size_t n = 0;
  double constant = 1;
  for (auto const& factor : factors_) {
    if (factor.kind == FactorKind::constant) {
      constant *= factor.value;
    } else {
      link[n++].value = evaluate(factor, theta[factor.parameter], sides[factor.parameter]);
    }
  }
  double product = constant;
  for (std::size_t i = 0; i < n; ++i) {
    product *= link[i].value.f;
  }
  if (order != Derivatives::none) {
    double after = 1;
    for (std::size_t i = n; i-- > 0;) {
      link[i].after = after;
      after *= link[i].value.f;
    }
    derive(constant, {link, n}, order, first, second);
  }
  return product;
}

std::vector<double> Yield::kinks(std::size_t parameter) const {
  std::vector<double> places;
  for (auto const& factor : factors_) {
    if (factor.kind == FactorKind::constant || factor.parameter != parameter) {
      continue;
    }
    if (is_kinked(factor)) {
      places.push_back(0);
    }
    for (double const zero : {factor.zero_below, factor.zero_above}) {
      if (std::isfinite(zero)) {
        places.push_back(zero);
      }
    }
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

Yield::Rise Yield::rise(std::size_t parameter, std::span<double const> theta) const {
  double above = 1;
  double below = 1;
  double others = 1;
  for (auto const& factor : factors_) {
    bool const modifies =
        factor.kind != FactorKind::constant && factor.kind != FactorKind::parameter;
    if (modifies && factor.parameter == parameter) {
      above *= evaluate(factor, 1, KinkSide::above).f;
      below *= evaluate(factor, -1, KinkSide::below).f;
    } else {
      others *= factor.kind == FactorKind::constant
                    ? factor.value
                    : evaluate(factor, theta[factor.parameter], KinkSide::above).f;
    }
  }
  return {(above - 1) * others, (1 - below) * others};
}

}  // namespace toyfarm::model
