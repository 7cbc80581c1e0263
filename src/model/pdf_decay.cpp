#include "model/erfc_edge.hpp"
#include "model/jet_density.hpp"

namespace toyfarm::model {
namespace {

// e^{-t / tau}, t > 0, smeared by a Gaussian; d = x - mean on the side of the decay.
template <class T>
struct Smeared {
  T mean, rate, inverse_sigma, offset, half_square;
  explicit Smeared(std::array<T, 3> const& t)
      : mean(t[1]),
        rate(1.0 / t[0]),
        inverse_sigma(1.0 / t[2]),
        offset(std::numbers::sqrt2 / 2 * t[2] * rate),
        half_square(offset * offset) {}

  [[nodiscard]] T log_of(T const& d) const {
    T const z = d * inverse_sigma;
    T const v = offset - std::numbers::sqrt2 / 2 * z;
    T const rest = log_erfc_scaled(v);
    return value_of(v) > 0 ? rest - 0.5 * z * z : rest + half_square - d * rate;
  }
};

template <class T>
struct SingleLog : Smeared<T> {
  using Smeared<T>::Smeared;
  [[nodiscard]] T log_f(double x) const { return this->log_of(x - this->mean); }
};
template <class T>
struct FlippedLog : Smeared<T> {
  using Smeared<T>::Smeared;
  [[nodiscard]] T log_f(double x) const { return this->log_of(this->mean - x); }
};
template <class T>
struct DoubleLog : Smeared<T> {
  using Smeared<T>::Smeared;
  [[nodiscard]] T log_f(double x) const {
    using std::exp;
    using std::log1p;
    T const one = this->log_of(x - this->mean);
    T const two = this->log_of(this->mean - x);
    return value_of(one) > value_of(two) ? one + log1p(exp(two - one))
                                         : two + log1p(exp(one - two));
  }
};

/// Parameters tau, mean, sigma.
struct Decay {
  static constexpr std::size_t n_params = 3;

  static bool is_inside(std::span<double const> t, spec::Interval const&) {
    return t[0] > 0 && t[2] > 0;
  }
  static Places marks(std::span<double const> t) {
    Places places;
    places.around(t[1], t[2], {1, 3, 6, 9});
    for (double const k : {1.0, 4.0, 16.0}) {
      places.add(t[1] - k * t[0]);
      places.add(t[1] + k * t[0]);
    }
    return places;
  }
};

/// Towards larger x (side 1) or smaller (-1).
template <template <class> class Formula, int side>
struct OneSided : Decay {
  using Pieces = std::tuple<Piece<Formula, 0, 1, 2>>;

  static ErfcEdge edge(std::span<double const> t) {
    return {t[1] + side * t[2] * t[2] / t[0], side * std::numbers::sqrt2 / 2 / t[2], side / t[0]};
  }
  static double scale(std::span<double const> t,
                      spec::Interval const&,
                      double lower,
                      double upper) {
    return edge(t).scale(lower, upper);
  }
  static double mode(std::span<double const> t) { return edge(t).mode(); }
};

// Its slope is nowhere above 1 / tau.
struct TwoSided : Decay {
  using Pieces = std::tuple<Piece<DoubleLog, 0, 1, 2>>;

  static double scale(std::span<double const> t,
                      spec::Interval const&,
                      double lower,
                      double upper) {
    double const reach = 9 * t[2] + t[2] * t[2] / t[0];
    return std::min(distance_to(t[1], lower, upper) < reach ? t[2] : HUGE_VAL, 8 * t[0]);
  }
  static double mode(std::span<double const> t) { return t[1]; }
};

DensityPtr make_decay(PdfSource const& source) {
  auto const found = source.pdf.attributes.find("side");
  auto const side =
      found == source.pdf.attributes.end() ? spec::Attribute(std::string("single")) : found->second;
  auto const is = [&](std::string const& word) { return side == spec::Attribute(word); };
  if (is("single")) {
    return make_density<JetDensity<OneSided<SingleLog, 1>>>(source);
  }
  if (is("flipped")) {
    return make_density<JetDensity<OneSided<FlippedLog, -1>>>(source);
  }
  if (is("double")) {
    return make_density<JetDensity<TwoSided>>(source);
  }
  source.fail("side", R"(decay side must be "single", "double" or "flipped")");
}

}  // namespace

PdfType decay_pdf() {
  return {.name = "decay",
          .make = make_decay,
          .params = {{"tau", Domain::some_positive},
                     {"mean", Domain::any, ParamRole::location},
                     {"sigma", Domain::some_positive, ParamRole::width}},
          .fields = {"side"}};
}

}  // namespace toyfarm::model
