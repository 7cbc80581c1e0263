#include "hs3/translate.hpp"

#include <algorithm>

#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/spec/rules.hpp"

#include "hs3/channels.hpp"
#include "hs3/constraints.hpp"
#include "hs3/names.hpp"

namespace toyfarm::hs3 {
namespace {

std::string title_of(Variable const& variable) {
  return "parameter '" + core::printable(variable.name) + "'";
}

/// Bounds as a spec may have them.
spec::Interval bounds_of(Variable const& variable, View const& root) {
  auto bounds = variable.bounds;
  double const value = *variable.value;
  if (variable.is_constant) {
    bool const is_inside = value >= bounds.lower && value <= bounds.upper;
    return variable.has_bounds && is_inside ? bounds : spec::Interval{value, value};
  }
  if (variable.is_yield && bounds.lower < 0 && value >= 0 && bounds.upper > 0) {
    core::log_warn(root.document().file + ": " + title_of(variable) + ": its lower bound " +
                   spec::shortest(bounds.lower) +
                   " becomes 0, below which numbers of events would be negative");
    bounds.lower = 0;
  }
  if (!(value >= bounds.lower && value <= bounds.upper)) {
    throw Unrepresentable(variable.pointer,
                          title_of(variable) + " is outside bounds [" +
                              spec::shortest(bounds.lower) + ", " + spec::shortest(bounds.upper) +
                              "]: " + spec::shortest(value));
  }
  return bounds;
}

Node parameter_node(Variable const& variable, View const& root) {
  if (!variable.value) {
    throw Unrepresentable(variable.pointer,
                          title_of(variable) + " has no value in the parameter points");
  }
  Entries entries{{"name", text_node(variable.name)},
                  {"init", number_node(*variable.value)},
                  {"bounds", interval_node(bounds_of(variable, root))}};
  if (variable.is_constant) {
    entries.emplace_back("fixed", boolean_node(true));
  }
  if (variable.constraint) {
    entries.emplace_back("constraint", *variable.constraint);
  }
  auto node = map_node(std::move(entries));
  node.origin = variable.pointer;
  return node;
}

/// The first parameter of interest that the model has.
std::optional<std::string> poi_of(Selection const& selection, Names const& names) {
  if (!selection.analysis) {
    return std::nullopt;
  }
  auto const fields = one_or_more(*selection.analysis, "parameters_of_interest");
  auto const is_used = [&](View const& field) {
    auto const index = names.find(field.name());
    return index && names.variables()[*index].is_used;
  };
  auto const found = std::ranges::find_if(fields, is_used);
  if (fields.size() > 1 && found != fields.end()) {
    core::log_info(selection.likelihood.document().file +
                   ": of several parameters of interest a spec has the first, '" +
                   core::printable(found->name()) + "'; --poi NAME chooses another");
  }
  return found == fields.end() ? std::nullopt : std::optional(found->name());
}

}  // namespace

bool is_hs3(Node const& root) {
  auto const member = [](Node const& node, std::string const& key) {
    auto const found = std::ranges::find(node.entries, key, &std::pair<std::string, Node>::first);
    return found == node.entries.end() ? nullptr : &found->second;
  };
  auto const* const metadata = member(root, "metadata");
  return metadata != nullptr &&
         (member(*metadata, "hs3_version") != nullptr || member(*metadata, "HS3") != nullptr);
}

Node translate(View const& root, Choice const& choice) {
  if (root.at("metadata").find("HS3")) {
    root.fail("an HS3 document of zfit's own kind, which is not read; write the standard's");
  }
  auto const workspace = read_workspace(root);
  auto const selection = select(workspace, choice);
  Names names(workspace, selection);
  Refusals refusals;
  auto channels = channels_of(selection.likelihood, workspace, names, refusals);
  for (auto const& constraint : channels.constraints) {
    refusals.collect([&] { constrain(constraint.distribution, constraint.observed, names); });
  }
  std::vector<Node> parameters;
  for (auto const& variable : names.variables()) {
    if (variable.is_used) {
      refusals.collect([&] { parameters.push_back(parameter_node(variable, root)); });
    }
  }
  refusals.raise(root.document().file);
  if (channels.nodes.empty()) {
    selection.likelihood.fail("the likelihood has no distribution of unbinned data");
  }
  Entries model;
  if (auto const poi = poi_of(selection, names)) {
    model.emplace_back("poi", text_node(*poi));
  }
  model.emplace_back("parameters", list_node(std::move(parameters)));
  return map_node({{"schema_version", text_node(std::string(spec::schema_version))},
                   {"model", map_node(std::move(model))},
                   {"channels", list_node(std::move(channels.nodes))}});
}

}  // namespace toyfarm::hs3
