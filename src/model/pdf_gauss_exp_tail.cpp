#include "model/jet_density.hpp"
#include "model/two_sided.hpp"

namespace toyfarm::model {
namespace {

// alpha (alpha / 2 - r), r = |x - mu| / sigma.
template <class T>
struct ExponentialTailLog {
  T mu, slope, top;
  explicit ExponentialTailLog(std::array<T, 3> const& t)
      : mu(t[0]), slope(t[2] / t[1]), top(0.5 * t[2] * t[2]) {}

  [[nodiscard]] T log_f(double x) const {
    using std::abs;
    return top - slope * abs(x - mu);
  }
};

// A Gaussian of two widths that goes over, alpha sigma from mu, into an exponential of the same
// slope (Das 2016, arXiv:1603.08591).
struct GaussExpTail {
  static constexpr std::size_t n_params = 5;
  using Pieces = std::tuple<Piece<ExponentialTailLog, 0, 1, 3>,
                            Piece<GaussianLog, 0, 1>,
                            Piece<GaussianLog, 0, 2>,
                            Piece<ExponentialTailLog, 0, 2, 4>>;

  static bool is_inside(std::span<double const> t, spec::Interval const&) {
    return t[1] > 0 && t[2] > 0 && t[3] > 0 && t[4] > 0;
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
                      spec::Interval const&,
                      double lower,
                      double upper) {
    return two_sided_scale(t[0], lower, upper, [&](int i, double nearest, double furthest) {
      double const sigma = i == 0 ? t[1] : t[2];
      double const alpha = i == 0 ? t[3] : t[4];
      double const slope = std::min(furthest / sigma, alpha) / sigma;
      return std::min(nearest < alpha * sigma ? sigma : HUGE_VAL, 8 / slope);
    });
  }
  static double mode(std::span<double const> t) { return t[0]; }
  static std::array<double, 3> joints(std::span<double const> t) {
    return {t[0] - t[3] * t[1], t[0], t[0] + t[4] * t[2]};
  }
};

}  // namespace

PdfType gauss_exp_tail_pdf() {
  return {.name = "gauss_exp_tail",
          .make = make_density<JetDensity<GaussExpTail>>,
          .params = {mu_rule,
                     {"sigma_l", Domain::some_positive, ParamRole::width},
                     {"sigma_r", Domain::some_positive, ParamRole::width},
                     {"alpha_l", Domain::all_positive},
                     {"alpha_r", Domain::all_positive}}};
}

}  // namespace toyfarm::model
