#include "hs3/names.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "toyfarm/core/printable.hpp"
#include "toyfarm/formula/parse.hpp"
#include "toyfarm/spec/expression_word.hpp"
#include "toyfarm/spec/suggestion.hpp"

#include "hs3/functions.hpp"

namespace toyfarm::hs3 {
namespace {

constexpr std::size_t max_open_functions = 100;

/// ROOT writes numbers among names as strings.
std::optional<double> number_in(std::string const& text) {
  double value = 0;
  auto const* const end = text.data() + text.size();
  auto const [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && rest == end && std::isfinite(value) ? std::optional(value)
                                                                     : std::nullopt;
}

std::string number_term(double value) {
  auto const text = spec::shortest(value);
  return value < 0 ? "(" + text + ")" : text;
}

std::string quoted_name(std::string const& name) {
  return "'" + core::printable(name) + "'";
}

}  // namespace

std::optional<double> Quantity::number() const {
  auto const& last = graph.nodes.back();
  return last.operation == formula::Operation::constant ? std::optional(last.value) : std::nullopt;
}

std::optional<std::size_t> Quantity::variable() const {
  auto const& last = graph.nodes.back();
  return last.operation == formula::Operation::variable
             ? std::optional<std::size_t>(last.operands[0])
             : std::nullopt;
}

std::vector<std::size_t> Quantity::used() const {
  auto const is_used = formula::used_variables(graph);
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < is_used.size(); ++i) {
    if (is_used[i]) {
      indices.push_back(i);
    }
  }
  return indices;
}

std::optional<std::size_t> Names::find(std::string const& name) const {
  auto const found = index_.find(name);
  return found == index_.end() ? std::nullopt : std::optional(found->second);
}

Quantity Names::of(View const& field) {
  formula::Builder builder;
  auto const made = [&](formula::NodeId id, std::string text) -> Quantity {
    return {std::move(text), builder.graph(id, variables_.size()), field};
  };
  if (field.node().kind == spec::NodeKind::number) {
    return made(builder.constant(field.number()), number_term(field.number()));
  }
  auto const name = field.name();
  if (auto const index = find(name)) {  // of any characters, where it stands alone
    return made(builder.variable(*index), spec::is_name(name) ? name : "[" + name + "]");
  }
  return parsed(term(field), field);
}

Quantity Names::of_expression(View const& field) {
  return parsed(expanded(field.text(), field), field);
}

Quantity Names::parsed(std::string text, View const& field) const {
  try {
    auto graph = formula::parse(text, names_);
    return {std::move(text), std::move(graph), field};
  } catch (formula::ExpressionError const& error) {
    refuse(field, "expression " + core::printable(text) + ": " + error.what());
  }
}

std::string Names::term(View const& field) {
  if (field.node().kind == spec::NodeKind::number) {
    return number_term(field.number());
  }
  auto const name = field.name();
  if (!find(name) && !workspace_.functions.contains(name)) {
    if (auto const value = number_in(name)) {
      return number_term(*value);
    }
  }
  return token(name, field);
}

std::string Names::token(std::string const& word, View const& field) {
  if (auto const function = workspace_.functions.find(word);
      function != workspace_.functions.end()) {
    return "(" + function_text(word, function->second) + ")";
  }
  if (!find(word)) {
    refuse(field,
           quoted_name(word) + " has no value in the parameter points and is no function" +
               spec::suggestion(word, names_));
  }
  if (!spec::is_name(word)) {
    refuse(field,
           "the name " + quoted_name(word) +
               " cannot stand in an expression, whose names are letters, digits and '_'");
  }
  return word;
}

std::string Names::function_text(std::string const& name, View const& function) {
  if (auto const known = texts_.find(name); known != texts_.end()) {
    return known->second;
  }
  if (std::ranges::find(open_, name) != open_.end()) {
    function.fail("functions refer to each other in a circle, of which " + quoted_name(name) +
                  " is one");
  }
  if (open_.size() >= max_open_functions) {
    function.fail("functions of functions are nested deeper than " +
                  std::to_string(max_open_functions) + " levels");
  }
  open_.push_back(name);
  std::string text;
  try {
    text = text_of_function(function, *this);
    if (text.size() > formula::max_length) {
      refuse(function,
             "with all functions put in it has more than " + std::to_string(formula::max_length) +
                 " characters");
    }
  } catch (...) {
    open_.pop_back();
    throw;
  }
  open_.pop_back();
  texts_[name] = text;
  return text;
}

std::string Names::expanded(std::string const& expression, View const& field) {
  std::string out;
  std::string_view rest = expression;
  while (!rest.empty()) {
    std::string const word(rest.substr(0, spec::token_length(rest)));
    rest.remove_prefix(word.size());
    auto const next = rest.find_first_not_of(" \t\r\n");
    char const follows = next == std::string_view::npos ? '\0' : rest[next];
    if (word == "@" || (word == "x" && follows == '[')) {
      refuse(field, "the expression names its variables by position, of which nothing is known");
    }
    bool const is_known = find(word) || workspace_.functions.contains(word);
    bool const is_word = spec::begins_word(word.front()) && follows != '(';
    bool const is_number_of_nature = word == "PI" || word == "pi" || word == "EULER";
    out += is_word && (is_known || !is_number_of_nature) ? token(word, field) : word;
    if (out.size() > formula::max_length) {
      refuse(field,
             "with all functions put in the expression has more than " +
                 std::to_string(formula::max_length) + " characters");
    }
  }
  return out;
}

std::optional<double> Names::settled(Quantity const& quantity) const {
  std::vector<double> values(variables_.size(), 0);
  for (auto const i : quantity.used()) {
    auto const& variable = variables_[i];
    if (!variable.is_constant || !variable.value || variable.is_observable) {
      return std::nullopt;
    }
    values[i] = *variable.value;
  }
  return formula::evaluate(quantity.graph, values);
}

void Names::refuse_observables(Quantity const& quantity) const {
  for (auto const i : quantity.used()) {
    if (variables_[i].is_observable) {
      refuse(quantity.field,
             "depends on the observable " + quoted_name(variables_[i].name) +
                 ", where a spec has parameters");
    }
  }
}

Node Names::param(Quantity const& quantity) {
  refuse_observables(quantity);
  for (auto const i : quantity.used()) {
    variables_[i].is_used = true;
  }
  auto const number = quantity.number();
  auto const alone = quantity.variable();
  return made_of(quantity.field,
                 number  ? number_node(*number)
                 : alone ? text_node(variables_[*alone].name)
                         : text_node("=" + quantity.text));
}

/// Looks into each distribution and function once.
class Names::ObservableSearch {
 public:
  explicit ObservableSearch(Names const& names) : names_(names) {}

  bool in(View const& field, int depth) {
    if (depth > max_depth) {
      field.fail("distributions and functions are nested deeper than " + std::to_string(max_depth) +
                 " levels");
    }
    auto const& node = field.node();
    if (node.kind == spec::NodeKind::list) {
      return std::ranges::any_of(field.items(),
                                 [&](View const& item) { return in(item, depth + 1); });
    }
    if (node.kind == spec::NodeKind::map) {
      return std::ranges::any_of(node.entries, [&](auto const& entry) {
        auto const member = field.find(entry.first);
        return entry.first != "name" && entry.first != "type" && member && in(*member, depth + 1);
      });
    }
    return node.kind == spec::NodeKind::string && in_text(node.text, depth);
  }

 private:
  static constexpr int max_depth = 400;

  bool in_text(std::string const& text, int depth) {
    if (is_observable(text) || in_member(names_.workspace_.distributions, text, depth)) {
      return true;
    }
    for (std::string_view rest = text; !rest.empty();) {
      std::string const word(rest.substr(0, spec::token_length(rest)));
      rest.remove_prefix(word.size());
      if (is_observable(word) || in_member(names_.workspace_.functions, word, depth)) {
        return true;
      }
    }
    return false;
  }
  bool is_observable(std::string const& name) const {
    auto const index = names_.find(name);
    return index && names_.variables_[*index].is_observable;
  }
  bool in_member(Section const& section, std::string const& name, int depth) {
    auto const found = section.find(name);
    return found != section.end() && seen_.insert(&found->second).second &&
           in(found->second, depth + 1);
  }

  Names const& names_;
  std::set<View const*> seen_;
};

bool Names::depends_on_observables(View const& field) const {
  return ObservableSearch(*this).in(field, 0);
}

}  // namespace toyfarm::hs3
