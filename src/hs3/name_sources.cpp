// Where the names of a document get their values and bounds.
#include <algorithm>
#include <iterator>
#include <limits>

#include "toyfarm/core/printable.hpp"

#include "hs3/names.hpp"

namespace toyfarm::hs3 {
namespace {

std::vector<View> items_of(View const& object, std::string const& key) {
  auto const list = object.find(key);  // null where ROOT has none
  return list ? list->items() : std::vector<View>{};
}

/// The named members of a list, then the one called `usual`; all others if there are none of these.
std::vector<View> in_order(View const& root,
                           std::string const& key,
                           std::vector<View> const& names,
                           std::string const& usual) {
  auto const all = items_of(root, key);
  std::vector<View> out;
  auto const add = [&](std::string const& name) {
    std::ranges::copy_if(all, std::back_inserter(out), [&](View const& view) {
      return view.at("name").text() == name;
    });
  };
  for (auto const& name : names) {
    add(name.text());
    if (out.empty()) {
      name.fail("there is no '" + core::printable(name.text()) + "' in " + key);
    }
  }
  add(usual);
  return out.empty() ? all : out;
}

std::vector<View> of_analysis(Selection const& selection, std::vector<std::string> const& keys) {
  std::vector<View> names;
  for (auto const& key : keys) {
    if (selection.analysis) {
      for (auto const& name : one_or_more(*selection.analysis, key)) {
        names.push_back(name);
      }
    }
  }
  return names;
}

/// Bounds of an axis, where it has any.
std::optional<spec::Interval> bounds_in(View const& axis, Variable const& variable) {
  auto const lower = axis.find("min");
  auto const upper = axis.find("max");
  if (!lower && !upper) {
    return std::nullopt;
  }
  auto const infinity = std::numeric_limits<double>::infinity();
  spec::Interval const bounds{lower ? lower->number() : -infinity,
                              upper ? upper->number() : infinity};
  if (!(bounds.lower <= bounds.upper)) {
    axis.fail("'" + core::printable(variable.name) + "' has its min above its max");
  }
  return bounds;
}

/// The first bounds that are met stay.
void read_bounds(View const& axis, Variable& variable) {
  if (auto const bounds = bounds_in(axis, variable); bounds && !variable.has_bounds) {
    variable.has_bounds = true;
    variable.bounds = *bounds;
  }
}

}  // namespace

Names::Names(Workspace const& workspace, Selection const& selection) : workspace_(workspace) {
  auto const points = in_order(
      workspace_.root, "parameter_points", of_analysis(selection, {"init"}), "default_values");
  read_values(points);
  read_observables(selection);
  read_domains(selection);
  read_bounds_of(points);
  read_constants_of_root();
  for (auto const& variable : variables_) {
    names_.push_back(variable.name);
  }
}

std::size_t Names::variable_of(std::string const& name, View const& where) {
  auto const [place, is_new] = index_.emplace(name, variables_.size());
  if (is_new) {
    variables_.push_back({.name = name, .pointer = where.pointer()});
  }
  return place->second;
}

void Names::read_values(std::vector<View> const& points) {
  for (auto const& point : points) {
    for (auto const& entry : items_of(point, "parameters")) {
      auto& variable = variables_[variable_of(entry.at("name").name(), entry)];
      if (variable.value) {
        continue;
      }
      variable.value = entry.at("value").number();
      auto const is_constant = entry.find("const");
      variable.is_constant = is_constant && is_constant->boolean();
    }
  }
}

/// ROOT's entries may have bounds.
void Names::read_bounds_of(std::vector<View> const& points) {
  for (auto const& point : points) {
    for (auto const& entry : items_of(point, "parameters")) {
      read_bounds(entry, variables_[variable_of(entry.at("name").name(), entry)]);
    }
  }
}

void Names::read_observables(Selection const& selection) {
  for (auto const& field : items_of(selection.likelihood, "data")) {
    if (field.node().kind != spec::NodeKind::string) {
      continue;
    }
    auto const& data = named(workspace_.data, field);
    if (data.find_text("type") != "unbinned") {
      continue;
    }
    for (auto const& axis : items_of(data, "axes")) {
      variables_[variable_of(axis.at("name").name(), axis)].is_observable = true;
    }
  }
}

void Names::begin_channel(View const& data) {
  for (auto const& axis : data.at("axes").items()) {
    auto& variable = variables_[variable_of(axis.at("name").name(), axis)];
    variable.window = bounds_in(axis, variable);
    if (!variable.window && variable.has_bounds) {
      variable.window = variable.bounds;
    }
    if (!variable.window) {
      refuse(axis,
             "observable '" + core::printable(variable.name) +
                 "' has no min and max, nor has any domain");
    }
  }
}

void Names::read_domains(Selection const& selection) {
  auto const domains = in_order(
      workspace_.root, "domains", of_analysis(selection, {"domains", "domain"}), "default_domain");
  for (auto const& domain : domains) {
    if (auto const type = domain.find("type"); type && type->text() != "product_domain") {
      type->fail("a domain of type '" + core::printable(type->text()) +
                 "', of which nothing is known (known: product_domain)");
    }
    for (auto const& axis : items_of(domain, "axes")) {
      auto const name = axis.at("name").name();
      if (auto const index = find(name)) {
        read_bounds(axis, variables_[*index]);
      }
    }
  }
}

/// ROOT says in misc, too, what is constant.
void Names::read_constants_of_root() {
  auto const misc = workspace_.root.find("misc");
  auto const internal = misc ? misc->find("ROOT_internal") : std::nullopt;
  auto const attributes = internal ? internal->find("attributes") : std::nullopt;
  if (!attributes) {
    return;
  }
  for (auto& variable : variables_) {
    auto const own = attributes->find(variable.name);
    for (auto const& tag : own ? items_of(*own, "tags") : std::vector<View>{}) {
      variable.is_constant = variable.is_constant || tag.text() == "Constant";
    }
  }
}

}  // namespace toyfarm::hs3
