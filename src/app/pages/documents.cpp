#include "app/pages/documents.hpp"

#include <algorithm>
#include <limits>

#include "toyfarm/core/error.hpp"
#include "toyfarm/io/sealed_text.hpp"

namespace toyfarm::app {
namespace fs = std::filesystem;
namespace {

Document parsed(fs::path const& file, Document::parser_callback_t const& callback) {
  try {
    auto json = Document::parse(io::read_sealed_text(file), callback);
    if (json.is_object()) {
      return json;
    }
  } catch (Document::exception const& error) {
    throw core::DataError(file.string(), std::string("is no JSON: ") + error.what());
  }
  throw core::DataError(file.string(), "is no JSON object");
}

}  // namespace

Document read_document(fs::path const& file) {
  return parsed(file, nullptr);
}

Document read_without_lists(fs::path const& file, std::vector<std::string_view> const& kept) {
  bool keeps = false;
  return parsed(file, [&](int /*depth*/, Document::parse_event_t event, Document& json) {
    if (event == Document::parse_event_t::key) {
      keeps = std::ranges::find(kept, json.get_ref<std::string const&>()) != kept.end();
    }
    return event != Document::parse_event_t::array_start || keeps;
  });
}

bool is_there(std::filesystem::path const& file) {
  std::error_code error;
  return std::filesystem::is_regular_file(file, error);
}

Document const& at(Document const& json, std::string_view key) {
  static Document const none;
  if (!json.is_object()) {
    return none;
  }
  auto const found = json.find(key);
  return found == json.end() ? none : *found;
}

std::string text_at(Document const& json, std::string_view key) {
  auto const& value = at(json, key);
  return value.is_string()    ? value.get<std::string>()
         : value.is_number()  ? value.dump()
         : value.is_boolean() ? (value.get<bool>() ? "yes" : "no")
                              : "";
}

double number_of(Document const& json) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  if (json.is_string()) {
    auto const& word = json.get_ref<std::string const&>();
    return word == "inf" ? inf : word == "-inf" ? -inf : std::numeric_limits<double>::quiet_NaN();
  }
  return json.is_number() ? json.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

double number_at(Document const& json, std::string_view key) {
  return number_of(at(json, key));
}

std::vector<double> numbers_at(Document const& json, std::string_view key) {
  std::vector<double> out;
  if (auto const& list = at(json, key); list.is_array()) {
    std::ranges::transform(list, std::back_inserter(out), number_of);
  }
  return out;
}

double value_at(Document const& json, std::string_view key) {
  auto const& value = at(json, key);
  return value.is_object() ? number_at(value, "value") : number_of(value);
}

std::uint64_t count_at(Document const& json, std::string_view key) {
  auto const& value = at(json, key);
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

}  // namespace toyfarm::app
