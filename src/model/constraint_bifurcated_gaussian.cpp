#include <cmath>
#include <numbers>

#include "model/constraint_type.hpp"

namespace toyfarm::model {
namespace {

/// The parameter is sigma_l below or sigma_r above what was observed: the global observable is
/// normal around the parameter, of width sigma_r below it and sigma_l above.
class BifurcatedGaussianConstraint final : public Constraint {
 public:
  explicit BifurcatedGaussianConstraint(ConstraintSource const& source)
      : Constraint(source.index, source.number("mean")),
        left_(source.number_above("sigma_l", 0)),
        right_(source.number_above("sigma_r", 0)),
        log_norm_(std::log(0.5 * (left_ + right_)) + 0.5 * std::log(2 * std::numbers::pi)) {}

  ConstraintNll nll(double theta, double observable) const override {
    double const sigma = theta < observable ? left_ : right_;
    double const z = (theta - observable) / sigma;
    return {0.5 * z * z + log_norm_, z / sigma, 1 / (sigma * sigma)};
  }

  double draw(double theta, kernels::BitStream& bits) const override {
    double const size = std::abs(draw_normal(bits));
    bool const below = draw_uniform(bits) * (left_ + right_) < right_;
    return below ? theta - right_ * size : theta + left_ * size;
  }

 private:
  double left_;
  double right_;
  double log_norm_;
};

ConstraintPtr make_bifurcated_gaussian(ConstraintSource const& source) {
  return std::make_unique<BifurcatedGaussianConstraint>(source);
}

}  // namespace

ConstraintType bifurcated_gaussian_constraint() {
  return {"bifurcated_gaussian", make_bifurcated_gaussian, {"mean", "sigma_l", "sigma_r"}};
}

}  // namespace toyfarm::model
