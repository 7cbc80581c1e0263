#pragma once
#include "model/pdf.hpp"

namespace toyfarm::model {

/// Where coefficients of a Bernstein density may be: whether bounds let it be negative, the size of
/// coefficients that makes its minima about 1, and how far they may be from there.
struct BernsteinRoom {
  bool has_edge = false;
  double unit = 0;
  double reach = 0;
};

/// A Bernstein density of n coefficients on an observable, given by its index and window.
[[nodiscard]] DensityPtr make_bernstein_density(std::size_t observable,
                                                spec::Interval const& window,
                                                std::size_t n,
                                                BernsteinRoom const& room);

}  // namespace toyfarm::model
