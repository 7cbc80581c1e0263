#include "toyfarm/spec/changes.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/spec/suggestion.hpp"
#include "toyfarm/spec/view.hpp"

namespace toyfarm::spec {
namespace {

[[noreturn]] void refuse(std::string const& option,
                         std::string const& name,
                         std::string const& why) {
  throw core::UsageError(option + " " + core::printable(name) + ": " + why);
}

Parameter const& parameter_of(Spec const& spec,
                              std::string const& option,
                              std::string const& name) {
  auto const found = std::ranges::find(spec.parameters, name, &Parameter::name);
  if (found != spec.parameters.end()) {
    return *found;
  }
  std::vector<std::string> names;
  for (auto const& p : spec.parameters) {
    names.push_back(p.name);
  }
  refuse(option, name, "the spec has no such parameter" + suggestion(name, names));
}

/// A member of a map, made if it is not there.
Node& member(Node& map, std::string const& key) {
  auto const found = std::ranges::find(map.entries, key, &std::pair<std::string, Node>::first);
  return found != map.entries.end() ? found->second : map.entries.emplace_back(key, Node{}).second;
}

Node number(double value) {
  return {.kind = NodeKind::number, .number = value};
}

void set_bounds(Node& node, Parameter const& p, Interval const& bounds) {
  auto const [lo, hi] = bounds;
  if (!(lo <= hi)) {
    refuse("--bounds", p.name, "LO must not be above HI");
  }
  member(node, "bounds") = {.kind = NodeKind::list, .items = {number(lo), number(hi)}};
  if (p.init < lo || p.init > hi) {
    double const moved = std::clamp(p.init, lo, hi);
    core::log_warn("--bounds " + core::printable(p.name) + ": its init " + shortest(p.init) +
                   " is outside; it starts at " + shortest(moved));
    member(node, "init") = number(moved);
  }
}

void set_fixed(Node& node, bool fixed) {
  member(node, "fixed") = {.kind = NodeKind::boolean, .boolean = fixed};
}

void refuse_contradictions(ModelChanges const& changes) {
  std::set<std::string> fixed;
  for (auto const& entry : changes.fix) {
    if (!fixed.insert(entry.first).second) {
      refuse("--fix", entry.first, "given twice");
    }
  }
  std::set<std::string> bounded;
  for (auto const& entry : changes.bounds) {
    if (!bounded.insert(entry.first).second) {
      refuse("--bounds", entry.first, "given twice");
    }
  }
  for (auto const& name : changes.release) {
    if (fixed.contains(name)) {
      refuse("--float", name, "--fix says the opposite");
    }
  }
}

Interval bounds_of(Spec const& spec, ModelChanges const& changes, std::string const& name) {
  auto const found =
      std::ranges::find(changes.bounds, name, &std::pair<std::string, Interval>::first);
  return found != changes.bounds.end() ? found->second : parameter_of(spec, "", name).bounds;
}

void fix(Node& node, Interval const& bounds, std::string const& name, double value) {
  if (!(value >= bounds.lower && value <= bounds.upper)) {
    refuse("--fix",
           name,
           shortest(value) + " is outside its bounds [" + shortest(bounds.lower) + ", " +
               shortest(bounds.upper) + "]; --bounds changes them");
  }
  member(node, "init") = number(value);
}

}  // namespace

Spec changed(Spec const& spec, ModelChanges const& changes, UnknownFields unknown) {
  if (changes.empty()) {
    return spec;
  }
  refuse_contradictions(changes);
  auto root = parse_document(spec.text, spec.path.string());
  auto& model = member(root, "model");
  auto& parameters = member(model, "parameters").items;
  auto const node_of = [&](Parameter const& p) -> Node& {
    return parameters[static_cast<std::size_t>(&p - spec.parameters.data())];
  };
  for (auto const& [name, bounds] : changes.bounds) {
    auto const& p = parameter_of(spec, "--bounds", name);
    set_bounds(node_of(p), p, bounds);
  }
  for (auto const& [name, value] : changes.fix) {
    auto& node = node_of(parameter_of(spec, "--fix", name));
    set_fixed(node, true);
    if (value) {
      fix(node, bounds_of(spec, changes, name), name, *value);
    }
  }
  for (auto const& name : changes.release) {
    set_fixed(node_of(parameter_of(spec, "--float", name)), false);
    auto const bounds = bounds_of(spec, changes, name);
    if (bounds.lower == bounds.upper) {
      refuse("--float", name, "its bounds leave it one value; --bounds changes them");
    }
  }
  if (changes.poi) {
    parameter_of(spec, "--poi", *changes.poi);
    member(model, "poi") = {.kind = NodeKind::string, .text = *changes.poi};
  }
  return parse_spec(text_of(root) + "\n", spec.path, unknown);
}

}  // namespace toyfarm::spec
