#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "toyfarm/core/error.hpp"
#include "toyfarm/formula/graph.hpp"

namespace toyfarm::formula {

/// Bytes of an expression, and how deep its parentheses, signs, powers and choices may be nested.
inline constexpr std::size_t max_length = 100'000;
inline constexpr std::size_t max_depth = 200;

/// A mistake in an expression (exit 65): "at character 5: problem".
class ExpressionError : public core::Error {
 public:
  ExpressionError(std::size_t at, std::string const& problem)
      : Error(core::ExitCode::bad_data, "at character " + std::to_string(at + 1) + ": " + problem),
        at_(at) {}
  /// Bytes before the place of the mistake.
  [[nodiscard]] std::size_t at() const noexcept { return at_; }

 private:
  std::size_t at_;
};

/// The function that an expression of HS3's generic grammar (arXiv:2606.01760) or of RooFit's
/// TFormula describes. `variables` are the names that it may use; @0 and x[0] are the first one,
/// where no variable is called so. Throws ExpressionError.
[[nodiscard]] Graph parse(std::string_view text, std::span<std::string const> variables);

/// Of each variable: whether the function depends on it.
[[nodiscard]] std::vector<bool> used_variables(Graph const& graph);

}  // namespace toyfarm::formula
