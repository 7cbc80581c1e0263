#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "toyfarm/core/words.hpp"

// A spec (`nextstat_unbinned_spec_v0`) as plain structs. `pointer` members are RFC 6901 pointers
// into the document, for messages.
namespace toyfarm::spec {

struct Interval {
  double lower = 0;
  double upper = 0;
};

/// A constraint as written; which fields a type knows is the business of `model`.
struct Constraint {
  std::string type;
  std::map<std::string, double> fields;
  std::string pointer;
};

struct Parameter {
  std::string name;
  double init = 0;
  Interval bounds;
  bool fixed = false;  ///< `fixed: true`, or lower == upper
  std::optional<Constraint> constraint;
};

/// A field of a pdf that is neither type, observable, params nor components.
using Attribute = std::variant<double, std::string, std::vector<double>>;

/// A density as written; which attributes a type knows is the business of `model`.
struct Pdf {
  std::string type;
  std::string observable;           ///< empty for a product
  std::vector<std::string> params;  ///< names of parameters, in the order of the type
  std::map<std::string, Attribute> attributes;
  std::vector<Pdf> components;  ///< of a product
  std::string pointer;
};

enum class Interpolation { code0, code4p };
enum class ModifierKind { normsys, weightsys };

struct Modifier {
  ModifierKind kind = ModifierKind::normsys;
  std::string param;
  double lo = 1;
  double hi = 1;
  Interpolation interpolation = Interpolation::code0;
  std::string pointer;
};

enum class YieldKind { fixed, parameter, scaled };

struct Yield {
  YieldKind kind = YieldKind::fixed;
  double value = 0;       ///< `value` of a fixed, `base_yield` of a scaled yield
  std::string parameter;  ///< `name` of a parameter yield, `scale` of a scaled one
  std::vector<Modifier> modifiers;
  std::string pointer;
};

struct Process {
  std::string name;
  Pdf pdf;
  Yield yield;
};

struct Observable {
  std::string name;
  std::optional<std::string> expr;
  Interval bounds;
};

/// Events written in the spec itself.
struct WrittenEvents {
  std::vector<std::vector<double>> entries;  ///< [event][observable, in the channel's order]
  std::vector<double> weights;               ///< [event]; empty: all 1
};

/// Where a channel's events are. `file` is as written; resolve it with `data_path`.
struct DataSource {
  std::string file;                     ///< empty where they are written here
  std::optional<WrittenEvents> events;  ///< instead of a file
  std::optional<std::string> format;
  std::optional<std::string> tree;     ///< ROOT tree, or HDF5 group
  std::optional<std::string> channel;  ///< keep rows whose `_channel` is this
  std::optional<std::string> selection;
  std::optional<std::string> weight;
  std::string pointer;
};

struct Channel {
  std::string name;
  bool include_in_fit = true;
  std::optional<DataSource> data;
  std::vector<Observable> observables;
  std::vector<Process> processes;
  std::string pointer;
};

struct Spec {
  std::filesystem::path
      path;          ///< the file it came from, for messages and to resolve relative paths
  std::string text;  ///< the file's bytes
  std::optional<std::string> poi;
  std::vector<Parameter> parameters;
  std::vector<Channel> channels;
};

/// What to do with fields nobody knows.
enum class UnknownFields { refuse, warn };
constexpr core::WordTable<UnknownFields, 2> words_of(UnknownFields /*any*/) {
  return {{{UnknownFields::refuse, "refuse"}, {UnknownFields::warn, "warn"}}};
}

/// The text of a spec's file. Throws RuntimeFailure (66) for a missing or irregular file, SpecError
/// for one that is too large.
[[nodiscard]] std::string read_spec_text(std::filesystem::path const& path);

/// Reads and validates a spec: JSON first, then YAML, by content. Throws SpecError (65), and what
/// read_spec_text throws.
[[nodiscard]] Spec read_spec(std::filesystem::path const& path, UnknownFields unknown);

/// The same from text; `path` names it in messages and resolves relative paths.
[[nodiscard]] Spec parse_spec(std::string text,
                              std::filesystem::path const& path,
                              UnknownFields unknown);

/// The file of a data source, relative names resolved against the spec's folder.
[[nodiscard]] std::filesystem::path data_path(Spec const& spec, DataSource const& source);

/// The model's canonical text: everything that decides the likelihood and the toys, nothing else
/// (no paths, no formatting); equal for the JSON and YAML form of one spec.
[[nodiscard]] std::string canonical_text(Spec const& spec);

/// SHA-256 of canonical_text, 64 hex digits.
[[nodiscard]] std::string model_hash(Spec const& spec);

/// The known word nearest to `word` by edit distance, for "did you mean"; empty when nothing is
/// near.
[[nodiscard]] std::string nearest_word(std::string const& word,
                                       std::vector<std::string> const& known);

}  // namespace toyfarm::spec
