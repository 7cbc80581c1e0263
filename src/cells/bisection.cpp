#include "toyfarm/cells/bisection.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::cells {
namespace {

std::vector<double> inside(std::span<double const> points, double lower, double upper) {
  std::vector<double> kept;
  std::copy_if(points.begin(), points.end(), std::back_inserter(kept), [&](double x) {
    return lower < x && x < upper;
  });
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  return kept;
}

// Drops points that are nearer to the last one kept than a distance, doubled until few enough
// remain.
std::vector<double> thinned(std::vector<double> points, double range, std::size_t most) {
  for (double distance = 1e-9 * range; points.size() > most; distance *= 2) {
    std::vector<double> kept;
    for (double const x : points) {
      if (kept.empty() || x - kept.back() >= distance) {
        kept.push_back(x);
      }
    }
    points = std::move(kept);
  }
  return points;
}

}  // namespace

std::vector<double> first_borders(BorderRequest const& request) {
  TOYFARM_EXPECTS(std::isfinite(request.lower) && std::isfinite(request.upper) &&
                  request.lower < request.upper && request.min_cells > 0 && request.max_guides > 0);
  double const range = request.upper - request.lower;
  auto borders = inside(request.breaks, request.lower, request.upper);
  for (double const x :
       thinned(inside(request.guides, request.lower, request.upper), range, request.max_guides)) {
    borders.push_back(x);
  }
  borders.push_back(request.lower);
  borders.push_back(request.upper);
  std::sort(borders.begin(), borders.end());
  borders.erase(std::unique(borders.begin(), borders.end()), borders.end());
  std::vector<double> out;
  for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
    double const width = borders[i + 1] - borders[i];
    auto const pieces = static_cast<std::size_t>(
        std::max(1.0, std::ceil(width / range * static_cast<double>(request.min_cells) - 1e-9)));
    for (std::size_t piece = 0; piece < pieces; ++piece) {
      out.push_back(borders[i] + width * static_cast<double>(piece) / static_cast<double>(pieces));
    }
  }
  out.push_back(request.upper);
  return out;
}

}  // namespace toyfarm::cells
