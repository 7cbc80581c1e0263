#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace toyfarm::spec {

enum class NodeKind { null, boolean, number, string, list, map };

/// A value of a JSON or YAML document, before anything is known of its meaning.
struct Node {
  NodeKind kind = NodeKind::null;
  bool boolean = false;
  double number = 0;
  std::string text{};
  std::vector<Node> items{};                            ///< of a list
  std::vector<std::pair<std::string, Node>> entries{};  ///< of a map, in file order, keys unique
  std::string origin{};  ///< pointer into the document of another format that it was made of
};

/// Nesting beyond this is refused.
inline constexpr int max_depth = 64;

/// Members of one object beyond this are refused: each is compared with those before it.
inline constexpr std::size_t max_members = 1000;

/// A document parsed, or why not. `final` errors hold whatever other format is tried (a duplicate
/// key, nesting).
struct ParseResult {
  bool ok = false;
  Node root;
  std::string error;
  bool final = false;
};

[[nodiscard]] ParseResult parse_json(std::string const& text);
[[nodiscard]] ParseResult parse_yaml(std::string const& text);

/// A parsed document from text, JSON first, then YAML, by content. Throws SpecError naming `file`.
[[nodiscard]] Node parse_document(std::string const& text, std::string const& file);

/// The text of a document, which parse_document reads back: JSON, but for infinite numbers, which
/// only YAML has.
[[nodiscard]] std::string text_of(Node const& node);

/// The shortest text of a number that reads back as the same.
[[nodiscard]] std::string shortest(double value);

/// "line L, column C" of a byte.
[[nodiscard]] std::string place(std::string const& text, std::size_t byte);

}  // namespace toyfarm::spec
