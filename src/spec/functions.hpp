#pragma once
#include <map>
#include <string>

#include "toyfarm/spec/view.hpp"

namespace toyfarm::spec {

/// `model.functions`: formulas under names that stand where a parameter's may. They are put in
/// where they are used, so that nobody else knows of them.
class Functions {
 public:
  Functions() = default;
  /// Names must be those of expressions and no parameter's.
  Functions(View const& functions, std::vector<Parameter> const& parameters);

  /// An entry of `params`: a parameter's name, a number, or "=" and an expression of parameters and
  /// functions. The latter two come as "=" and an expression of parameters alone.
  [[nodiscard]] std::string param(View const& entry) const;
  /// The same of a field that may not be a number.
  [[nodiscard]] std::string named(View const& field) const;

 private:
  [[nodiscard]] std::string expanded(View const& entry,
                                     std::string const& expression,
                                     std::size_t depth) const;

  std::map<std::string, std::string> expressions_;
};

}  // namespace toyfarm::spec
