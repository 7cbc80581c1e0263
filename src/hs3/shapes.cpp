#include "hs3/shapes.hpp"

#include <algorithm>
#include <set>

#include "toyfarm/core/printable.hpp"

#include "hs3/functions.hpp"
#include "hs3/shape_rules.hpp"

namespace toyfarm::hs3 {
namespace {

Node by_fields(Source const& source, ShapeRule const& rule) {
  auto fields = rule.params;
  fields.push_back(rule.observable);
  only_fields(source.distribution, fields);
  std::vector<Node> params;
  for (auto const& field : rule.params) {
    params.push_back(source.param(field));
  }
  return pdf_node(source, rule.pdf, source.observable(rule.observable), std::move(params));
}

/// Of factors on different observables.
Node product_shape(Source const& source) {
  only_fields(source.distribution, {"factors", "x"});
  std::vector<Node> components;
  for (auto const& factor : source.distribution.at("factors").items()) {
    auto const& distribution = named(source.workspace.distributions, factor);
    if (type_of(distribution) == "product_dist") {
      refuse(factor, "a product_dist within a product_dist");
    }
    components.push_back(shape_of(distribution, source.workspace, source.names));
  }
  return made_of(
      source.distribution,
      map_node({{"type", text_node("product")}, {"components", list_node(std::move(components))}}));
}

}  // namespace

Variable const& Source::observable(std::string const& field) const {
  auto const place = distribution.at(field);
  auto const candidates = one_or_more(distribution, field);
  if (candidates.size() != 1) {
    refuse(place, "expected one observable, found " + std::to_string(candidates.size()));
  }
  auto const name = candidates.front().name();
  auto const index = names.find(name);
  if (!index || !names.variables()[*index].window) {
    refuse(place, "'" + core::printable(name) + "' is no observable of the data");
  }
  return names.variables()[*index];
}

Node pdf_node(Source const& source,
              std::string const& type,
              Variable const& observable,
              std::vector<Node> params,
              Entries more) {
  Entries entries{{"type", text_node(type)}, {"observable", text_node(observable.name)}};
  if (!params.empty()) {
    entries.emplace_back("params", list_node(std::move(params)));
  }
  entries.insert(entries.end(), more.begin(), more.end());
  return made_of(source.distribution, map_node(std::move(entries)));
}

Node formula_node(Source const& source, Quantity const& expression) {
  std::vector<Node> params;
  std::vector<Variable const*> observables;
  for (auto const i : expression.used()) {
    auto& variable = source.names[i];
    if (variable.is_observable) {
      observables.push_back(&variable);
    } else {
      variable.is_used = true;
      params.push_back(text_node(variable.name));
    }
  }
  if (observables.size() != 1) {
    refuse(expression.field,
           observables.empty() ? "the expression depends on no observable"
                               : "the expression depends on several observables");
  }
  return pdf_node(source,
                  "formula",
                  *observables.front(),
                  std::move(params),
                  {{"expression", made_of(expression.field, text_node(expression.text))}});
}

std::vector<std::string> shape_types() {
  std::vector<std::string> types{"product_dist"};
  for (auto const& rule : shape_rules()) {
    types.emplace_back(rule.type);
  }
  return types;
}

Node shape_of(View const& distribution, Workspace const& workspace, Names& names) {
  Source const source{distribution, workspace, names};
  auto const type = type_of(distribution);
  if (type == "product_dist") {
    return product_shape(source);
  }
  auto const rules = shape_rules();
  auto const rule = std::ranges::find(rules, type, &ShapeRule::type);
  if (rule == rules.end()) {
    refuse_type(distribution,
                type == "histfactory_dist" ? "a binned channel, which cannot be read yet"
                                           : "which no density of a spec stands for",
                shape_types());
  }
  return rule->make != nullptr ? rule->make(source) : by_fields(source, *rule);
}

}  // namespace toyfarm::hs3
