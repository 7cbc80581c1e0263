#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "toyfarm/model/density.hpp"

namespace toyfarm::toys {

/// A weighted sum of one-dimensional densities at one parameter point. Not for sharing between
/// threads.
class Mixture {
 public:
  explicit Mixture(std::size_t n_observables) : columns_(n_observables) {}

  /// Adds weight * density; false where `theta` is outside the density's domain.
  [[nodiscard]] bool add(model::Density const& density, std::vector<double> theta, double weight);

  /// The sum at each x, at most max_points of them.
  void evaluate(std::span<double const> x, std::span<double> out);

  [[nodiscard]] double weight() const noexcept { return weight_; }
  /// Of the sum where it is next to nothing.
  [[nodiscard]] double rounding() const noexcept { return rounding_; }
  [[nodiscard]] std::vector<double> const& breaks() const noexcept { return breaks_; }
  [[nodiscard]] std::vector<double> const& guides() const noexcept { return guides_; }

  static constexpr std::size_t max_points = 64;

 private:
  struct Component {
    model::Density const* density;
    std::vector<double> scratch;
    double weight;
  };
  std::vector<double const*> columns_;
  std::vector<Component> components_;
  std::vector<double> breaks_;
  std::vector<double> guides_;
  double weight_ = 0;
  double rounding_ = 0;
};

}  // namespace toyfarm::toys
