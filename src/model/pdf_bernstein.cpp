#include <algorithm>
#include <cmath>

#include "model/bernstein.hpp"

namespace toyfarm::model {
namespace {

/// Raising any coefficient raises P, so that where P may be positive it is with all of them large
/// and of one size.
BernsteinRoom room_of(PdfSource const& source) {
  BernsteinRoom room;
  double largest = 0;
  for (auto const& name : source.pdf.params) {
    auto const p = std::ranges::find(*source.context.parameters, name, &spec::Parameter::name);
    room.unit = std::max(room.unit, std::abs(p->init));
    room.has_edge = room.has_edge || (p->fixed ? p->init : p->bounds.lower) < 0;
    for (double const bound : {p->bounds.lower, p->bounds.upper}) {
      largest = std::isfinite(bound) ? std::max(largest, std::abs(bound)) : largest;
    }
  }
  room.unit = room.unit > 0 ? room.unit : 1;
  room.reach = std::ldexp(std::max(largest, room.unit), static_cast<int>(source.pdf.params.size()));
  return room;
}

DensityPtr make_bernstein(PdfSource const& source) {
  return make_bernstein_density(
      source.observable, source.window, source.pdf.params.size(), room_of(source));
}

}  // namespace

PdfType bernstein_pdf() {
  return {.name = "bernstein", .make = make_bernstein, .least_params = 2};
}

}  // namespace toyfarm::model
