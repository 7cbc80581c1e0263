#pragma once
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/spec/limits.hpp"
#include "toyfarm/spec/node.hpp"
#include "toyfarm/spec/spec.hpp"

namespace toyfarm::spec {

/// The document a View belongs to.
struct Document {
  std::string file;
  UnknownFields unknown = UnknownFields::refuse;
};

/// A node and where it is, read with checks: every failure is a SpecError that names the file and
/// the RFC 6901 pointer, or for a node with an origin that.
class View {
 public:
  View(Node const& node, std::string pointer, Document const& document)
      : node_(&node), pointer_(std::move(pointer)), document_(&document) {}

  [[nodiscard]] std::string const& pointer() const { return pointer_; }
  [[nodiscard]] Node const& node() const { return *node_; }
  [[nodiscard]] Document const& document() const { return *document_; }
  [[noreturn]] void fail(std::string const& problem) const;

  [[nodiscard]] double number() const;
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] std::string text() const;
  /// A text that names something, of at most `max_bytes`.
  [[nodiscard]] std::string name(std::size_t max_bytes = max_name) const;
  /// Elements of a list.
  [[nodiscard]] std::vector<View> items() const;
  [[nodiscard]] std::vector<double> numbers() const;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] Interval interval() const;

  /// Member of a map; an absent or null one is nothing.
  [[nodiscard]] std::optional<View> find(std::string const& key) const;
  [[nodiscard]] View at(std::string const& key) const;
  /// Complains of members not in `known`, naming the nearest.
  void only(std::vector<std::string> const& known) const;
  /// Must be a map.
  void require_map() const;

  [[nodiscard]] std::optional<std::string> find_text(std::string const& key) const;
  [[nodiscard]] std::optional<std::string> find_name(std::string const& key) const;

 private:
  [[nodiscard]] View child(std::string const& key, Node const& node) const;
  void expect(NodeKind kind, char const* what) const;

  Node const* node_;
  std::string pointer_;
  Document const* document_;
};

/// The validated Spec in a parsed document; `text` is what it is read from again.
[[nodiscard]] Spec spec_of(Node const& root,
                           std::string text,
                           std::filesystem::path const& path,
                           UnknownFields unknown);

}  // namespace toyfarm::spec
