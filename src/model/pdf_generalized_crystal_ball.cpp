#include "model/jet_density.hpp"
#include "model/two_sided.hpp"

namespace toyfarm::model {
namespace {

// -alpha^2 / 2 - n ln(1 + alpha (r - alpha) / n), r = |x - mu| / sigma.
template <class T>
struct PowerTailLog {
  T mu, slope, offset, n, top;
  explicit PowerTailLog(std::array<T, 4> const& t)
      : mu(t[0]),
        slope(t[2] / (t[1] * t[3])),
        offset(t[2] * t[2] / t[3]),
        n(t[3]),
        top(-0.5 * t[2] * t[2]) {}

  [[nodiscard]] T log_f(double x) const {
    using std::abs;
    using std::log1p;
    return top - n * log1p(slope * abs(x - mu) - offset);
  }
};

// A Gaussian of two widths with a power tail on each side, alpha sigma from mu.
struct GeneralizedCrystalBall {
  static constexpr std::size_t n_params = 7;
  using Pieces = std::tuple<Piece<PowerTailLog, 0, 1, 2, 3>,
                            Piece<GaussianLog, 0, 1>,
                            Piece<GaussianLog, 0, 4>,
                            Piece<PowerTailLog, 0, 4, 5, 6>>;

  static bool is_inside(std::span<double const> t, spec::Interval const&) {
    return t[1] > 0 && t[2] > 0 && t[3] > 1 && t[4] > 0 && t[5] > 0 && t[6] > 1;
  }
  static Places marks(std::span<double const> t) {
    Places places;
    for (double const k : {1.0, 3.0, 8.0, 24.0}) {
      places.add(t[0] - k * t[1]);
      places.add(t[0] + k * t[4]);
    }
    return places;
  }
  // A core is a Gaussian's; a tail (B + r)^-n is singular at r = -B = alpha - n / alpha.
  static double scale(std::span<double const> t,
                      spec::Interval const&,
                      double lower,
                      double upper) {
    return two_sided_scale(t[0], lower, upper, [&](int i, double nearest, double furthest) {
      auto const side = t.subspan(i == 0 ? 1 : 4, 3);
      double const sigma = side[0];
      double const alpha = side[1];
      double const n = side[2];
      double const joint = alpha * sigma;
      double const of_core =
          nearest < joint ? sigma * std::min(1.0, 8 * sigma / std::min(furthest, joint)) : HUGE_VAL;
      double const singular = std::max(nearest, joint) + (n / alpha - alpha) * sigma;
      double const of_tail = furthest > joint
                                 ? std::min(pole_scale(singular) / std::sqrt(n), 8 * singular / n)
                                 : HUGE_VAL;
      return std::min(of_core, of_tail);
    });
  }
  static double mode(std::span<double const> t) { return t[0]; }
  static std::array<double, 3> joints(std::span<double const> t) {
    return {t[0] - t[2] * t[1], t[0], t[0] + t[5] * t[4]};
  }
};

}  // namespace

PdfType generalized_crystal_ball_pdf() {
  return {.name = "generalized_crystal_ball",
          .make = make_density<JetDensity<GeneralizedCrystalBall>>,
          .params = {mu_rule,
                     {"sigma_l", Domain::some_positive, ParamRole::width},
                     {"alpha_l", Domain::all_positive},
                     {"n_l", Domain::all_above_one},
                     {"sigma_r", Domain::some_positive, ParamRole::width},
                     {"alpha_r", Domain::all_positive},
                     {"n_r", Domain::all_above_one}}};
}

}  // namespace toyfarm::model
