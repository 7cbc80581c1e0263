#pragma once
#include <algorithm>
#include <array>
#include <cmath>

#include "model/jet.hpp"
#include "model/quadrature_density.hpp"
#include "model/scales.hpp"

namespace toyfarm::model {

/// How many places a shape has where it joins two formulas: `n_joints`, where it says so.
template <class Shape>
[[nodiscard]] constexpr std::size_t joints_of() {
  if constexpr (requires { Shape::n_joints; }) {
    return Shape::n_joints;
  } else {
    return 0;
  }
}

/// A density whose derivatives are taken from its formula. `Shape` has
///   static constexpr std::size_t n_params;
///   template <class T> struct At { explicit At(std::array<T, n_params> const& theta);
///                                  T log_f(double x) const; };   // T: double, or a jet
///   static bool is_inside(theta, window);
///   static Places marks(theta);                                  // see QuadratureDensity::marks
///   static double scale(theta, window, lower, upper);            // see Density::scale
/// and, where second derivatives of ln f jump at places that move,
///   static constexpr std::size_t n_joints;
///   static std::array<double, n_joints> joints(theta);
/// log_f may be -inf.
template <class Shape>
class JetDensity final : public QuadratureDensity {
 public:
  explicit JetDensity(PdfSource const& source) : QuadratureDensity(source, n) {}

  double scale(std::span<double const> theta, double lower, double upper) const override {
    return Shape::scale(theta, window(), lower, upper);
  }

  std::vector<double> break_points(std::span<double const> theta) const override {
    std::array<double, n_joints + 1> joints;
    moving_break_points(theta, joints);
    std::vector<double> points;
    for (std::size_t j = 0; j < n_joints; ++j) {
      if (joints[j] > window().lower && joints[j] < window().upper) {
        points.push_back(joints[j]);
      }
    }
    return points;
  }

  std::size_t n_moving_break_points() const noexcept override { return n_joints; }
  std::size_t moving_break_points(std::span<double const> theta,
                                  std::span<double> out) const override {
    if constexpr (n_joints > 0) {
      std::ranges::copy(Shape::joints(theta), out.begin());
    }
    return n_joints;
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
    double const* const x = points.columns[0];
    if (order == Derivatives::none) {
      std::array<double, n> values;
      std::copy_n(theta.begin(), n, values.begin());
      typename Shape::template At<double> const at(values);
      for (std::size_t i = 0; i < points.size; ++i) {
        out.value[i] = at.log_f(x[i]);
      }
      return;
    }
    std::array<Jet<n>, n> variables;
    for (std::size_t k = 0; k < n; ++k) {
      variables[k] = Jet<n>::variable(theta[k], k);
    }
    typename Shape::template At<Jet<n>> const at(variables);
    for (std::size_t i = 0; i < points.size; ++i) {
      auto const f = at.log_f(x[i]);
      bool const is_positive = f.v > -HUGE_VAL;
      out.value[i] = f.v;
      for (std::size_t k = 0; k < n; ++k) {
        out.d(k)[i] = is_positive ? f.d[k] : 0;
      }
      for (std::size_t e = 0; order == Derivatives::second && e < packed_size(n); ++e) {
        out.second[e * out.stride + i] = is_positive ? f.dd[e] : 0;
      }
    }
  }

 private:
  static constexpr std::size_t n = Shape::n_params;
  static constexpr std::size_t n_joints = joints_of<Shape>();
};

}  // namespace toyfarm::model
