#include "toyfarm/spec/view.hpp"

#include <algorithm>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/spec/suggestion.hpp"

namespace toyfarm::spec {
namespace {

std::string describe(Node const& node) {
  switch (node.kind) {
    case NodeKind::null:
      return "null";
    case NodeKind::boolean:
      return node.boolean ? "true" : "false";
    case NodeKind::number:
      return "a number";
    case NodeKind::string:
      return "the string \"" + core::printable(node.text, 40) + "\"";
    case NodeKind::list:
      return "a list";
    case NodeKind::map:
      break;
  }
  return "an object";
}

std::string escaped(std::string const& key) {
  std::string out;
  for (char const c : key) {
    out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  }
  return out;
}

}  // namespace

void View::fail(std::string const& problem) const {
  throw core::SpecError(document_->file, pointer_, problem);
}

void View::expect(NodeKind kind, char const* what) const {
  if (node_->kind != kind) {
    fail(std::string("expected ") + what + ", found " + describe(*node_));
  }
}

View View::child(std::string const& key, Node const& node) const {
  return {node, node.origin.empty() ? pointer_ + "/" + escaped(key) : node.origin, *document_};
}

double View::number() const {
  expect(NodeKind::number, "a number");
  return node_->number;
}

bool View::boolean() const {
  expect(NodeKind::boolean, "true or false");
  return node_->boolean;
}

std::string View::text() const {
  expect(NodeKind::string, "a string");
  return node_->text;
}

std::string View::name(std::size_t max_bytes) const {
  auto const name = text();
  if (name.size() > max_bytes) {
    fail("\"" + core::printable(name, 40) + "\" has " + std::to_string(name.size()) +
         " bytes; at most " + std::to_string(max_bytes) + " are possible");
  }
  return name;
}

std::vector<View> View::items() const {
  expect(NodeKind::list, "a list");
  std::vector<View> out;
  for (std::size_t i = 0; i < node_->items.size(); ++i) {
    out.push_back(child(std::to_string(i), node_->items[i]));
  }
  return out;
}

std::vector<double> View::numbers() const {
  std::vector<double> out;
  for (auto const& item : items()) {
    out.push_back(item.number());
  }
  return out;
}

std::vector<std::string> View::names() const {
  std::vector<std::string> out;
  for (auto const& item : items()) {
    out.push_back(item.name());
  }
  return out;
}

Interval View::interval() const {
  auto const ends = numbers();
  if (ends.size() != 2) {
    fail("expected [lower, upper], found a list of " + std::to_string(ends.size()));
  }
  return {ends[0], ends[1]};
}

void View::require_map() const {
  expect(NodeKind::map, "an object");
}

std::optional<View> View::find(std::string const& key) const {
  require_map();
  for (auto const& [name, value] : node_->entries) {
    if (name == key) {
      return value.kind == NodeKind::null ? std::nullopt : std::optional(child(name, value));
    }
  }
  return std::nullopt;
}

View View::at(std::string const& key) const {
  auto found = find(key);
  if (!found) {
    std::vector<std::string> present;
    for (auto const& entry : node_->entries) {
      present.push_back(entry.first);
    }
    auto const near = nearest_word(key, present);
    fail("missing field \"" + key + "\"" +
         (near.empty() || near == key ? "" : " (there is \"" + core::printable(near) + "\")"));
  }
  return *found;
}

std::optional<std::string> View::find_text(std::string const& key) const {
  auto const found = find(key);
  return found ? std::optional(found->text()) : std::nullopt;
}

std::optional<std::string> View::find_name(std::string const& key) const {
  auto const found = find(key);
  return found ? std::optional(found->name()) : std::nullopt;
}

void View::only(std::vector<std::string> const& known) const {
  require_map();
  for (auto const& [name, value] : node_->entries) {
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      continue;
    }
    auto const problem =
        "unknown field \"" + core::printable(name) + "\"" + suggestion(name, known, '"');
    if (document_->unknown == UnknownFields::refuse) {
      fail(problem + " (--lenient makes this a warning)");
    }
    core::log_warn(document_->file + ": " + core::printable(pointer_) + ": " + problem);
  }
}

}  // namespace toyfarm::spec
