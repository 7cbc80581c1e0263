#pragma once
#include <array>
#include <initializer_list>

#include "model/pdf.hpp"

namespace toyfarm::model {

/// A few places, in any order; those outside the window are left out by whoever asks.
struct Places {
  std::array<double, 24> at;
  std::size_t n = 0;

  void add(double place) { at[n++] = place; }
  /// A centre and some distances to either side.
  void around(double centre, double width, std::initializer_list<double> distances) {
    add(centre);
    for (double const d : distances) {
      add(centre - d * width);
      add(centre + d * width);
    }
  }
};

/// A density of one observable given by ln f alone: norm, means and covariances of its derivatives
/// are summed by an adaptive quadrature. With s, h the first and second derivatives of ln f and <>
/// means over p: d ln p = s - <s>, d2 ln p = h - <h> - cov(s, s).
class QuadratureDensity : public Density {
 public:
  QuadratureDensity(PdfSource const& source, std::size_t n_params)
      : observable_(source.observable), window_(source.window), n_(n_params) {}

  std::size_t n_params() const noexcept final { return n_; }
  std::size_t scratch_size() const noexcept final;
  bool prepare(std::span<double const> theta,
               Derivatives order,
               std::span<double> scratch) const final;
  void evaluate(std::span<double const> scratch,
                Points points,
                Derivatives order,
                LogDensityView out) const final;

  /// Of exponential families.
  SecondForm second_form() const noexcept final {
    return is_linear() ? SecondForm::affine : SecondForm::columns;
  }
  void second_sums(std::span<double const> scratch,
                   std::span<double const> sums,
                   std::span<double> out) const final;

  std::vector<double> break_points(std::span<double const> theta) const override;
  std::vector<double> guide_points(std::span<double const> theta) const final;

 protected:
  [[nodiscard]] spec::Interval const& window() const noexcept { return window_; }

  /// Whether ln f is defined at finite `theta`.
  [[nodiscard]] virtual bool is_inside(std::span<double const> theta) const = 0;
  /// ln f at n places of the window with derivatives up to `order`, those that vanish everywhere
  /// (see is_linear) excepted. Values do not depend on the order, but for rounding.
  virtual void log_f(std::span<double const> theta,
                     Points points,
                     Derivatives order,
                     LogDensityView out) const = 0;
  /// True where ln f is linear in the parameters: no second derivatives.
  [[nodiscard]] virtual bool is_linear() const noexcept { return false; }
  /// Where f has a peak, flanks, or a derivative that jumps: integrals are split there.
  [[nodiscard]] virtual Places marks(std::span<double const> theta) const {
    static_cast<void>(theta);
    return {};
  }

 private:
  class Panels;

  /// Parts of a scratch.
  struct Parts {
    std::span<double> theta, first, second, block;
    double* log_norm;
  };
  [[nodiscard]] Parts parts(std::span<double> scratch) const;

  std::size_t observable_;
  spec::Interval window_;
  std::size_t n_;
};

}  // namespace toyfarm::model
