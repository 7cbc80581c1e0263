#include <cmath>
#include <numbers>

#include "model/constraint_type.hpp"
#include "model/pdf.hpp"

namespace toyfarm::model {
namespace {

/// The global observable is normal around the parameter, of width sigma.
class GaussianConstraint final : public Constraint {
 public:
  explicit GaussianConstraint(ConstraintSource const& source)
      : Constraint(source.index, source.number("mean")),
        sigma_(source.number("sigma")),
        log_sigma_(std::log(sigma_)) {}

  ConstraintNll nll(double theta, double observable) const override {
    double const z = (theta - observable) / sigma_;
    return {0.5 * z * z + log_sigma_ + 0.5 * std::log(2 * std::numbers::pi),
            z / sigma_,
            1 / (sigma_ * sigma_)};
  }

  double draw(double theta, kernels::BitStream& bits) const override {
    return theta + sigma_ * draw_normal(bits);
  }

 private:
  double sigma_;
  double log_sigma_;
};

ConstraintPtr make_gaussian(ConstraintSource const& source) {
  if (!(source.number("sigma") > 0)) {
    source.fail("sigma",
                "parameter '" + source.parameter.name + "' has invalid Gaussian constraint sigma " +
                    number_text(source.number("sigma")));
  }
  return std::make_unique<GaussianConstraint>(source);
}

}  // namespace

ConstraintType gaussian_constraint() {
  return {"gaussian", make_gaussian, {"mean", "sigma"}};
}

}  // namespace toyfarm::model
