#include "model/crystal_ball.hpp"

namespace toyfarm::model {

DensityPtr make_crystal_ball(PdfSource const& source) {
  return make_crystal_ball_density(source, Tails::left);
}

}  // namespace toyfarm::model
