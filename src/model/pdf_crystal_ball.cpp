#include "model/crystal_ball.hpp"

namespace toyfarm::model {
namespace {

DensityPtr make_crystal_ball(PdfSource const& source) {
  return make_crystal_ball_density(source, Tails::left);
}

}  // namespace

PdfType crystal_ball_pdf() {
  return {.name = "crystal_ball",
          .make = make_crystal_ball,
          .params = {
              mu_rule, sigma_rule, {"alpha", Domain::all_positive}, {"n", Domain::all_above_one}}};
}

}  // namespace toyfarm::model
