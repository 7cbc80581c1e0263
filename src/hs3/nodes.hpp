#pragma once
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/spec/node.hpp"
#include "toyfarm/spec/view.hpp"

// Parts of the spec that a document becomes.
namespace toyfarm::hs3 {

using spec::Node;
using Entries = std::vector<std::pair<std::string, Node>>;

[[nodiscard]] inline Node text_node(std::string text) {
  return {.kind = spec::NodeKind::string, .text = std::move(text)};
}
[[nodiscard]] inline Node number_node(double value) {
  return {.kind = spec::NodeKind::number, .number = value};
}
[[nodiscard]] inline Node boolean_node(bool value) {
  return {.kind = spec::NodeKind::boolean, .boolean = value};
}
[[nodiscard]] inline Node list_node(std::vector<Node> items) {
  return {.kind = spec::NodeKind::list, .items = std::move(items)};
}
[[nodiscard]] inline Node map_node(Entries entries) {
  return {.kind = spec::NodeKind::map, .entries = std::move(entries)};
}
[[nodiscard]] inline Node interval_node(spec::Interval const& interval) {
  return list_node({number_node(interval.lower), number_node(interval.upper)});
}

/// The node, which messages place where it came from.
[[nodiscard]] inline Node made_of(spec::View const& source, Node node) {
  node.origin = source.pointer();
  return node;
}

}  // namespace toyfarm::hs3
