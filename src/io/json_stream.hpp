#pragma once
#include <functional>
#include <string>
#include <vector>

#include "toyfarm/os/publish.hpp"
#include "toyfarm/record/row_view.hpp"

#include "io/json_parts.hpp"

namespace toyfarm::io {

/// Writes a document in which some lists have an element per row and are never held whole; the text
/// is what `dumped` would make of the document with these lists in it.
class JsonStream {
 public:
  /// The value of a row in a list.
  using Element = std::function<Json(record::RowView const&)>;

  /// `rows` must outlive it.
  explicit JsonStream(record::RowSource const& rows) : rows_(rows) {}
  [[nodiscard]] record::RowLayout const& layout() const noexcept { return rows_.layout(); }
  /// A value that stands for such a list. It may be a member of the document or of objects in
  /// objects of it, not of arrays.
  [[nodiscard]] Json list(Element element);
  void write(Json const& document, os::TextSink const& sink) const;

 private:
  void write_value(Json const& value, std::string const& margin, os::TextSink const& sink) const;
  void write_object(Json const& object, std::string const& margin, os::TextSink const& sink) const;
  void write_list(Element const& element,
                  std::string const& margin,
                  os::TextSink const& sink) const;

  record::RowSource const& rows_;
  std::vector<Element> elements_;
};

}  // namespace toyfarm::io
