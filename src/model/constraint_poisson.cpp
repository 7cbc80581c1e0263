#include <cmath>

#include "model/constraint_type.hpp"
#include "model/pdf.hpp"

namespace toyfarm::model {
namespace {

/// Calls visit(count, relative probability) from the mode outwards until it says true.
template <class Visit>
void from_mode(double mean, Visit const& visit) {
  constexpr double negligible = 1e-18;
  double const mode = std::floor(mean);
  double p = 1;
  for (double k = mode; p >= negligible; ++k) {
    if (visit(k, p)) {
      return;
    }
    p *= mean / (k + 1);
  }
  p = 1;
  for (double k = mode; k > 0; --k) {
    p *= k / mean;
    if (p < negligible || visit(k - 1, p)) {
      return;
    }
  }
}

/// A count by inversion, with nothing but products and sums: the same on every machine.
double draw_count(double mean, kernels::BitStream& bits) {
  double total = 0;
  from_mode(mean, [&](double, double p) {
    total += p;
    return false;
  });
  double left = draw_uniform(bits) * total;
  double drawn = std::floor(mean);  // if rounding leaves some over
  from_mode(mean, [&](double k, double p) {
    left -= p;
    drawn = left < 0 ? k : drawn;
    return left < 0;
  });
  return drawn;
}

/// The global observable is a count of expectation `scale` times the parameter.
class PoissonConstraint final : public Constraint {
 public:
  explicit PoissonConstraint(ConstraintSource const& source)
      : Constraint(source.index, source.number("observed")),
        scale_(source.number_above("scale", 0)) {}

  ConstraintNll nll(double theta, double observable) const override {
    double const mean = scale_ * theta;
    return {observable > 0
                ? observable * log_excess((mean - observable) / observable) + least(observable)
                : mean,
            scale_ - observable / theta,
            observable / (theta * theta)};
  }

  double expected(double theta) const override { return scale_ * theta; }
  double estimate(double observable) const override { return observable / scale_; }

  double draw(double theta, kernels::BitStream& bits) const override {
    return draw_count(scale_ * theta, bits);
  }

 private:
  /// -ln of the probability of a count where it is expected.
  static double least(double count) {
    return std::lgamma(count + 1) - count * std::log(count) + count;
  }

  double scale_;
};

ConstraintPtr make_poisson(ConstraintSource const& source) {
  source.require_positive();
  double const most = 1e9;  // drawing takes as many steps as some standard deviations are long
  double const observed = source.number("observed");
  if (!(observed >= 0 && observed <= most)) {
    source.fail("observed",
                "parameter '" + source.parameter.name +
                    "': observed of a poisson constraint must be a count from 0 to 1e9, got " +
                    number_text(observed));
  }
  return std::make_unique<PoissonConstraint>(source);
}

}  // namespace

ConstraintType poisson_constraint() {
  return {"poisson", make_poisson, {"observed", "scale"}};
}

}  // namespace toyfarm::model
