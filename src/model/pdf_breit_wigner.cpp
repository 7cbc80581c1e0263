#include "model/jet_density.hpp"

namespace toyfarm::model {
namespace {

// f = 1 / ((x - m)^2 + gamma^2 / 4), gamma the full width at half maximum.
template <class T>
struct BreitWignerLog {
  T m, square;
  explicit BreitWignerLog(std::array<T, 2> const& t) : m(t[0]), square(0.25 * t[1] * t[1]) {}

  [[nodiscard]] T log_f(double x) const {
    using std::log;
    T const d = x - m;
    return -log(d * d + square);
  }
};

struct BreitWigner {
  static constexpr std::size_t n_params = 2;
  using Pieces = std::tuple<Piece<BreitWignerLog, 0, 1>>;

  static bool is_inside(std::span<double const> t, spec::Interval const&) { return t[1] > 0; }
  static Places marks(std::span<double const> t) {
    Places places;
    places.around(t[0], t[1], {1, 4, 16, 64});
    return places;
  }
  static double scale(std::span<double const> t,
                      spec::Interval const&,
                      double lower,
                      double upper) {
    return pole_scale(std::hypot(0.5 * t[1], distance_to(t[0], lower, upper)));
  }
};

}  // namespace

PdfType breit_wigner_pdf() {
  return {.name = "breit_wigner",
          .make = make_density<JetDensity<BreitWigner>>,
          .params = {{"m", Domain::any, ParamRole::location},
                     {"gamma", Domain::some_positive, ParamRole::width}}};
}

}  // namespace toyfarm::model
