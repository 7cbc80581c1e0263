#pragma once
#include <cstddef>

#include "toyfarm/kernels/random.hpp"

namespace toyfarm::model {

/// -ln of the density of a global observable, and its derivatives by the parameter.
struct ConstraintNll {
  double value;
  double slope;
  double curvature;
};

/// What another measurement says of a parameter: the density of its result, the global observable,
/// given the parameter. One file per kind: constraint_<type>.cpp.
class Constraint {
 public:
  Constraint(std::size_t parameter, double observed) : parameter_(parameter), observed_(observed) {}
  Constraint(Constraint const&) = delete;
  Constraint& operator=(Constraint const&) = delete;
  virtual ~Constraint() = default;

  /// Index of the parameter in the model.
  [[nodiscard]] std::size_t parameter() const noexcept { return parameter_; }
  /// The global observable that the spec gives.
  [[nodiscard]] double observed() const noexcept { return observed_; }

  [[nodiscard]] virtual ConstraintNll nll(double theta, double observable) const = 0;
  /// The global observable of which `theta` is the likeliest explanation.
  [[nodiscard]] virtual double expected(double theta) const { return theta; }
  /// The parameter value that explains `observable` best: the inverse of `expected`.
  [[nodiscard]] virtual double estimate(double observable) const { return observable; }
  /// A global observable drawn at `theta`. Toys record it.
  [[nodiscard]] virtual double draw(double theta, kernels::BitStream& bits) const = 0;

 private:
  std::size_t parameter_;
  double observed_;
};

}  // namespace toyfarm::model
