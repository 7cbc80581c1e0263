#include "model/jet_density.hpp"
#include "model/two_sided.hpp"

namespace toyfarm::model {
namespace {

// One sigma left of mu and another right of it.
struct BifurcatedGaussian {
  static constexpr std::size_t n_params = 3;
  using Pieces = std::tuple<Piece<GaussianLog, 0, 1>, Piece<GaussianLog, 0, 2>>;

  static bool is_inside(std::span<double const> t, spec::Interval const&) {
    return t[1] > 0 && t[2] > 0;
  }
  static Places marks(std::span<double const> t) {
    Places places;
    for (double const k : {1.0, 3.0, 8.0}) {
      places.add(t[0] - k * t[1]);
      places.add(t[0] + k * t[2]);
    }
    return places;
  }
  static double scale(std::span<double const> t,
                      spec::Interval const& window,
                      double lower,
                      double upper) {
    return std::min(
        lower < t[0] ? gaussian_scale(t[0], t[1], window, lower, std::min(upper, t[0])) : HUGE_VAL,
        upper > t[0] ? gaussian_scale(t[0], t[2], window, std::max(lower, t[0]), upper) : HUGE_VAL);
  }
  static std::array<double, 1> joints(std::span<double const> t) { return {t[0]}; }
};

}  // namespace

PdfType bifurcated_gaussian_pdf() {
  return {.name = "bifurcated_gaussian",
          .make = make_density<JetDensity<BifurcatedGaussian>>,
          .params = {mu_rule,
                     {"sigma_l", Domain::some_positive, ParamRole::width},
                     {"sigma_r", Domain::some_positive, ParamRole::width}}};
}

}  // namespace toyfarm::model
