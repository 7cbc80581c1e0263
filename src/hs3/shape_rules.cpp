#include "hs3/shape_rules.hpp"

namespace toyfarm::hs3 {

// Both the standard's names and ROOT's, which differ by spelling alone unless `make` says more.
std::span<ShapeRule const> shape_rules() {
  static std::vector<ShapeRule> const rules = {
      {.type = "ARGUS_dist", .make = argus_shape},
      {.type = "argus_dist", .make = argus_shape},
      {.type = "bernstein_poly_dist", .make = bernstein_shape},
      {.type = "bifurkated_gaussian_dist",
       .pdf = "bifurcated_gaussian",
       .observable = "x",
       .params = {"mean", "sigmaL", "sigmaR"}},
      {.type = "chebychev_dist", .make = chebychev_shape},
      {.type = "crystalball_dist", .make = crystal_ball_shape},
      {.type = "crystalball_doublesided_dist", .make = crystal_ball_shape},
      {.type = "decay_dist", .make = decay_shape},
      {.type = "exponential_dist", .make = exponential_shape},
      {.type = "gamma_dist", .pdf = "gamma", .observable = "x", .params = {"gamma", "beta", "mu"}},
      {.type = "gaussian_dist", .pdf = "gaussian", .observable = "x", .params = {"mean", "sigma"}},
      {.type = "generic_dist", .make = generic_shape},
      {.type = "histogram_dist", .make = histogram_shape},
      {.type = "legacy_exp_poly_dist", .make = exp_polynomial_shape},
      {.type = "lognormal_dist", .pdf = "lognormal", .observable = "x", .params = {"mu", "sigma"}},
      {.type = "normal_dist", .pdf = "gaussian", .observable = "x", .params = {"mean", "sigma"}},
      {.type = "polynomial_dist", .make = polynomial_shape},
      {.type = "power_sum_dist", .make = power_sum_shape},
      {.type = "uniform_dist", .make = uniform_shape}};
  return rules;
}

}  // namespace toyfarm::hs3
