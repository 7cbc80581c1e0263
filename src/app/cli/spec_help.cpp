#include <fmt/core.h>

#include "toyfarm/hs3/read_model.hpp"
#include "toyfarm/model/rules.hpp"
#include "toyfarm/spec/rules.hpp"

#include "app/cli/option_table.hpp"
#include "app/cli/spec_schema.hpp"

namespace toyfarm::app {
namespace {

std::string form_text(spec::FieldRule const& rule) {
  switch (rule.form) {
    case spec::Form::number:
      return "number";
    case spec::Form::boolean:
      return "true|false";
    case spec::Form::text:
      return "text";
    case spec::Form::word:
      return joined(rule.words, "|");
    case spec::Form::interval:
      return "[lower, upper]";
    case spec::Form::object:
      return rule.object;
    case spec::Form::list:
      return "list of " + rule.object;
    case spec::Form::numbers:
      return "[number, ...]";
    case spec::Form::rows:
      return "[[number, ...], ...]";
    case spec::Form::texts:
      return "{name: text, ...}";
  }
  return "";
}

std::string object_text(spec::ObjectRules const& rules) {
  auto text = fmt::format("\n{}{}: {}\n",
                          rules.name,
                          rules.types.empty() ? "" : ", type " + joined(rules.types, " or "),
                          rules.meaning);
  for (auto const& field : rules.fields) {
    text += fmt::format("  {:<16}  {:<26}  {}\n",
                        field.name + (field.is_required ? " *" : ""),
                        form_text(field),
                        field.meaning);
  }
  return text;
}

std::string params_text(model::PdfRules const& rules) {
  if (rules.has_components) {
    return "components on disjoint observables, each a pdf";
  }
  if (rules.takes_any_number) {
    return "params: any number" +
           (rules.least_params > 0 ? fmt::format(", at least {}", rules.least_params) : "");
  }
  return rules.params.empty() ? "no params" : "params: " + joined(rules.params, ", ");
}

}  // namespace

std::string spec_help() {
  std::string text =
      "A spec is one JSON or YAML file. Fields with * are needed; unknown ones are refused, unless "
      "--lenient\nis given. `toyfarm schema` prints the same as JSON Schema, for editors.\n";
  for (auto const& rules : spec::object_rules()) {
    text += object_text(rules);
  }
  return text + "\npdf, constraint: see toyfarm help pdfs\n";
}

std::string pdf_help() {
  std::string text =
      "Densities, by the pdf's type. Each has an observable, over whose bounds it is normalised, "
      "and\n"
      "params: names of the model's parameters in this order.\n\n";
  for (auto const& rules : model::pdf_rules()) {
    text += fmt::format("  {:<28}  {}", rules.type, params_text(rules));
    text += rules.fields.empty() ? "" : "; " + joined(rules.fields, ", ");
    text += rules.variants.empty() ? "" : "; variant " + joined(rules.variants, "|");
    text += "\n";
  }
  text += "\nConstraints, by their type, with the numbers that each needs.\n\n";
  for (auto const& rules : model::constraint_rules()) {
    text += fmt::format("  {:<28}  {}\n", rules.type, joined(rules.fields, ", "));
  }
  return text;
}

std::string hs3_help() {
  auto const types = hs3::known_types();
  auto const list = [](std::vector<std::string> const& words) {
    std::string text;
    for (auto const& word : words) {
      text += "  " + word + "\n";
    }
    return text;
  };
  return "An HS3 document (JSON or YAML) stands wherever a spec may: one of its analyses or "
         "likelihoods is\n"
         "read as the spec that says the same. --analysis or --likelihood chooses where there are "
         "several.\n"
         "Parameter points give inits, domains bounds, const fixes; unbinned data written in it "
         "are fitted.\n"
         "What a spec cannot say is refused by name.\n\nDistributions of observables:\n" +
         list(types.distributions) + "\nDistributions of global observables, as constraints:\n" +
         list(types.constraints) + "\nFunctions:\n" + list(types.functions);
}

}  // namespace toyfarm::app
