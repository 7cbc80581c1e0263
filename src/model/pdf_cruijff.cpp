#include "model/jet_density.hpp"
#include "model/two_sided.hpp"

namespace toyfarm::model {
namespace {

// -d^2 / (2 sigma^2 + alpha d^2), d = x - mu.
template <class T>
struct CruijffLog {
  T mu, square, alpha;
  explicit CruijffLog(std::array<T, 3> const& t)
      : mu(t[0]), square(2.0 * t[1] * t[1]), alpha(t[2]) {}

  [[nodiscard]] T log_f(double x) const {
    T const d = x - mu;
    T const d2 = d * d;
    return -d2 / (square + alpha * d2);
  }
};

struct Cruijff {
  static constexpr std::size_t n_params = 5;
  using Pieces = std::tuple<Piece<CruijffLog, 0, 1, 3>, Piece<CruijffLog, 0, 2, 4>>;

  static bool is_inside(std::span<double const> t, spec::Interval const&) {
    return t[1] > 0 && t[2] > 0 && t[3] >= 0 && t[4] >= 0;
  }
  static Places marks(std::span<double const> t) {
    Places places;
    for (double const k : {0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 16.0}) {
      places.add(t[0] - k * t[1]);
      places.add(t[0] + k * t[2]);
    }
    return places;
  }
  // Poles at d = +- i sigma sqrt(2 / alpha); the slope of ln f is largest at sigma sqrt(2 / (3
  // alpha)).
  static double scale(std::span<double const> t,
                      spec::Interval const&,
                      double lower,
                      double upper) {
    return two_sided_scale(t[0], lower, upper, [&](int i, double nearest, double furthest) {
      double const sigma = i == 0 ? t[1] : t[2];
      double const alpha = i == 0 ? t[3] : t[4];
      double const pole = sigma * std::sqrt(2 / alpha);
      double const steep = pole / std::sqrt(3);
      double const d = std::clamp(steep, nearest, furthest);
      double const root = (2 * sigma * sigma + alpha * d * d) / (2 * sigma);
      double const of_pole = pole_scale(std::hypot(pole, nearest));
      double const of_core = nearest < steep ? sigma : std::max(sigma, 0.5 * of_pole);
      return std::min({of_pole, of_core, 8 * root * root / d});
    });
  }
  static double mode(std::span<double const> t) { return t[0]; }
  static std::array<double, 1> joints(std::span<double const> t) { return {t[0]}; }
};

}  // namespace

PdfType cruijff_pdf() {
  return {.name = "cruijff",
          .make = make_density<JetDensity<Cruijff>>,
          .params = {mu_rule,
                     {"sigma_l", Domain::some_positive, ParamRole::width},
                     {"sigma_r", Domain::some_positive, ParamRole::width},
                     {"alpha_l", Domain::some_non_negative},
                     {"alpha_r", Domain::some_non_negative}}};
}

}  // namespace toyfarm::model
