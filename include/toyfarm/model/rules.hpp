#pragma once
#include <cstddef>
#include <string>
#include <vector>

// What specs may say of densities and constraints, as tables: the registries without what they
// build.
namespace toyfarm::model {

/// A type of pdf.
struct PdfRules {
  std::string type;
  std::vector<std::string> params;  ///< in the order of the spec
  std::size_t least_params = 0;     ///< of a type that takes any number, without names
  bool takes_any_number = false;
  std::vector<std::string> fields;  ///< besides type, observable, params and variant
  std::vector<std::string>
      variants;                 ///< words of `variant`, the default first; none: no such field
  bool has_components = false;  ///< instead of observable, params and fields
};
[[nodiscard]] std::vector<PdfRules> pdf_rules();

/// A type of constraint: its fields are numbers, all of them needed.
struct ConstraintRules {
  std::string type;
  std::vector<std::string> fields;
};
[[nodiscard]] std::vector<ConstraintRules> constraint_rules();

}  // namespace toyfarm::model
