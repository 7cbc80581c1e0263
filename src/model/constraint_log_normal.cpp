#include <cmath>
#include <numbers>

#include "model/constraint_type.hpp"

namespace toyfarm::model {
namespace {

/// ln of the global observable is normal around ln of the parameter, of width ln kappa.
class LogNormalConstraint final : public Constraint {
 public:
  explicit LogNormalConstraint(ConstraintSource const& source)
      : Constraint(source.index, source.number_above("mean", 0)),
        sigma_(std::log(source.number_above("kappa", 1))),
        log_norm_(std::log(sigma_) + 0.5 * std::log(2 * std::numbers::pi)) {}

  ConstraintNll nll(double theta, double observable) const override {
    double const z = std::log(theta / observable) / sigma_;
    double const per_theta = 1 / (sigma_ * theta);
    return {0.5 * z * z + log_norm_ + std::log(observable),
            z * per_theta,
            (1 - z * sigma_) * per_theta * per_theta};
  }

  double draw(double theta, kernels::BitStream& bits) const override {
    return theta * exp_of(sigma_ * draw_normal(bits));
  }

 private:
  double sigma_;
  double log_norm_;
};

ConstraintPtr make_log_normal(ConstraintSource const& source) {
  source.require_positive();
  return std::make_unique<LogNormalConstraint>(source);
}

}  // namespace

ConstraintType log_normal_constraint() {
  return {"log_normal", make_log_normal, {"mean", "kappa"}};
}

}  // namespace toyfarm::model
