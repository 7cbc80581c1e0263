#include "io/json_stream.hpp"

#include <string_view>
#include <utility>

namespace toyfarm::io {
namespace {

/// Text of a value, all lines but the first moved right by `margin`. A line break inside a string
/// is escaped, so each one found is the document's.
std::string indented(Json const& value, std::string const& margin) {
  auto const text = value.dump(2, ' ', false, Json::error_handler_t::replace);
  std::string moved;
  moved.reserve(text.size());
  for (char const c : text) {
    moved += c;
    if (c == '\n') {
      moved += margin;
    }
  }
  return moved;
}

}  // namespace

// Binary values have no place in a JSON text, so none of the document's own can be taken for a
// list.
Json JsonStream::list(Element element) {
  elements_.push_back(std::move(element));
  return Json::binary(Json::binary_t::container_type(),
                      static_cast<std::uint8_t>(elements_.size() - 1));
}

void JsonStream::write(Json const& document, os::TextSink const& sink) const {
  write_value(document, "", sink);
  sink("\n");
}

void JsonStream::write_value(Json const& value,
                             std::string const& margin,
                             os::TextSink const& sink) const {
  if (value.is_binary()) {
    write_list(elements_.at(value.get_binary().subtype()), margin, sink);
  } else if (value.is_object() && !value.empty()) {
    write_object(value, margin, sink);
  } else {
    sink(indented(value, margin));
  }
}

void JsonStream::write_object(Json const& object,
                              std::string const& margin,
                              os::TextSink const& sink) const {
  auto const inner = margin + "  ";
  std::string before = "{\n";
  for (auto const& [key, value] : object.items()) {
    sink(before + inner + indented(Json(key), inner) + ": ");
    write_value(value, inner, sink);
    before = ",\n";
  }
  sink("\n");
  sink(margin);
  sink("}");
}

void JsonStream::write_list(Element const& element,
                            std::string const& margin,
                            os::TextSink const& sink) const {
  if (rows_.size() == 0) {
    sink("[]");
    return;
  }
  auto const width = record::row_words(layout());
  bool first = true;
  rows_.walk([&](std::span<std::uint64_t const> words) {
    Json block = Json::array();
    for (std::size_t i = 0; i < words.size(); i += width) {
      block.push_back(element({layout(), words.subspan(i, width)}));
    }
    // "[\n  a,\n  b\n]" without its last line; a comma stands for the bracket from the second block
    // on.
    auto text = indented(block, margin);
    text.resize(text.size() - margin.size() - 2);
    sink(first ? "[" : ",");
    sink(std::string_view(text).substr(1));
    first = false;
  });
  sink("\n");
  sink(margin);
  sink("]");
}

}  // namespace toyfarm::io
