#include "model/jet_density.hpp"

namespace toyfarm::model {
namespace {

// ln x is normal around mu, of width sigma.
template <class T>
struct LognormalLog {
  T mu, inverse_sigma;
  explicit LognormalLog(std::array<T, 2> const& t) : mu(t[0]), inverse_sigma(1.0 / t[1]) {}

  [[nodiscard]] T log_f(double x) const {
    if (!(x > 0)) {
      return T{} + -HUGE_VAL;
    }
    double const log_x = std::log(x);
    T const z = (log_x - mu) * inverse_sigma;
    return -0.5 * (z * z) - log_x;
  }
};

struct Lognormal {
  static constexpr std::size_t n_params = 2;
  using Pieces = std::tuple<Piece<LognormalLog, 0, 1>>;

  static bool is_inside(std::span<double const> t, spec::Interval const&) { return t[1] > 0; }
  static Places marks(std::span<double const> t) {
    Places places;
    for (double const z : {-8.0, -5.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 5.0, 8.0}) {
      places.add(std::exp(t[0] + z * t[1]));
    }
    return places;
  }
  // A Gaussian's in ln x, whose slope in x is largest at the lower end or where f begins to show; a
  // pole at 0.
  static double scale(std::span<double const> t,
                      spec::Interval const& window,
                      double lower,
                      double upper) {
    spec::Interval const in_log{std::log(window.lower), std::log(window.upper)};
    double const outside = std::max(t[0] - in_log.upper, 0.0) / t[1];
    double const nearest =
        std::max(lower, std::exp(t[0] - t[1] * std::hypot(outside, gaussian_reach)));
    double const of_log = gaussian_scale(t[0], t[1], in_log, std::log(lower), std::log(upper));
    return nearest < upper && std::isfinite(of_log) ? nearest * std::min(pole_scale(1), of_log)
                                                    : HUGE_VAL;
  }
};

DensityPtr make_lognormal(PdfSource const& source) {
  if (source.window.lower < 0) {
    source.fail("observable",
                "lognormal requires an observable that is nowhere negative, '" +
                    source.pdf.observable + "' begins at " + number_text(source.window.lower));
  }
  return make_density<JetDensity<Lognormal>>(source);
}

}  // namespace

PdfType lognormal_pdf() {
  return {.name = "lognormal", .make = make_lognormal, .params = {{"mu"}, sigma_rule}};
}

}  // namespace toyfarm::model
