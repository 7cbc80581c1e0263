#pragma once
#include <memory>
#include <string>
#include <vector>

#include "toyfarm/model/constraint.hpp"
#include "toyfarm/spec/spec.hpp"

// What the files constraint_*.cpp share: how they are asked for, and what they draw with.
namespace toyfarm::model {

/// A constraint whose type and fields have been checked: what its builder needs.
struct ConstraintSource {
  spec::Parameter const& parameter;
  std::size_t index;  ///< of the parameter
  std::string file;   ///< the spec, for messages

  [[nodiscard]] double number(std::string const& field) const {
    return parameter.constraint->fields.at(field);
  }
  /// A field that must be above `least`, or SpecError.
  [[nodiscard]] double number_above(std::string const& field, double least) const;
  /// Throws SpecError where the parameter may be 0 or negative.
  void require_positive() const;
  /// Throws SpecError at `field` of the constraint (empty: the constraint itself).
  [[noreturn]] void fail(std::string const& field, std::string const& problem) const;
};

/// Null where a constraint says nothing.
using ConstraintPtr = std::unique_ptr<Constraint const>;

/// A constraint's row of the registry. constraint_<name>.cpp defines `ConstraintType
/// <name>_constraint()`; the list of names is in CMakeLists.txt.
struct ConstraintType {
  char const* name;
  ConstraintPtr (*make)(ConstraintSource const&);
  std::vector<std::string> fields;  ///< numbers, all of them needed
};

/// All rows, by name (generated).
[[nodiscard]] std::vector<ConstraintType> constraint_types();

/// Builds the constraint of a parameter that has one. Throws SpecError for an unknown type, a field
/// that is missing, unknown (unless `unknown` says to warn) or outside its range.
[[nodiscard]] ConstraintPtr build_constraint(ConstraintSource const& source,
                                             spec::UnknownFields unknown);

/// u - ln(1 + u), u > -1, to rounding also where u is small.
[[nodiscard]] double log_excess(double u);

// Deviates, the same on every machine.

/// A standard normal one.
[[nodiscard]] double draw_normal(kernels::BitStream& bits);
/// Uniform in [0, 1).
[[nodiscard]] double draw_uniform(kernels::BitStream& bits);
/// ln and exp by the kernels.
[[nodiscard]] double log_of(double x);
[[nodiscard]] double exp_of(double x);

}  // namespace toyfarm::model
