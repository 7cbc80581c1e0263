#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

// JSON documents as pages read them: what is missing or of another kind is as if it were not there.
namespace toyfarm::app {

/// Order as in the file.
using Document = nlohmann::ordered_json;

/// Throws core::DataError for what is no JSON object or breaks its own seal;
/// core::RuntimeFailure(no_input, io_error).
[[nodiscard]] Document read_document(std::filesystem::path const& file);
/// The same without lists, which may have an entry per toy, but for those of `kept` members.
[[nodiscard]] Document read_without_lists(std::filesystem::path const& file,
                                          std::vector<std::string_view> const& kept);

[[nodiscard]] bool is_there(
    std::filesystem::path const& file);  ///< a file that holds bytes, not a folder
/// The member, or null.
[[nodiscard]] Document const& at(Document const& json, std::string_view key);
/// Words and numbers as text; empty for anything else.
[[nodiscard]] std::string text_at(Document const& json, std::string_view key);
/// A number, "inf" and "-inf" among them; NaN for anything else.
[[nodiscard]] double number_of(Document const& json);
[[nodiscard]] double number_at(Document const& json, std::string_view key);
/// Of a list; empty for anything else.
[[nodiscard]] std::vector<double> numbers_at(Document const& json, std::string_view key);
/// The value of a number that may have an error beside it: 1.5 or {"value": 1.5, "error": 0.1}.
[[nodiscard]] double value_at(Document const& json, std::string_view key);
/// A count; 0 for anything else.
[[nodiscard]] std::uint64_t count_at(Document const& json, std::string_view key);

}  // namespace toyfarm::app
