#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace toyfarm::cells {

/// Borders of first cells over [lower, upper]: the ends, every break point inside, and the guide
/// points, of which at most `max_guides` are kept (nearest neighbours merged); cells wider than a
/// `min_cells`-th of the range are cut evenly. Rising, without duplicates; points outside or not
/// finite are ignored.
struct BorderRequest {
  double lower;
  double upper;
  std::span<double const> breaks;
  std::span<double const> guides;
  std::size_t min_cells = 8;
  std::size_t max_guides = 128;
};
[[nodiscard]] std::vector<double> first_borders(BorderRequest const& request);

/// Visits [lower, upper] and, where visit(lower, upper, last) returns false, its halves instead,
/// from left to right. `last` is true at max_depth or where no number lies between the borders any
/// more; the answer is then not heeded.
template <class Visit>
void bisect(double lower, double upper, int max_depth, Visit&& visit) {
  double const middle = lower + 0.5 * (upper - lower);
  bool const last = max_depth <= 0 || !(lower < middle && middle < upper);
  if (visit(lower, upper, last) || last) {
    return;
  }
  bisect(lower, middle, max_depth - 1, visit);
  bisect(middle, upper, max_depth - 1, visit);
}

}  // namespace toyfarm::cells
