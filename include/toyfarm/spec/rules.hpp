#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The fields of a spec as a table: what reading, the schema and the help texts know of them.
// Densities and constraints have rows of their own, in the room model.
namespace toyfarm::spec {

/// What a value is. `list` and `object` are of the object that the field names; `texts` is an
/// object of texts under any names, `rows` a list of lists of numbers.
enum class Form { number, boolean, text, word, interval, object, list, texts, numbers, rows };

struct FieldRule {
  std::string name;
  Form form = Form::text;
  bool is_required = false;
  std::string meaning;
  std::string object{};              ///< of `object` and `list`
  std::vector<std::string> words{};  ///< of `word`
};

/// An object of a spec. Objects of one name differ by their field `type`.
struct ObjectRules {
  std::string name;
  std::vector<std::string> types{};  ///< words of `type`; none: it has no such field
  std::string meaning;
  std::vector<FieldRule> fields;  ///< without `type`
};

/// All of them, the whole document ("spec") first. "pdf" and "constraint" are not among them.
[[nodiscard]] std::span<ObjectRules const> object_rules();

/// Names of the fields of an object (of a type), `type` among them where it has one.
[[nodiscard]] std::vector<std::string> field_names(std::string_view object,
                                                   std::string_view type = {});

/// Words of a field of an object without types.
[[nodiscard]] std::vector<std::string> const& field_words(std::string_view object,
                                                          std::string_view field);

/// The only value of schema_version.
inline constexpr std::string_view schema_version = "nextstat_unbinned_spec_v0";

}  // namespace toyfarm::spec
