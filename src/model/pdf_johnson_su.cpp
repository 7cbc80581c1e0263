#include "model/jet_density.hpp"

namespace toyfarm::model {
namespace {

// Johnson (1949, doi:10.1093/biomet/36.1-2.149): z = gamma + delta asinh((x - mu) / lambda) is
// normal.
template <class T>
struct JohnsonSuLog {
  T mu, inverse_lambda, gamma, delta;
  explicit JohnsonSuLog(std::array<T, 4> const& t)
      : mu(t[0]), inverse_lambda(1.0 / t[1]), gamma(t[2]), delta(t[3]) {}

  [[nodiscard]] T log_f(double x) const {
    using std::asinh;
    using std::log1p;
    T const r = (x - mu) * inverse_lambda;
    T const z = gamma + delta * asinh(r);
    return -0.5 * (log1p(r * r) + z * z);
  }
};

struct JohnsonSu {
  static constexpr std::size_t n_params = 4;
  using Pieces = std::tuple<Piece<JohnsonSuLog, 0, 1, 2, 3>>;

  static bool is_inside(std::span<double const> t, spec::Interval const&) {
    return t[1] > 0 && t[3] > 0;
  }
  static Places marks(std::span<double const> t) {
    Places places;
    for (double const z : {-8.0, -5.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 5.0, 8.0}) {
      places.add(t[0] + t[1] * std::sinh((z - t[2]) / t[3]));
    }
    return places;
  }
  // A Gaussian's in z, whose slope in x is largest where x is nearest to mu; poles at
  // mu +- i lambda.
  static double scale(std::span<double const> t,
                      spec::Interval const& window,
                      double lower,
                      double upper) {
    auto const z = [&](double x) { return t[2] + t[3] * std::asinh((x - t[0]) / t[1]); };
    double const reach = std::hypot(t[1], distance_to(t[0], lower, upper));
    double const in_z =
        gaussian_scale(0, 1, {z(window.lower), z(window.upper)}, z(lower), z(upper));
    return std::isinf(in_z) ? in_z : std::min(pole_scale(reach), reach / t[3] * in_z);
  }
};

}  // namespace

PdfType johnson_su_pdf() {
  return {.name = "johnson_su",
          .make = make_density<JetDensity<JohnsonSu>>,
          .params = {mu_rule,
                     {"lambda", Domain::some_positive, ParamRole::width},
                     {"gamma"},
                     {"delta", Domain::some_positive}}};
}

}  // namespace toyfarm::model
