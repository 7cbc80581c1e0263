#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "toyfarm/core/printable.hpp"
#include "toyfarm/spec/node.hpp"

namespace toyfarm::spec {
namespace {

/// Nodes that aliases may expand to: far above any spec, far below what fills a memory.
constexpr std::size_t max_nodes = 1'000'000;

struct Refused {
  std::string why;
  YAML::Mark mark;
};

std::optional<double> plain_number(std::string const& word) {
  if (word == ".inf" || word == "+.inf" || word == ".Inf" || word == ".INF") {
    return std::numeric_limits<double>::infinity();
  }
  if (word == "-.inf" || word == "-.Inf" || word == "-.INF") {
    return -std::numeric_limits<double>::infinity();
  }
  if (word == ".nan" || word == ".NaN" || word == ".NAN") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  std::size_t const sign = !word.empty() && (word[0] == '-' || word[0] == '+') ? 1 : 0;
  std::string const digits = word.substr(sign);
  // 012 is octal to some readers and decimal to others, 0x10 is no decimal number: neither is taken
  // for one.
  bool const leading_zero = digits.size() > 1 && digits[0] == '0' &&
                            std::isdigit(static_cast<unsigned char>(digits[1])) != 0;
  if (digits.empty() || leading_zero ||
      digits.find_first_not_of("0123456789.eE+-") != std::string::npos) {
    return std::nullopt;
  }
  double value = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range) {
    value = std::numeric_limits<double>::infinity();
  } else if (error != std::errc{} || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return word[0] == '-' ? -value : value;
}

Node scalar(std::string const& tag, std::string const& value) {
  bool const plain = tag == "?" || tag == "tag:yaml.org,2002:float" ||
                     tag == "tag:yaml.org,2002:int" || tag.empty();
  if (plain) {
    if (value.empty() || value == "~" || value == "null" || value == "Null" || value == "NULL") {
      return {};
    }
    if (value == "true" || value == "false") {
      return {.kind = NodeKind::boolean, .boolean = value == "true"};
    }
    if (auto const number = plain_number(value)) {
      return {.kind = NodeKind::number, .number = *number};
    }
  }
  return {.kind = NodeKind::string, .text = value};
}

std::size_t count_nodes(Node const& node) {
  std::size_t n = 1;
  for (auto const& item : node.items) {
    n += count_nodes(item);
  }
  for (auto const& entry : node.entries) {
    n += count_nodes(entry.second);
  }
  return n;
}

int depth_of(Node const& node) {
  int deepest = 0;
  for (auto const& item : node.items) {
    deepest = std::max(deepest, depth_of(item));
  }
  for (auto const& entry : node.entries) {
    deepest = std::max(deepest, depth_of(entry.second));
  }
  return deepest + 1;
}

/// Fills a Node from yaml-cpp's events, which still tell quoted scalars from plain ones and show
/// every duplicate key.
class YamlHandler : public YAML::EventHandler {
 public:
  Node root;

  void OnDocumentStart(YAML::Mark const&) override {}
  void OnDocumentEnd() override {}
  void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override { leaf(mark, anchor, {}); }
  void OnScalar(YAML::Mark const& mark,
                std::string const& tag,
                YAML::anchor_t anchor,
                std::string const& value) override {
    if (expects_key()) {
      open_key(mark, value);
      return;
    }
    leaf(mark, anchor, scalar(tag, value));
  }
  void OnAlias(YAML::Mark const& mark, YAML::anchor_t anchor) override {
    auto const found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw Refused{"an alias refers to a value that contains it", mark};
    }
    n_nodes_ += count_nodes(found->second);
    if (depth_of(found->second) + static_cast<int>(open_.size()) > max_depth) {
      throw Refused{"nested more than " + std::to_string(max_depth) + " deep", mark};
    }
    leaf(mark, 0, found->second);
  }
  void OnSequenceStart(YAML::Mark const& mark,
                       std::string const&,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor, NodeKind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(YAML::Mark const& mark,
                  std::string const&,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, anchor, NodeKind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor;
    std::string key;
    bool has_key = false;
  };

  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && open_.back().node.kind == NodeKind::map && !open_.back().has_key;
  }

  void open_key(YAML::Mark const& mark, std::string const& key) {
    auto& top = open_.back();
    if (top.node.entries.size() >= max_members) {
      throw Refused{"a map of more than " + std::to_string(max_members) + " members", mark};
    }
    if (std::any_of(top.node.entries.begin(), top.node.entries.end(), [&](auto const& entry) {
          return entry.first == key;
        })) {
      throw Refused{"the key \"" + core::printable(key) + "\" occurs twice in one map", mark};
    }
    top.key = key;
    top.has_key = true;
  }
  void leaf(YAML::Mark const& mark, YAML::anchor_t anchor, Node node) {
    if (expects_key()) {
      throw Refused{"a key is not a plain word", mark};
    }
    if (++n_nodes_ > max_nodes) {
      throw Refused{"more than " + std::to_string(max_nodes) + " values (aliases expanded)", mark};
    }
    if (anchor != 0) {
      anchors_[anchor] = node;
    }
    if (open_.empty()) {
      root = std::move(node);
    } else if (auto& top = open_.back(); top.node.kind == NodeKind::list) {
      top.node.items.push_back(std::move(node));
    } else {
      top.node.entries.emplace_back(std::move(top.key), std::move(node));
      top.has_key = false;
    }
  }
  void open(YAML::Mark const& mark, YAML::anchor_t anchor, NodeKind kind) {
    if (expects_key()) {
      throw Refused{"a key is not a plain word", mark};
    }
    if (open_.size() >= max_depth) {
      throw Refused{"nested more than " + std::to_string(max_depth) + " deep", mark};
    }
    open_.push_back({{.kind = kind}, anchor, {}, false});
  }
  void close() {
    Open top = std::move(open_.back());
    open_.pop_back();
    leaf(YAML::Mark(), top.anchor, std::move(top.node));
  }

  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t n_nodes_ = 0;
};

ParseResult failure(std::string const& why, YAML::Mark const& mark, bool final) {
  ParseResult result;
  result.error = mark.is_null() ? why
                                : "line " + std::to_string(mark.line + 1) + ", column " +
                                      std::to_string(mark.column + 1) + ": " + why;
  result.final = final;
  return result;
}

}  // namespace

ParseResult parse_yaml(std::string const& text) {
  std::istringstream stream(text);
  YamlHandler handler;
  YamlHandler rest;
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(handler)) {
      return failure("the document is empty", YAML::Mark::null_mark(), false);
    }
    if (parser.HandleNextDocument(rest)) {
      return failure("more than one YAML document", YAML::Mark::null_mark(), true);
    }
  } catch (Refused const& refused) {
    return failure(refused.why, refused.mark, true);
  } catch (YAML::Exception const& error) {
    return failure(error.msg, error.mark, false);
  }
  ParseResult result;
  result.ok = true;
  result.root = std::move(handler.root);
  return result;
}

}  // namespace toyfarm::spec
