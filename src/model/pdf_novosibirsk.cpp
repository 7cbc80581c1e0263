#include "model/jet_density.hpp"

namespace toyfarm::model {
namespace {

/// -ln(1 - u) / u and asinh(v) / v, of numbers or jets: smooth at 0.
template <class T>
[[nodiscard]] T log_ratio(T const& a) {
  double const u = value_of(a);
  if (std::abs(u) < 0.25) {
    double f = 0;
    double f1 = 0;
    double f2 = 0;
    for (int k = 30; k >= 0; --k) {  // sum of u^k / (k + 1)
      f2 = f2 * u + 2 * f1;
      f1 = f1 * u + f;
      f = f * u + 1.0 / (k + 1);
    }
    return chain(a, f, f1, f2);
  }
  double const f = -std::log1p(-u) / u;
  double const f1 = (1 / (1 - u) - f) / u;
  return chain(a, f, f1, (1 / ((1 - u) * (1 - u)) - 2 * f1) / u);
}
template <class T>
[[nodiscard]] T asinh_ratio(T const& a) {
  double const v = value_of(a);
  double const r = 1 / std::sqrt(1 + v * v);
  if (std::abs(v) < 0.25) {
    double term = 1;  // of asinh(v) / v = sum of c_k v^2k
    double f = 1;
    double f1 = 0;
    double f2 = 0;
    for (int k = 1; k < 18; ++k) {
      term *= -(2.0 * k - 1) / (2.0 * k);
      double const c = term / (2 * k + 1);
      double const power = std::pow(v, 2 * k - 2);
      f += c * power * v * v;
      f1 += 2 * k * c * power * v;
      f2 += 2 * k * (2 * k - 1) * c * power;
    }
    return chain(a, f, f1, f2);
  }
  double const f = std::asinh(v) / v;
  double const f1 = (r - f) / v;
  return chain(a, f, f1, (-v * r * r * r - 2 * f1) / v);
}

double const root_log_4 = std::sqrt(std::log(4.0));

// ln(1 - u) / w is normal, u = tail (x - mu) / sigma, w = asinh(tail sqrt(ln 4)) / sqrt(ln 4)
// (Ikeda et al. 2000, doi:10.1016/S0168-9002(99)00992-4); f = 0 where u >= 1, a Gaussian for tail =
// 0.
template <class T>
struct NovosibirskLog {
  T mu, inverse_sigma, tail, inverse_width;
  explicit NovosibirskLog(std::array<T, 3> const& t)
      : mu(t[0]),
        inverse_sigma(1.0 / t[1]),
        tail(t[2]),
        inverse_width(1.0 / asinh_ratio(root_log_4 * t[2])) {}

  [[nodiscard]] T log_f(double x) const {
    T const r = (x - mu) * inverse_sigma;
    T const u = r * tail;
    if (!(value_of(u) < 1)) {
      return T{} + -HUGE_VAL;
    }
    T const z = r * log_ratio(u) * inverse_width;
    return -0.5 * z * z;
  }
};

struct Novosibirsk {
  static constexpr std::size_t n_params = 3;
  using Pieces = std::tuple<Piece<NovosibirskLog, 0, 1, 2>>;

  static bool is_inside(std::span<double const> t, spec::Interval const&) { return t[1] > 0; }

  /// 1 - u where the deviate is z.
  static double rest_at(std::span<double const> t, double z) {
    return std::exp(-z * t[2] * asinh_ratio(root_log_4 * t[2]));
  }
  static double deviate(std::span<double const> t, double x) {
    double const r = (x - t[0]) / t[1];
    double const u = r * t[2];
    double const far = t[2] > 0 ? HUGE_VAL : -HUGE_VAL;
    return u < 1 ? r * log_ratio(u) / asinh_ratio(root_log_4 * t[2]) : far;
  }

  static Places marks(std::span<double const> t) {
    Places places;
    for (double const z : {-8.0, -5.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 5.0, 8.0}) {
      double const shift = t[2] == 0 ? z : (1 - rest_at(t, z)) / t[2];
      places.add(t[0] + t[1] * shift);
    }
    return places;
  }
  // A Gaussian's in the deviate, which changes fastest where x is nearest to the end of f, a
  // singular place.
  static double scale(std::span<double const> t,
                      spec::Interval const& window,
                      double lower,
                      double upper) {
    spec::Interval const all{deviate(t, window.lower), deviate(t, window.upper)};
    double const in_z = gaussian_scale(0, 1, all, deviate(t, lower), deviate(t, upper));
    if (std::isinf(in_z)) {
      return in_z;
    }
    double const side = t[2] > 0 ? 1 : -1;
    double const reach = std::hypot(distance_to(0, all.lower, all.upper), gaussian_reach);
    double const end = 1 - t[2] * ((t[2] > 0 ? upper : lower) - t[0]) / t[1];
    double const rest = std::max(end, rest_at(t, side * reach));
    return t[1] * rest *
           std::min(pole_scale(1) / std::abs(t[2]), asinh_ratio(root_log_4 * t[2]) * in_z);
  }
};

}  // namespace

PdfType novosibirsk_pdf() {
  return {.name = "novosibirsk",
          .make = make_density<JetDensity<Novosibirsk>>,
          .params = {mu_rule, sigma_rule, {"tail"}}};
}

}  // namespace toyfarm::model
