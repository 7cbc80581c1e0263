#include "spec/functions.hpp"

#include <algorithm>

#include "toyfarm/core/printable.hpp"
#include "toyfarm/spec/expression_word.hpp"

namespace toyfarm::spec {
namespace {

constexpr std::size_t max_function_depth = 20;  // functions of functions
constexpr std::size_t max_expression = 100'000;

}  // namespace

Functions::Functions(View const& functions, std::vector<Parameter> const& parameters) {
  functions.require_map();
  for (auto const& entry : functions.node().entries) {
    auto const& name = entry.first;
    View const view(
        entry.second, functions.pointer() + "/" + core::printable(name), functions.document());
    if (name.size() > max_name || !is_name(name)) {
      view.fail("a function's name is letters, digits and '_', and begins with no digit");
    }
    if (std::ranges::find(parameters, name, &Parameter::name) != parameters.end()) {
      view.fail("'" + core::printable(name) + "' is a parameter's name too");
    }
    expressions_[name] = view.text();
  }
}

std::string Functions::param(View const& entry) const {
  if (entry.node().kind == NodeKind::number) {
    return std::string("=").append(shortest(entry.number()));
  }
  return named(entry);
}

std::string Functions::named(View const& field) const {
  auto const text = field.text();
  if (text.starts_with("=")) {
    return std::string("=").append(expanded(field, text.substr(1), 0));
  }
  auto const function = expressions_.find(text);
  return function == expressions_.end()
             ? field.name()
             : std::string("=").append(expanded(field, function->second, 1));
}

std::string Functions::expanded(View const& entry,
                                std::string const& expression,
                                std::size_t depth) const {
  if (depth > max_function_depth) {
    entry.fail("functions of functions are nested deeper than " +
               std::to_string(max_function_depth) + " levels, or in a circle");
  }
  std::string out;
  std::string_view rest = expression;
  while (!rest.empty()) {
    auto const word = rest.substr(0, token_length(rest));
    rest.remove_prefix(word.size());
    auto const next = rest.find_first_not_of(" \t\r\n");
    bool const is_call = next != std::string_view::npos && rest[next] == '(';
    auto const function = expressions_.find(std::string(word));
    if (function == expressions_.end() || is_call) {
      out += word;
    } else {
      out.append("(").append(expanded(entry, function->second, depth + 1)).append(")");
    }
    if (out.size() > max_expression) {
      entry.fail("functions make an expression of more than " + std::to_string(max_expression) +
                 " characters");
    }
  }
  return out;
}

}  // namespace toyfarm::spec
