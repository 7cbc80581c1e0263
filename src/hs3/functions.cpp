#include "hs3/functions.hpp"

#include <algorithm>

#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/spec/suggestion.hpp"

namespace toyfarm::hs3 {
namespace {

std::string joined_terms(View const& list, Names& names, char sign, char const* of_none) {
  std::string text;
  for (auto const& item : list.items()) {
    text += (text.empty() ? "" : std::string(1, sign)) + names.term(item);
  }
  return text.empty() ? of_none : text;
}

std::string product_text(View const& function, Names& names) {
  only_fields(function, {"factors"});
  return joined_terms(function.at("factors"), names, '*', "1");
}

std::string sum_text(View const& function, Names& names) {
  only_fields(function, {"summands"});
  return joined_terms(function.at("summands"), names, '+', "0");
}

std::string generic_text(View const& function, Names& names) {
  only_fields(function, {"expression"});
  auto const expression = function.at("expression");
  return names.expanded(expression.text(), expression);
}

/// A sum of powers, by Horner's rule.
std::string polynomial_text(View const& function, Names& names) {
  only_fields(function, {"x", "coefficients"});
  auto const x = names.term(function.at("x"));
  auto const coefficients = function.at("coefficients").items();
  std::string text = "0";
  for (auto c = coefficients.rbegin(); c != coefficients.rend(); ++c) {
    text =
        c == coefficients.rbegin() ? names.term(*c) : names.term(*c) + "+" + x + "*(" + text + ")";
  }
  return text;
}

struct FunctionRule {
  std::string_view type;
  std::string (*text)(View const& function, Names& names);
};
constexpr FunctionRule function_rules[] = {{"generic_function", generic_text},
                                           {"polynomial", polynomial_text},
                                           {"product", product_text},
                                           {"sum", sum_text}};

}  // namespace

std::string text_of_function(View const& function, Names& names) {
  auto const type = type_of(function);
  auto const* const rule = std::ranges::find(function_rules, type, &FunctionRule::type);
  if (rule == std::end(function_rules)) {
    refuse_type(function, "of which nothing is known", function_types());
  }
  return rule->text(function, names);
}

std::vector<std::string> function_types() {
  std::vector<std::string> types;
  for (auto const& rule : function_rules) {
    types.emplace_back(rule.type);
  }
  return types;
}

std::string type_of(View const& object) {
  if (auto const type = object.find("type")) {
    return type->name();
  }
  refuse(object,
         "'" + core::printable(object.at("name").name()) +
             "' has no type: ROOT writes such where it cannot export a class");
}

void only_fields(View const& object, std::vector<std::string> known) {
  known.insert(known.end(), {"name", "type"});
  for (auto const& entry : object.node().entries) {
    if (std::ranges::find(known, entry.first) != known.end()) {
      continue;
    }
    auto const problem = "unknown field \"" + core::printable(entry.first) + "\" of a " +
                         core::printable(type_of(object)) +
                         spec::suggestion(entry.first, known, '"');
    if (object.document().unknown == spec::UnknownFields::refuse) {
      refuse(object, problem + " (--lenient makes this a warning)");
    }
    core::log_warn(object.document().file + ": " + object.pointer() + ": " + problem);
  }
}

}  // namespace toyfarm::hs3
