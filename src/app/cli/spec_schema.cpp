#include "app/cli/spec_schema.hpp"

#include <map>

#include <nlohmann/json.hpp>

#include "toyfarm/model/rules.hpp"
#include "toyfarm/spec/limits.hpp"
#include "toyfarm/spec/rules.hpp"

namespace toyfarm::app {
namespace {

using Json = nlohmann::ordered_json;

Json reference(std::string const& object) {
  return {{"$ref", "#/$defs/" + object}};
}

Json list_of(Json items) {
  return {{"type", "array"}, {"items", std::move(items)}};
}

Json form_schema(spec::FieldRule const& rule) {
  switch (rule.form) {
    case spec::Form::number:
      return {{"type", "number"}};
    case spec::Form::boolean:
      return {{"type", "boolean"}};
    case spec::Form::text:
      return {{"type", "string"}};
    case spec::Form::word:
      return {{"enum", rule.words}};
    case spec::Form::interval: {
      auto interval = list_of({{"type", "number"}});
      interval["minItems"] = 2;
      interval["maxItems"] = 2;
      return interval;
    }
    case spec::Form::object:
      return reference(rule.object);
    case spec::Form::list: {
      auto list = list_of(reference(rule.object));
      if (rule.is_required) {
        list["minItems"] = 1;
      }
      return list;
    }
    case spec::Form::numbers:
      return list_of({{"type", "number"}});
    case spec::Form::rows:
      return list_of(list_of({{"type", "number"}}));
    case spec::Form::texts:
      return {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
  }
  return Json::object();
}

/// A field that may be left out may also be null; but for lists, where that would hide a mistake.
Json field_schema(spec::FieldRule const& rule) {
  auto schema = form_schema(rule);
  if (!rule.is_required && rule.form != spec::Form::list) {
    schema = {{"anyOf", {std::move(schema), {{"type", "null"}}}}};
  }
  schema["description"] = rule.meaning;
  return schema;
}

Json object_schema(Json properties, std::vector<std::string> const& required) {
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", required},
          {"additionalProperties", false}};
}

Json rules_schema(spec::ObjectRules const& rules) {
  Json properties = Json::object();
  std::vector<std::string> required;
  if (!rules.types.empty()) {
    properties["type"] = {{"enum", rules.types}};
    required.emplace_back("type");
  }
  for (auto const& field : rules.fields) {
    properties[field.name] = field_schema(field);
    if (field.is_required) {
      required.push_back(field.name);
    }
  }
  auto schema = object_schema(std::move(properties), required);
  schema["description"] = rules.meaning;
  return schema;
}

Json params_schema(model::PdfRules const& rules) {
  auto schema = list_of({{"anyOf", {{{"type", "string"}}, {{"type", "number"}}}}});
  if (rules.takes_any_number) {
    schema["minItems"] = rules.least_params;
    schema["maxItems"] = spec::max_density_params;
    schema["description"] =
        "names of parameters or functions, numbers or \"=\" and a formula; any number of them";
    return schema;
  }
  schema["minItems"] = rules.params.size();
  schema["maxItems"] = rules.params.size();
  std::string names;
  for (auto const& name : rules.params) {
    names += (names.empty() ? "" : ", ") + name;
  }
  schema["description"] = "names of parameters or functions, numbers or \"=\" and a formula, for " +
                          (names.empty() ? "nothing" : names);
  return schema;
}

/// Which fields a type needs beyond `params`, and of what kind each is, its builder knows.
Json pdf_schema(model::PdfRules const& rules) {
  Json properties{{"type", {{"const", rules.type}}}};
  std::vector<std::string> required{"type"};
  if (rules.has_components) {
    properties["components"] = list_of(reference("pdf"));
    properties["components"]["minItems"] = 1;
    required.emplace_back("components");
    return object_schema(std::move(properties), required);
  }
  properties["observable"] = {{"type", "string"}, {"description", "of the channel"}};
  required.emplace_back("observable");
  properties["params"] = params_schema(rules);
  if (!rules.params.empty() || rules.least_params > 0) {
    required.emplace_back("params");
  } else {
    properties["params"] = {{"anyOf", {properties["params"], {{"type", "null"}}}}};
  }
  for (auto const& field : rules.fields) {
    properties[field] = {{"anyOf",
                          {{{"type", "number"}},
                           {{"type", "string"}},
                           list_of({{"type", "number"}}),
                           {{"type", "null"}}}}};
  }
  if (!rules.variants.empty()) {
    properties["variant"] = {{"anyOf", {{{"enum", rules.variants}}, {{"type", "null"}}}}};
  }
  return object_schema(std::move(properties), required);
}

Json constraint_schema(model::ConstraintRules const& rules) {
  Json properties{{"type", {{"const", rules.type}}}};
  std::vector<std::string> required{"type"};
  for (auto const& field : rules.fields) {
    properties[field] = {{"type", "number"}};
    required.push_back(field);
  }
  return object_schema(std::move(properties), required);
}

}  // namespace

std::string spec_schema() {
  // Objects of one name are alternatives.
  std::map<std::string, std::vector<Json>> objects;
  for (auto const& rules : spec::object_rules()) {
    objects[rules.name].push_back(rules_schema(rules));
  }
  for (auto const& rules : model::pdf_rules()) {
    objects["pdf"].push_back(pdf_schema(rules));
  }
  for (auto const& rules : model::constraint_rules()) {
    objects["constraint"].push_back(constraint_schema(rules));
  }
  Json definitions = Json::object();
  for (auto& [name, alternatives] : objects) {
    definitions[name] =
        alternatives.size() == 1 ? alternatives.front() : Json{{"oneOf", alternatives}};
  }
  Json const schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                    {"title", "toyfarm spec"},
                    {"$ref", "#/$defs/spec"},
                    {"$defs", std::move(definitions)}};
  return schema.dump(2) + "\n";
}

}  // namespace toyfarm::app
