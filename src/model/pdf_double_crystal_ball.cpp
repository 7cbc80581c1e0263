#include "model/crystal_ball.hpp"

namespace toyfarm::model {
namespace {

DensityPtr make_double_crystal_ball(PdfSource const& source) {
  return make_crystal_ball_density(source, Tails::both);
}

}  // namespace

PdfType double_crystal_ball_pdf() {
  return {.name = "double_crystal_ball",
          .make = make_double_crystal_ball,
          .params = {mu_rule,
                     sigma_rule,
                     {"alpha_l", Domain::all_positive},
                     {"n_l", Domain::all_above_one},
                     {"alpha_r", Domain::all_positive},
                     {"n_r", Domain::all_above_one}}};
}

}  // namespace toyfarm::model
