#include "model/crystal_ball.hpp"

namespace toyfarm::model {

DensityPtr make_double_crystal_ball(PdfSource const& source) {
  return make_crystal_ball_density(source, Tails::both);
}

}  // namespace toyfarm::model
