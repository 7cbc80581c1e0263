#include "study/excess.hpp"

#include <algorithm>
#include <cmath>

namespace toyfarm::study {
Excess judge_excess(double place, double width, double score, double information, double lost) {
  if (!(score > 0)) {
    return {place, width, 0, 0, 0};
  }
  double const kept = std::max(information - lost, least_kept * information);
  double const s = score / kept;
  double const b = 1 / kept;
  return {place, width, s, b, 2 * ((s + b) * std::log1p(s / b) - s)};
}

std::vector<Excess> highest(std::vector<Excess> found, std::size_t most) {
  std::stable_sort(
      found.begin(), found.end(), [](auto const& a, auto const& b) { return a.q > b.q; });
  std::vector<Excess> out;
  for (auto const& excess : found) {
    bool const known = std::any_of(out.begin(), out.end(), [&](Excess const& other) {
      double const ratio = excess.width / other.width;
      return std::abs(excess.place - other.place) < std::max(excess.width, other.width) &&
             ratio > 0.4 && ratio < 2.5;
    });
    if (!known) {
      out.push_back(excess);
      if (out.size() == most) {
        break;
      }
    }
  }
  return out;
}

}  // namespace toyfarm::study
