#include "toyfarm/spec/rules.hpp"

#include <algorithm>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::spec {
namespace {

constexpr bool required = true;
constexpr bool optional = false;

std::vector<ObjectRules> document_rules() {
  return {{"spec",
           {},
           "a model and the channels that it describes",
           {{"schema_version",
             Form::word,
             required,
             "of this format",
             "",
             {std::string(schema_version)}},
            {"model", Form::object, required, "the parameters", "model"},
            {"channels", Form::list, required, "regions of data, fitted together", "channel"},
            {"$schema", Form::text, optional, "for editors; not read"}}},
          {"model",
           {},
           "what all channels share",
           {{"parameters", Form::list, required, "all of the model", "parameter"},
            {"poi", Form::text, optional, "name of the parameter of interest"},
            {"functions",
             Form::texts,
             optional,
             "formulas of parameters, by name, for pdfs and yields"}}},
          {"parameter",
           {},
           "a number that a fit finds, or that is fixed",
           {{"name", Form::text, required, "which no other has"},
            {"init",
             Form::number,
             required,
             "where fits begin, and what toys are generated at by default"},
            {"bounds", Form::interval, required, "equal ones fix it; YAML may have .inf"},
            {"fixed", Form::boolean, optional, "stays at init"},
            {"constraint",
             Form::object,
             optional,
             "what another measurement says of it",
             "constraint"}}}};
}

std::vector<ObjectRules> channel_rules() {
  return {
      {"channel",
       {},
       "events of some observables, and the processes that they come from",
       {{"name", Form::text, required, "which no other channel has"},
        {"observables", Form::list, required, "what is measured of an event", "observable"},
        {"processes", Form::list, required, "their densities add, by their yields", "process"},
        {"data", Form::object, optional, "the observed events; toys from init need none", "data"},
        {"include_in_fit", Form::boolean, optional, "default true"}}},
      {"observable",
       {},
       "a column of the data and its window, in which densities are normalised",
       {{"name", Form::text, required, "name of the column"},
        {"bounds", Form::interval, required, "lower and upper end, finite"},
        {"expr", Form::text, optional, "accepted from the old format; not evaluated"}}},
      {"process",
       {},
       "one source of events",
       {{"name", Form::text, required, "which no other process of the channel has"},
        {"pdf", Form::object, required, "its density: toyfarm help pdfs", "pdf"},
        {"yield", Form::object, required, "how many events it has", "yield"}}},
      {"data",
       {},
       "where a channel's events are: in a file, or here",
       {{"file", Form::text, optional, "relative to the spec"},
        {"entries",
         Form::rows,
         optional,
         "instead of a file: a list per event, of its observables"},
        {"weights", Form::numbers, optional, "of the entries; default 1"},
        {"format",
         Form::word,
         optional,
         "default: by the file's ending",
         "",
         {"parquet", "hdf5", "h5", "csv"}},
        {"tree", Form::text, optional, "group of an HDF5 file"},
        {"channel",
         Form::text,
         optional,
         "takes rows with this in _channel (default: the channel's name)"}}}};
}

std::vector<ObjectRules> yield_rules() {
  FieldRule const modifiers{
      "modifiers", Form::list, optional, "factors that depend on nuisances", "modifier"};
  FieldRule const param{"param", Form::text, required, "name of the nuisance parameter"};
  FieldRule const lo{"lo", Form::number, required, "factor where it is -1"};
  FieldRule const hi{"hi", Form::number, required, "factor where it is +1"};
  return {{"yield",
           {"fixed"},
           "a number",
           {{"value", Form::number, required, "events, not negative"}, modifiers}},
          {"yield",
           {"parameter"},
           "a parameter",
           {{"name", Form::text, required, "of the parameter, or \"=\" and a product of some"},
            modifiers}},
          {"yield",
           {"scaled"},
           "a number times a parameter",
           {{"base_yield", Form::number, required, "events where the parameter is 1, not negative"},
            {"scale", Form::text, required, "the parameter's name, or \"=\" and a product of some"},
            modifiers}},
          {"modifier",
           {"normsys", "norm_sys"},
           "lo, hi > 0; exponential between and beyond",
           {param, lo, hi}},
          {"modifier",
           {"weightsys", "weight_sys"},
           "interpolated as interp_code says",
           {param,
            lo,
            hi,
            {"interp_code",
             Form::word,
             optional,
             "default code0",
             "",
             {"code0", "code4p", "Code0", "Code4p"}}}}};
}

std::vector<ObjectRules> all_rules() {
  auto rules = document_rules();
  for (auto const& more : {channel_rules(), yield_rules()}) {
    rules.insert(rules.end(), more.begin(), more.end());
  }
  return rules;
}

ObjectRules const& rules_of(std::string_view object, std::string_view type) {
  auto const rules = object_rules();
  auto const found = std::ranges::find_if(rules, [&](ObjectRules const& r) {
    return r.name == object &&
           (r.types.empty() || std::ranges::find(r.types, type) != r.types.end());
  });
  TOYFARM_EXPECTS(found != rules.end());
  return *found;
}

}  // namespace

std::span<ObjectRules const> object_rules() {
  static std::vector<ObjectRules> const rules = all_rules();
  return rules;
}

std::vector<std::string> field_names(std::string_view object, std::string_view type) {
  auto const& rules = rules_of(object, type);
  std::vector<std::string> names;
  if (!rules.types.empty()) {
    names.emplace_back("type");
  }
  std::ranges::transform(rules.fields, std::back_inserter(names), &FieldRule::name);
  return names;
}

std::vector<std::string> const& field_words(std::string_view object, std::string_view field) {
  auto const& fields = rules_of(object, {}).fields;
  return std::ranges::find(fields, field, &FieldRule::name)->words;
}

}  // namespace toyfarm::spec
