#include "model/erfc_edge.hpp"
#include "model/jet_density.hpp"

namespace toyfarm::model {
namespace {

// erfc(beta (alpha - x)) e^{-gamma (x - peak)}, of which peak is but a factor.
template <class T>
struct CmsShapeLog {
  T alpha, beta, gamma;
  explicit CmsShapeLog(std::array<T, 3> const& t) : alpha(t[0]), beta(t[1]), gamma(t[2]) {}

  [[nodiscard]] T log_f(double x) const {
    T const v = beta * (alpha - x);
    T const rest = log_erfc_scaled(v) - gamma * x;
    return value_of(v) > 0 ? rest - v * v : rest;
  }
};

struct CmsShape {
  static constexpr std::size_t n_params = 4;
  using Pieces = std::tuple<Piece<CmsShapeLog, 0, 1, 2>>;

  static bool is_inside(std::span<double const>, spec::Interval const&) { return true; }
  static Places marks(std::span<double const> t) {
    Places places;
    if (t[1] != 0) {
      places.around(t[0], 1 / std::abs(t[1]), {0.5, 1, 2, 4, 6});
    }
    double const mode = CmsShape::mode(t);
    if (std::isfinite(mode)) {
      places.add(mode);
    }
    return places;
  }
  static double scale(std::span<double const> t,
                      spec::Interval const&,
                      double lower,
                      double upper) {
    return ErfcEdge{t[0], t[1], t[2]}.scale(lower, upper);
  }
  static double mode(std::span<double const> t) { return ErfcEdge{t[0], t[1], t[2]}.mode(); }
};

}  // namespace

PdfType cms_shape_pdf() {
  return {.name = "cms_shape",
          .make = make_density<JetDensity<CmsShape>>,
          .params = {{"alpha"}, {"beta"}, {"gamma"}, {"peak"}}};
}

}  // namespace toyfarm::model
