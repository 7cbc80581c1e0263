#include "model/jet_density.hpp"

namespace toyfarm::model {
namespace {

// f = 1 / ((x^2 - m^2)^2 + m^2 gamma^2).
template <class T>
struct RelativisticBreitWignerLog {
  T m, square;
  explicit RelativisticBreitWignerLog(std::array<T, 2> const& t)
      : m(t[0]), square(t[0] * t[0] * t[1] * t[1]) {}

  [[nodiscard]] T log_f(double x) const {
    using std::log;
    T const d = (x - m) * (x + m);
    return -log(d * d + square);
  }
};

struct RelativisticBreitWigner {
  static constexpr std::size_t n_params = 2;
  using Pieces = std::tuple<Piece<RelativisticBreitWignerLog, 0, 1>>;

  static bool is_inside(std::span<double const> t, spec::Interval const&) {
    return t[0] > 0 && t[1] > 0;
  }
  static Places marks(std::span<double const> t) {
    Places places;
    places.around(t[0], t[1], {1, 4, 16, 64});
    places.add(-t[0]);
    return places;
  }
  // Poles where x^2 = m^2 +- i m gamma.
  static double scale(std::span<double const> t,
                      spec::Interval const&,
                      double lower,
                      double upper) {
    double const real = t[0] * std::sqrt(0.5 + 0.5 * std::hypot(1, t[1] / t[0]));
    double const imaginary = 0.5 * t[0] * t[1] / real;
    double const nearest =
        std::min(distance_to(real, lower, upper), distance_to(-real, lower, upper));
    return pole_scale(std::hypot(imaginary, nearest));
  }
};

}  // namespace

PdfType relativistic_breit_wigner_pdf() {
  return {.name = "relativistic_breit_wigner",
          .make = make_density<JetDensity<RelativisticBreitWigner>>,
          .params = {{"m", Domain::some_positive, ParamRole::location},
                     {"gamma", Domain::some_positive, ParamRole::width}}};
}

}  // namespace toyfarm::model
