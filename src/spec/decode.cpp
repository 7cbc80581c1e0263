#include "spec/decode.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "toyfarm/core/printable.hpp"
#include "toyfarm/spec/rules.hpp"
#include "toyfarm/spec/suggestion.hpp"

#include "spec/functions.hpp"

namespace toyfarm::spec {
namespace {

template <class T>
T word(View const& view, std::vector<std::pair<std::string, T>> const& known) {
  auto const text = view.text();
  std::vector<std::string> names;
  std::string list;
  for (auto const& [name, value] : known) {
    if (name == text) {
      return value;
    }
    names.push_back(name);
    list += (list.empty() ? "" : ", ") + name;
  }
  view.fail("unknown value \"" + core::printable(text) + "\"" + suggestion(text, names, '"') +
            " (known: " + list + ")");
}

Constraint decode_constraint(View const& view) {
  Constraint out{view.at("type").name(), {}, view.pointer()};
  for (auto const& [name, node] : view.node().entries) {
    if (name != "type" && node.kind != NodeKind::null) {
      out.fields.emplace(name, view.find(name)->number());
    }
  }
  return out;
}

Parameter decode_parameter(View const& view) {
  view.only(field_names("parameter"));
  Parameter out;
  out.name = view.at("name").name();
  out.init = view.at("init").number();
  out.bounds = view.at("bounds").interval();
  if (auto const fixed = view.find("fixed")) {
    out.fixed = fixed->boolean();
  }
  out.fixed = out.fixed || out.bounds.lower == out.bounds.upper;
  if (auto const constraint = view.find("constraint")) {
    out.constraint = decode_constraint(*constraint);
  }
  return out;
}

Modifier decode_modifier(View const& view) {
  Modifier out;
  out.pointer = view.pointer();
  out.kind = word<ModifierKind>(view.at("type"),
                                {{"normsys", ModifierKind::normsys},
                                 {"weightsys", ModifierKind::weightsys},
                                 {"norm_sys", ModifierKind::normsys},
                                 {"weight_sys", ModifierKind::weightsys}});
  bool const weight = out.kind == ModifierKind::weightsys;
  view.only(field_names("modifier", view.at("type").text()));
  out.param = view.at("param").name();
  out.lo = view.at("lo").number();
  out.hi = view.at("hi").number();
  if (auto const code = weight ? view.find("interp_code") : std::nullopt) {
    out.interpolation = word<Interpolation>(*code,
                                            {{"code0", Interpolation::code0},
                                             {"code4p", Interpolation::code4p},
                                             {"Code0", Interpolation::code0},
                                             {"Code4p", Interpolation::code4p}});
  }
  return out;
}

Yield decode_yield(View const& view, Functions const& functions) {
  Yield out;
  out.pointer = view.pointer();
  out.kind = word<YieldKind>(view.at("type"),
                             {{"fixed", YieldKind::fixed},
                              {"parameter", YieldKind::parameter},
                              {"scaled", YieldKind::scaled}});
  if (out.kind == YieldKind::fixed) {
    out.value = view.at("value").number();
  } else if (out.kind == YieldKind::parameter) {
    out.parameter = functions.named(view.at("name"));
  } else {
    out.value = view.at("base_yield").number();
    out.parameter = functions.named(view.at("scale"));
  }
  view.only(field_names("yield", view.at("type").text()));
  for (auto const& entry : view.node().entries) {
    if (entry.first == "modifiers") {  // a list if it is there at all: null would hide a mistake
      for (auto const& modifier :
           View(entry.second, view.pointer() + "/modifiers", view.document()).items()) {
        out.modifiers.push_back(decode_modifier(modifier));
      }
    }
  }
  return out;
}

void refuse_foreign_pdf(View const& type, std::string const& name) {
  constexpr std::string_view from_tree = "_from_tree";
  if (name.ends_with(from_tree)) {
    type.fail("pdf type \"" + name +
              "\" reads ROOT trees, which this program does not; give the contents themselves with "
              "type \"" +
              name.substr(0, name.size() - from_tree.size()) + "\"");
  }
  if (name == "flow" || name == "conditional_flow" || name == "dcr_surrogate") {
    type.fail("pdf type \"" + name + "\" needs an ONNX model, which this program does not read");
  }
}

Attribute decode_attribute(View const& view) {
  switch (view.node().kind) {
    case NodeKind::number:
      return view.number();
    case NodeKind::string:
      return view.text();
    case NodeKind::list:
      return view.numbers();
    default:
      view.fail("expected a number, a string or a list of numbers");
  }
}

// A pdf of components has nothing else; which types those are, the model knows.
Pdf decode_pdf(View const& view, Functions const& functions, std::string const& outer = "") {
  Pdf out;
  out.pointer = view.pointer();
  auto const type = view.at("type");
  out.type = type.name();
  refuse_foreign_pdf(type, out.type);
  if (auto const components = view.find("components")) {
    if (!outer.empty()) {
      type.fail("a " + out.type + " inside a " + outer);
    }
    view.only({"type", "components"});
    for (auto const& component : components->items()) {
      out.components.push_back(decode_pdf(component, functions, out.type));
    }
    return out;
  }
  out.observable = view.at("observable").name();
  if (auto const params = view.find("params")) {
    for (auto const& entry : params->items()) {
      out.params.push_back(functions.param(entry));
    }
  }
  for (auto const& [name, node] : view.node().entries) {
    bool const own = name == "type" || name == "observable" || name == "params";
    if (!own && node.kind != NodeKind::null) {
      out.attributes.emplace(name, decode_attribute(*view.find(name)));
    }
  }
  return out;
}

/// Rows have one number per observable.
WrittenEvents decode_events(View const& data, std::size_t n_observables) {
  WrittenEvents out;
  auto const entries = data.at("entries");
  for (auto const& entry : entries.items()) {
    out.entries.push_back(entry.numbers());
    if (out.entries.back().size() != n_observables) {
      entry.fail("an event has " + std::to_string(n_observables) +
                 (n_observables == 1 ? " observable" : " observables") + ", this one has " +
                 std::to_string(out.entries.back().size()) + " numbers");
    }
  }
  if (auto const weights = data.find("weights")) {
    out.weights = weights->numbers();
    if (out.weights.size() != out.entries.size()) {
      weights->fail(std::to_string(out.weights.size()) + " weights of " +
                    std::to_string(out.entries.size()) + " events");
    }
  }
  return out;
}

void refuse_beside_entries(View const& data) {
  for (auto const* key : {"file", "format", "tree", "channel"}) {
    if (auto const found = data.find(key)) {
      found->fail("the channel's events are in `entries`; a file has no place beside them");
    }
  }
}

DataSource decode_data(View const& view, std::size_t n_observables) {
  auto known = field_names("data");
  known.insert(known.end(), {"selection", "weight"});  // refused below, with advice
  view.only(known);
  DataSource out;
  out.pointer = view.pointer();
  if (view.find("entries")) {
    refuse_beside_entries(view);
    out.events = decode_events(view, n_observables);
    return out;
  }
  if (auto const weights = view.find("weights")) {
    weights->fail("belong to `entries`; a file has its weights in the column _weight");
  }
  out.file = view.at("file").name(max_path);
  out.format = view.find_text("format");
  out.tree = view.find_name("tree");
  out.channel = view.find_name("channel");
  out.selection = view.find_text("selection");
  out.weight = view.find_text("weight");
  bool const root = out.format == "root" || (!out.format && out.file.ends_with(".root"));
  if (root) {
    view.fail("ROOT files are not read; write the columns as HDF5, Parquet or CSV");
  }
  if (auto const format = view.find("format")) {
    std::vector<std::pair<std::string, int>> formats;
    for (auto const& name : field_words("data", "format")) {
      formats.emplace_back(name, 0);
    }
    static_cast<void>(word<int>(*format, formats));
  }
  for (auto const* key : {"selection", "weight"}) {
    if (auto const found = view.find(key)) {
      found->fail(std::string("expressions belong to ROOT trees; ") +
                  (std::string(key) == "weight" ? "put the weights into a column _weight"
                                                : "cut the file beforehand"));
    }
  }
  return out;
}

Observable decode_observable(View const& view) {
  view.only(field_names("observable"));
  return {view.at("name").name(), view.find_text("expr"), view.at("bounds").interval()};
}

Process decode_process(View const& view, Functions const& functions) {
  view.only(field_names("process"));
  return {view.at("name").name(),
          decode_pdf(view.at("pdf"), functions),
          decode_yield(view.at("yield"), functions)};
}

Channel decode_channel(View const& view, Functions const& functions) {
  view.only(field_names("channel"));
  Channel out;
  out.pointer = view.pointer();
  out.name = view.at("name").name();
  if (auto const include = view.find("include_in_fit")) {
    out.include_in_fit = include->boolean();
  }
  for (auto const& observable : view.at("observables").items()) {
    out.observables.push_back(decode_observable(observable));
  }
  if (auto const data = view.find("data")) {
    out.data = decode_data(*data, out.observables.size());
  }
  for (auto const& process : view.at("processes").items()) {
    out.processes.push_back(decode_process(process, functions));
  }
  return out;
}

}  // namespace

Spec decode(Node const& root, Document const& document) {
  View const view(root, "", document);
  view.require_map();
  auto const version = view.at("schema_version");
  if (version.text() != schema_version) {
    version.fail("unsupported schema_version: " + core::printable(version.text()) + " (expected " +
                 std::string(schema_version) + ")");
  }
  view.only(field_names("spec"));
  Spec out;
  auto const model = view.at("model");
  model.only(field_names("model"));
  out.poi = model.find_name("poi");
  for (auto const& parameter : model.at("parameters").items()) {
    out.parameters.push_back(decode_parameter(parameter));
  }
  auto const given = model.find("functions");
  Functions const functions = given ? Functions(*given, out.parameters) : Functions();
  for (auto const& channel : view.at("channels").items()) {
    out.channels.push_back(decode_channel(channel, functions));
  }
  return out;
}

}  // namespace toyfarm::spec
