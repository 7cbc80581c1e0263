#include <limits>

#include "model/jet_density.hpp"

namespace toyfarm::model {
namespace {

// f = d^(gamma - 1) e^(-d / beta), d = x - mu; the window begins at mu or beyond, and beyond it
// where f has a pole there.
template <class T>
struct GammaLog {
  T power, slope, mu;
  explicit GammaLog(std::array<T, 3> const& t) : power(t[0] - 1.0), slope(1.0 / t[1]), mu(t[2]) {}

  [[nodiscard]] T log_f(double x) const {
    using std::log;
    T const d = x - mu;
    return power * log(d) - d * slope;
  }
};

struct Gamma {
  static constexpr std::size_t n_params = 3;
  using Pieces = std::tuple<Piece<GammaLog, 0, 1, 2>>;

  static bool is_inside(std::span<double const> t, spec::Interval const& window) {
    return t[0] > 0 && t[1] > 0 && (t[2] < window.lower || (t[2] == window.lower && t[0] > 1));
  }
  static Places marks(std::span<double const> t) {
    Places places;
    places.around(mode(t), std::sqrt(t[0]) * t[1], {1, 3, 8, 24});
    for (double const k : {0.01, 0.1, 1.0}) {
      places.add(t[2] + k * t[1]);
    }
    return places;
  }
  // The pole at mu, slopes and curvature of ln f: largest at an end.
  static double scale(std::span<double const> t,
                      spec::Interval const&,
                      double lower,
                      double upper) {
    double const nearest = lower - t[2];
    double const power = t[0] - 1;
    double const slope =
        std::max(std::abs(power / nearest - 1 / t[1]), std::abs(power / (upper - t[2]) - 1 / t[1]));
    double const curved = nearest / std::sqrt(std::abs(power));
    return std::max(std::min({pole_scale(nearest), 8 / slope, curved}),
                    std::numeric_limits<double>::min());
  }
  static double mode(std::span<double const> t) { return t[2] + std::max(t[0] - 1, 0.0) * t[1]; }
};

}  // namespace

PdfType gamma_pdf() {
  return {.name = "gamma",
          .make = make_density<JetDensity<Gamma>>,
          .params = {{"gamma", Domain::some_positive},
                     {"beta", Domain::some_positive, ParamRole::width},
                     {"mu"}}};
}

}  // namespace toyfarm::model
