#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "toyfarm/study/toy_runner.hpp"

namespace toyfarm::study {

/// Toys at some generation points, numbered one point after the other. A toy is a function of its
/// point and its number there, whatever other points there are.
struct Ensemble {
  struct Point {
    StudySetup setup;
    std::uint64_t first = 0;  ///< number of its first toy, among those of the point
    std::uint64_t n_toys = 0;
  };
  std::vector<Point> points;  ///< at least one; toys beyond the last are the last one's

  struct Place {
    std::size_t point = 0;
    core::ToyId toy;  ///< among those of the point
  };
  [[nodiscard]] Place place_of(core::ToyId toy) const noexcept;
  /// Fits of each toy.
  [[nodiscard]] std::size_t n_fits() const noexcept {
    return points.front().setup.hypotheses.size();
  }
};

}  // namespace toyfarm::study
