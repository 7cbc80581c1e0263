#include <algorithm>
#include <cmath>

#include "toyfarm/inference/limit.hpp"

namespace toyfarm::inference {

Cls cls(Counts const& signal, Counts const& background) {
  Cls result{signal, background, probability(signal), probability(background), std::nullopt};
  if (!result.p_sb || !result.one_minus_pb || background.k == 0) {
    return result;
  }
  Probability const& a = *result.p_sb;
  Probability const& b = *result.one_minus_pb;
  double const value = a.value / b.value;
  auto const away = [&](double a_end, double b_end) {
    return std::hypot((a_end - a.value) / b.value, value * (b_end - b.value) / b.value);
  };
  result.cls = Probability{value,
                           std::max(value - away(a.low, b.high), 0.),
                           value + away(a.high, b.low),
                           a.low_failed / b.high_failed,
                           a.high_failed / b.low_failed};
  return result;
}

}  // namespace toyfarm::inference
