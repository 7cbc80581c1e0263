#pragma once
#include <array>
#include <cstddef>

#include "toyfarm/kernels/crystal_ball.hpp"
#include "toyfarm/model/density.hpp"

namespace toyfarm::model {

/// Sums over the window of a Crystal Ball f and its derivatives: Gauss-Legendre in t for the core,
/// in y = ln(1 + r) for the tails, where f dt is an exponential in y. f and its slope in t are
/// continuous at the joints for every alpha and n, hence so are all first derivatives: integrals
/// have no terms from the joints up to second derivatives.
class CrystalBallIntegral {
 public:
  /// `c` without its norm and means; it must outlive this.
  CrystalBallIntegral(kernels::CrystalBall const& c, Derivatives order) : c_(c), order_(order) {}

  /// Adds the core from s = `lower` to `upper`, in units of sigma from the anchor; nothing where
  /// these are out of order.
  void core(double lower, double upper);

  /// Adds tail 0 (left) or 1 (right) from v = `near` to `far` beyond its joint, both >= 0.
  void tail(std::size_t which, double near, double far);

  /// Writes norm and means to `out`. False where the integral is not positive and finite.
  [[nodiscard]] bool finish(kernels::CrystalBall& out);

 private:
  static constexpr std::size_t n_nodes = 16;
  static constexpr std::size_t max_panels = 12;
  static constexpr std::size_t capacity = max_panels * n_nodes;
  static constexpr std::size_t max_params = 6;

  // Nodes of one region and the parameters that its f depends on.
  struct Region {
    std::array<std::size_t, 4> params;
    std::size_t n_params;
    std::size_t n;
    kernels::CrystalBallSums sums;
    std::array<double, capacity> at;
    std::array<double, capacity> weights;
    std::array<std::array<double, capacity>, 4> first;
  };

  Region& panels(double from, double to, double wanted);
  kernels::CrystalBallNodes nodes(Region& region) const;
  void add_covariances(Region& region, double total, kernels::CrystalBall& out) const;

  kernels::CrystalBall const& c_;
  Derivatives order_;
  std::size_t n_regions_ = 0;
  std::array<Region, 3> regions_;
};

}  // namespace toyfarm::model
