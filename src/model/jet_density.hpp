#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

#include "model/jet.hpp"
#include "model/quadrature_density.hpp"
#include "model/scales.hpp"

namespace toyfarm::model {

/// A formula and those of the shape's parameters, in ascending order, that it takes. With T a
/// double or a jet, Formula<T> has
///   explicit Formula(std::array<T, n> const& params);
///   T log_f(double x) const;   // may be -inf
template <template <class> class Formula, std::size_t... Params>
struct Piece {
  static constexpr std::size_t n = sizeof...(Params);
  static constexpr std::array<std::size_t, n> params{Params...};
  template <class T>
  using At = Formula<T>;
};

/// A density whose derivatives are taken from its formula. `Shape` has
///   static constexpr std::size_t n_params;
///   using Pieces = std::tuple<Piece<…>, …>;                      // from left to right
///   static bool is_inside(theta, window);
///   static Places marks(theta);                                  // see QuadratureDensity::marks
///   static double scale(theta, window, lower, upper);            // see Density::scale
///   static double mode(theta);  // if f may vanish far from it: nothing has a scale there
/// and between pieces, where second derivatives of ln f may jump,
///   static std::array<double, number of pieces - 1> joints(theta);   // in ascending order
template <class Shape>
class JetDensity final : public QuadratureDensity {
 public:
  explicit JetDensity(PdfSource const& source) : QuadratureDensity(source, n) {}

  double scale(std::span<double const> theta, double lower, double upper) const override {
    if constexpr (requires { Shape::mode(theta); }) {
      double const mode = Shape::mode(theta);
      double const x[2] = {std::clamp(mode, lower, upper),
                           std::clamp(mode, window().lower, window().upper)};
      double const* const column[1] = {x};
      double value[2];
      log_f(theta, {column, 2}, Derivatives::none, {value, nullptr, nullptr, 2});
      if (value[0] < value[1] - hidden) {
        return HUGE_VAL;
      }
    }
    return Shape::scale(theta, window(), lower, upper);
  }

  std::vector<double> break_points(std::span<double const> theta) const override {
    auto const joints = joints_at(theta);
    std::vector<double> points;
    std::ranges::copy_if(joints, std::back_inserter(points), [&](double x) {
      return x > window().lower && x < window().upper;
    });
    return points;
  }

  std::size_t n_moving_break_points() const noexcept override { return n_pieces - 1; }
  std::size_t moving_break_points(std::span<double const> theta,
                                  std::span<double> out) const override {
    std::ranges::copy(joints_at(theta), out.begin());
    return n_pieces - 1;
  }

 protected:
  bool is_inside(std::span<double const> theta) const override {
    return Shape::is_inside(theta, window());
  }

  Places marks(std::span<double const> theta) const override {
    auto places = Shape::marks(theta);
    places.n += moving_break_points(theta, std::span(places.at).subspan(places.n));
    return places;
  }

  void log_f(std::span<double const> theta,
             Points points,
             Derivatives order,
             LogDensityView out) const override {
    auto const joints = joints_at(theta);
    [&]<std::size_t... P>(std::index_sequence<P...>) {
      (add_piece<P>(theta,
                    {P == 0 ? -HUGE_VAL : joints[P - 1], P + 1 == n_pieces ? HUGE_VAL : joints[P]},
                    points,
                    order,
                    out),
       ...);
    }
    (std::make_index_sequence<n_pieces>{});
  }

 private:
  static constexpr std::size_t n = Shape::n_params;
  static constexpr std::size_t n_pieces = std::tuple_size_v<typename Shape::Pieces>;
  static constexpr double hidden = 32;  // e^-32 is nothing beside any background

  static std::array<double, n_pieces - 1> joints_at(std::span<double const> theta) {
    if constexpr (n_pieces > 1) {
      return Shape::joints(theta);
    } else {
      static_cast<void>(theta);
      return {};
    }
  }

  /// Those points that are in `range`, its upper end excepted.
  template <std::size_t P>
  static void add_piece(std::span<double const> theta,
                        spec::Interval const& range,
                        Points points,
                        Derivatives order,
                        LogDensityView out) {
    using Part = std::tuple_element_t<P, typename Shape::Pieces>;
    double const* const x = points.columns[0];
    auto const each = [&](auto const& formula, auto const& write) {
      for (std::size_t i = 0; i < points.size; ++i) {
        if (x[i] >= range.lower && x[i] < range.upper) {
          write(i, formula.log_f(x[i]));
        }
      }
    };
    if (order == Derivatives::none) {
      std::array<double, Part::n> values;
      for (std::size_t k = 0; k < Part::n; ++k) {
        values[k] = theta[Part::params[k]];
      }
      each(typename Part::template At<double>(values),
           [&](std::size_t i, double f) { out.value[i] = f; });
      return;
    }
    using Variable = Jet<Part::n>;
    std::array<Variable, Part::n> variables;
    for (std::size_t k = 0; k < Part::n; ++k) {
      variables[k] = Variable::variable(theta[Part::params[k]], k);
    }
    each(typename Part::template At<Variable>(variables),
         [&](std::size_t i, Variable const& f) { write_jet<Part>(f, i, order, out); });
  }

  template <class Part>
  static void write_jet(Jet<Part::n> const& f,
                        std::size_t i,
                        Derivatives order,
                        LogDensityView const& out) {
    constexpr auto& params = Part::params;
    out.value[i] = f.v;
    for (std::size_t k = 0; k < n; ++k) {
      out.d(k)[i] = 0;
    }
    for (std::size_t e = 0; order == Derivatives::second && e < packed_size(n); ++e) {
      out.second[e * out.stride + i] = 0;
    }
    if (!(f.v > -HUGE_VAL)) {
      return;
    }
    for (std::size_t k = 0; k < Part::n; ++k) {
      out.d(params[k])[i] = f.d[k];
      for (std::size_t l = 0; order == Derivatives::second && l <= k; ++l) {
        out.dd(params[k], params[l])[i] = f.dd[packed(k, l)];
      }
    }
  }
};

}  // namespace toyfarm::model
