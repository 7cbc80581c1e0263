#include "model/jet_density.hpp"

namespace toyfarm::model {
namespace {

// f = (1 + t^2 / ndof)^(-(ndof + 1) / 2), t = (x - mu) / sigma.
template <class T>
struct StudentTLog {
  T mu, inverse_square, half;
  explicit StudentTLog(std::array<T, 3> const& t)
      : mu(t[0]), inverse_square(1.0 / (t[1] * t[1] * t[2])), half(0.5 * (t[2] + 1.0)) {}

  [[nodiscard]] T log_f(double x) const {
    using std::log1p;
    T const d = x - mu;
    return -half * log1p(d * d * inverse_square);
  }
};

struct StudentT {
  static constexpr std::size_t n_params = 3;
  using Pieces = std::tuple<Piece<StudentTLog, 0, 1, 2>>;

  static bool is_inside(std::span<double const> t, spec::Interval const&) {
    return t[1] > 0 && t[2] > 0;
  }
  static Places marks(std::span<double const> t) {
    Places places;
    places.around(t[0], t[1], {1, 3, 8, 24, 72});
    return places;
  }
  // Poles at mu +- i sigma sqrt(ndof); with many degrees of freedom a Gaussian, whose slope counts.
  static double scale(std::span<double const> t,
                      spec::Interval const&,
                      double lower,
                      double upper) {
    double const sigma = t[1];
    double const ndof = t[2];
    double const nearest = distance_to(t[0], lower, upper) / sigma;
    double const furthest = std::max(std::abs(lower - t[0]), std::abs(upper - t[0])) / sigma;
    double const steepest = std::clamp(std::sqrt(ndof), nearest, furthest);
    double const slope = (ndof + 1) * steepest / (ndof + steepest * steepest) / sigma;
    double const reach = sigma * std::hypot(std::sqrt(ndof), nearest);
    return std::min({pole_scale(reach), 8 / slope, std::max(sigma, 8 * reach / (1 + ndof))});
  }
  static double mode(std::span<double const> t) { return t[0]; }
};

}  // namespace

PdfType student_t_pdf() {
  return {.name = "student_t",
          .make = make_density<JetDensity<StudentT>>,
          .params = {mu_rule, sigma_rule, {"ndof", Domain::some_positive}}};
}

}  // namespace toyfarm::model
