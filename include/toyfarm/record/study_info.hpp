#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/core/words.hpp"
#include "toyfarm/record/toy_record.hpp"

namespace toyfarm::record {

/// Whether a toy draws its global observables or keeps the spec's. Words of files: append only.
enum class ConstraintMode { randomize, fixed };
constexpr core::WordTable<ConstraintMode, 2> words_of(ConstraintMode /*any*/) {
  return {{{ConstraintMode::randomize, "randomize"}, {ConstraintMode::fixed, "fixed"}}};
}

/// Number of the random streams' definition; toys of different versions must not be mixed.
inline constexpr int stream_version = 2;

/// What identifies a study and gives its rows meaning: the same for every rank, shard and resume.
/// Holds nothing of how a run went.
struct StudyInfo {
  std::string input_schema_version = "nextstat_unbinned_spec_v0";
  std::vector<std::string> parameter_names;  ///< [parameter]
  std::vector<double> lower;                 ///< [parameter] bounds, may be infinite
  std::vector<double> upper;
  std::vector<bool> fixed;                 ///< [parameter]
  std::vector<bool> used;                  ///< [parameter] enters the NLL
  std::vector<std::string> channel_names;  ///< [channel]
  std::vector<std::size_t> constrained;    ///< [constraint] parameter index
  std::optional<std::size_t> poi;
  std::string gen_point = "init";           ///< "init" or "mle"
  std::vector<double> truth;                ///< [parameter] generation point, after overrides
  std::map<std::string, double> overrides;  ///< --set
  std::uint64_t seed = 42;
  std::uint64_t n_toys = 0;  ///< of the whole study, not of a shard
  ConstraintMode constraint_mode = ConstraintMode::randomize;
  std::string events = "poisson";  ///< how many a toy has of each process, around its yield
  std::string engine = "auto";     ///< as asked: auto, compressed, eventwise
  std::string arithmetic = "fma";  ///< "fma" or "plain": the job's arithmetic class
  std::map<std::string, std::string>
      pdf_variants;         ///< "channel/process" -> "exact" or "nextstat", for pdfs that have both
  std::string layout_hash;  ///< SHA-256 of the layout of cells
  std::string model_hash;   ///< SHA-256, 64 hex digits
  std::string data_hash;    ///< likewise; empty when no channel names data
  std::string spec_text;
  /// [fit of a toy] what it was made under; files of one free fit do not name it.
  std::vector<std::string> hypotheses{"free"};
  [[nodiscard]] RowLayout layout() const {
    return {parameter_names.size(), channel_names.size(), constrained.size(), hypotheses.size()};
  }
};

/// What a field of a study is to whoever has two of them, or tells of one.
enum class Role {
  told,      ///< decides about rows, and manifests tell it
  compared,  ///< decides about rows, or says what they are
  kept       ///< does not: studies that differ in it alone are the same
};
/// How toys.h5 has a field: an attribute of a group, or datasets.
enum class Form { attribute, dataset };
/// Whether files have a field also where it says what it says in a new StudyInfo.
enum class Presence { always, where_not_usual };

/// A member of StudyInfo and what files have of it.
template <class Member>
struct Field {
  std::string_view name;  ///< in JSON and messages
  Member StudyInfo::*member;
  Role role = Role::compared;
  std::string_view path;  ///< in toys.h5
  Form form = Form::attribute;
  std::string_view words;  ///< all that are known, one space between two; empty: any text
  int since = 1;           ///< format_version that brought it; older files mean a new StudyInfo's
  Presence presence = Presence::always;

  /// Whether files of `study` have it.
  [[nodiscard]] bool is_told(StudyInfo const& study) const {
    return presence == Presence::always || study.*member != StudyInfo().*member;
  }
};

template <class Member>
constexpr Field<Member> field(std::string_view name,
                              Member StudyInfo::*member,
                              Role role,
                              std::string_view path,
                              Form form = Form::attribute,
                              std::string_view words = {},
                              int since = 1,
                              Presence presence = Presence::always) noexcept {
  return {name, member, role, path, form, words, since, presence};
}

/// The fields, in the order of files. To add one, add a member and a line; its `since` is a new
/// format_version.
inline constexpr std::tuple study_fields{
    field("input_schema_version",
          &StudyInfo::input_schema_version,
          Role::compared,
          "input_schema_version"),
    field("model_hash", &StudyInfo::model_hash, Role::told, "model_hash"),
    field("data_hash", &StudyInfo::data_hash, Role::told, "data_hash"),
    field("n_toys", &StudyInfo::n_toys, Role::compared, "n_toys"),
    field("seed", &StudyInfo::seed, Role::compared, "seed"),
    field("engine",
          &StudyInfo::engine,
          Role::told,
          "engine",
          Form::attribute,
          "auto compressed eventwise nextstat"),
    field("arithmetic",
          &StudyInfo::arithmetic,
          Role::told,
          "arithmetic",
          Form::attribute,
          "fma plain unknown"),
    field("layout_hash", &StudyInfo::layout_hash, Role::told, "layout_hash"),
    field("parameter_names", &StudyInfo::parameter_names, Role::compared, "parameter_names"),
    field("channel_names", &StudyInfo::channel_names, Role::compared, "channel_names"),
    field("poi", &StudyInfo::poi, Role::compared, "poi_index"),
    field("spec_text", &StudyInfo::spec_text, Role::kept, "spec", Form::dataset),
    field("gen_point", &StudyInfo::gen_point, Role::told, "gen/point", Form::attribute, "init mle"),
    field("constraint_mode", &StudyInfo::constraint_mode, Role::told, "gen/constraint_mode"),
    field("events", &StudyInfo::events, Role::told, "gen/events", Form::attribute, "poisson", 3),
    field("truth", &StudyInfo::truth, Role::compared, "gen/truth", Form::dataset),
    field("lower", &StudyInfo::lower, Role::compared, "gen/lower", Form::dataset),
    field("upper", &StudyInfo::upper, Role::compared, "gen/upper", Form::dataset),
    field("fixed", &StudyInfo::fixed, Role::compared, "gen/fixed", Form::dataset),
    field("used", &StudyInfo::used, Role::compared, "gen/used", Form::dataset),
    field("constrained", &StudyInfo::constrained, Role::compared, "gen/constrained", Form::dataset),
    field("overrides", &StudyInfo::overrides, Role::told, "gen/override", Form::dataset),
    field("pdf_variants", &StudyInfo::pdf_variants, Role::told, "gen/pdf_variant", Form::dataset),
    field("hypotheses",
          &StudyInfo::hypotheses,
          Role::told,
          "hypotheses",
          Form::attribute,
          {},
          3,
          Presence::where_not_usual)};

/// Calls visit(field) for every field of a study.
template <class Visit>
constexpr void visit_fields(Visit&& visit) {
  std::apply([&](auto const&... field) { (visit(field), ...); }, study_fields);
}

/// Number of the newest field's version of files.
inline constexpr int newest_field = [] {
  int newest = 1;
  visit_fields([&](auto const& field) { newest = std::max(newest, field.since); });
  return newest;
}();
/// Number of the layout of toys.h5: of its newest column or field. Every released one stays
/// readable.
inline constexpr int format_version = std::max(newest_column, newest_field);
inline constexpr int oldest_format_version = 1;

/// Why a study that was read can be none: a word that is not known, or lists that do not fit
/// together; nothing if it can.
[[nodiscard]] std::optional<std::string> fault(StudyInfo const& study);

/// One piece of a study, as --shard index/total.
struct Shard {
  std::uint64_t index = 0;
  std::uint64_t total = 1;
};

/// Toys of a shard: floor(n/total), the first n mod total shards one more; contiguous, in order.
[[nodiscard]] core::ToyRange shard_range(Shard shard, std::uint64_t n_toys) noexcept;

/// The same, or all toys where there is no shard.
[[nodiscard]] inline core::ToyRange range_of(std::optional<Shard> const& shard,
                                             std::uint64_t n_toys) noexcept {
  return shard ? shard_range(*shard, n_toys) : core::ToyRange{{0}, n_toys};
}

}  // namespace toyfarm::record
