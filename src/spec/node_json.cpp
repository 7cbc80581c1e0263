#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "toyfarm/core/printable.hpp"
#include "toyfarm/spec/node.hpp"

namespace toyfarm::spec {
namespace {

/// Fills a Node from nlohmann's events. The library itself would keep the last of two equal keys.
class JsonHandler : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit JsonHandler(std::string const& text) : text_(text) {}

  bool null() override { return put({}); }
  bool boolean(bool value) override { return put({.kind = NodeKind::boolean, .boolean = value}); }
  bool number_integer(number_integer_t value) override {
    return put({.kind = NodeKind::number, .number = static_cast<double>(value)});
  }
  bool number_unsigned(number_unsigned_t value) override {
    return put({.kind = NodeKind::number, .number = static_cast<double>(value)});
  }
  bool number_float(number_float_t value, string_t const&) override {
    return put({.kind = NodeKind::number, .number = value});
  }
  bool string(string_t& value) override { return put({.kind = NodeKind::string, .text = value}); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(NodeKind::map); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(NodeKind::list); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    auto const& entries = open_.back()->entries;
    if (entries.size() >= max_members) {
      return refuse("an object of more than " + std::to_string(max_members) + " members");
    }
    if (std::any_of(entries.begin(), entries.end(), [&](auto const& entry) {
          return entry.first == value;
        })) {
      return refuse("the key \"" + core::printable(value) + "\" occurs twice in one object");
    }
    key_ = value;
    return true;
  }
  bool parse_error(std::size_t position,
                   std::string const&,
                   nlohmann::detail::exception const& error) override {
    if (result.error.empty()) {
      std::string what = error.what();
      auto const colon = what.find(": ");
      result.error = place(text_, position == 0 ? 0 : position - 1) + ": " +
                     (colon == std::string::npos ? what : what.substr(colon + 2));
    }
    return false;
  }

  ParseResult result;

 private:
  bool refuse(std::string const& why) {
    result.error = why;
    result.final = true;
    return false;
  }

  Node* place_for(Node&& node) {
    if (open_.empty()) {
      result.root = std::move(node);
      return &result.root;
    }
    auto& parent = *open_.back();
    if (parent.kind == NodeKind::list) {
      return &parent.items.emplace_back(std::move(node));
    }
    return &parent.entries.emplace_back(key_, std::move(node)).second;
  }
  bool put(Node node) {
    place_for(std::move(node));
    return true;
  }
  bool open(NodeKind kind) {
    if (open_.size() >= max_depth) {
      return refuse("nested more than " + std::to_string(max_depth) + " deep");
    }
    open_.push_back(place_for({.kind = kind}));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::string const& text_;
  std::string key_;
  std::vector<Node*> open_;  // a parent grows only while its child is closed, so these stay valid
};

std::string quoted(std::string const& text) {
  return nlohmann::json(text).dump();
}

std::string number_text(double value) {
  return std::isinf(value) ? (value > 0 ? ".inf" : "-.inf") : shortest(value);
}

std::string list_text(Node const& list) {
  std::string text;
  for (auto const& item : list.items) {
    text += (text.empty() ? "" : ", ") + text_of(item);
  }
  return "[" + text + "]";
}

std::string map_text(Node const& map) {
  std::string text;
  for (auto const& [key, value] : map.entries) {
    text += (text.empty() ? "" : ", ") + quoted(key) + ": " + text_of(value);
  }
  return "{" + text + "}";
}

}  // namespace

ParseResult parse_json(std::string const& text) {
  JsonHandler handler(text);
  handler.result.ok = nlohmann::json::sax_parse(text, &handler);
  return std::move(handler.result);
}

std::string text_of(Node const& node) {
  switch (node.kind) {
    case NodeKind::boolean:
      return node.boolean ? "true" : "false";
    case NodeKind::number:
      return number_text(node.number);
    case NodeKind::string:
      return quoted(node.text);
    case NodeKind::list:
      return list_text(node);
    case NodeKind::map:
      return map_text(node);
    case NodeKind::null:
      break;
  }
  return "null";
}

std::string shortest(double value) {
  char text[40];
  for (int digits = 6; digits <= 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) {
      break;
    }
  }
  return text;
}

}  // namespace toyfarm::spec
