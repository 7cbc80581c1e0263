#include <cmath>

#include "model/constraint_type.hpp"

namespace toyfarm::model {
namespace {

/// A deviate of the Gamma distribution of this shape > 0 and scale 1 (Marsaglia & Tsang 2000,
/// doi:10.1145/358407.358414).
double draw_gamma(double shape, kernels::BitStream& bits) {
  if (shape < 1) {
    double const more = draw_gamma(shape + 1, bits);
    return more * exp_of(log_of(1 - draw_uniform(bits)) / shape);
  }
  double const d = shape - 1.0 / 3;
  double const c = 1 / std::sqrt(9 * d);
  while (true) {
    double const x = draw_normal(bits);
    double const root = 1 + c * x;
    if (root <= 0) {
      continue;
    }
    double const v = root * root * root;
    if (log_of(1 - draw_uniform(bits)) < 0.5 * x * x + d * (1 - v + log_of(v))) {
      return d * v;
    }
  }
}

/// The global observable has a Gamma distribution around the parameter, of relative width
/// sigma / mean everywhere.
class GammaConstraint final : public Constraint {
 public:
  explicit GammaConstraint(ConstraintSource const& source)
      : Constraint(source.index, source.number_above("mean", 0)),
        shape_(std::pow(observed() / source.number_above("sigma", 0), 2)),
        least_(std::lgamma(shape_) - shape_ * std::log(shape_) + shape_) {}

  ConstraintNll nll(double theta, double observable) const override {
    double const ratio = observable / theta;
    return {shape_ * log_excess(ratio - 1) + std::log(observable) + least_,
            shape_ * (1 - ratio) / theta,
            shape_ * (2 * ratio - 1) / (theta * theta)};
  }

  double draw(double theta, kernels::BitStream& bits) const override {
    return theta / shape_ * draw_gamma(shape_, bits);
  }

 private:
  double shape_;
  double least_;  ///< -ln of the density of a global observable of 1 at a parameter of 1
};

ConstraintPtr make_gamma(ConstraintSource const& source) {
  source.require_positive();
  return std::make_unique<GammaConstraint>(source);
}

}  // namespace

ConstraintType gamma_constraint() {
  return {"gamma", make_gamma, {"mean", "sigma"}};
}

}  // namespace toyfarm::model
