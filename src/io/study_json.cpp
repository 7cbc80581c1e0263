#include <stdexcept>

#include "toyfarm/io/json_members.hpp"
#include "toyfarm/io/run_json.hpp"

#include "io/exact_json.hpp"
#include "io/rows_json.hpp"

namespace toyfarm::io {

namespace {

/// Numbers of a study are exact, infinities among them.
template <class T>
struct StudyForm : JsonForm<T> {};

template <>
struct StudyForm<std::vector<double>> {
  static Json of(std::vector<double> const& values) { return each(values, exact); }
  static std::vector<double> from(Json const& json) {
    std::vector<double> values;
    for (auto const& x : json) {
      values.push_back(from_exact(x));
    }
    return values;
  }
};

template <>
struct StudyForm<std::map<std::string, double>> {
  static Json of(std::map<std::string, double> const& values) {
    Json object = Json::object();
    for (auto const& [name, x] : values) {
      object[name] = exact(x);
    }
    return object;
  }
  static std::map<std::string, double> from(Json const& json) {
    std::map<std::string, double> values;
    for (auto const& [name, x] : json.items()) {
      values[name] = from_exact(x);
    }
    return values;
  }
};

constexpr char const* streams = "stream_version";

void require_streams(MemberReaderAs<StudyForm>& block, std::string const& file) {
  int version = 0;
  block(streams, version);
  if (version != record::stream_version) {
    throw core::DataError(file,
                          "stream_version is " + std::to_string(version) + ", this program has " +
                              std::to_string(record::stream_version));
  }
}

/// The fields that `wanted` says yes to.
template <class Wanted>
Json written(record::StudyInfo const& study, Wanted const& wanted) {
  MemberWriterAs<StudyForm> block;
  block(streams, record::stream_version);
  record::visit_fields([&](auto const& field) {
    if (wanted(field.role) && field.is_told(study)) {
      block(field.name, study.*field.member);
    }
  });
  return block.json();
}

}  // namespace

Json study_block(record::StudyInfo const& study) {
  return written(study, [](record::Role /*any*/) { return true; });
}

Json told_json(record::StudyInfo const& study) {
  return written(study, [](record::Role role) { return role == record::Role::told; });
}

record::StudyInfo read_study_block(Json const& json, std::string const& file) {
  return guarded(file, "study", [&] {
    MemberReaderAs<StudyForm> block(json);
    require_streams(block, file);
    record::StudyInfo study;
    record::visit_fields([&](auto const& field) {
      bool const must_be = field.since == 1 && field.presence == record::Presence::always;
      if (must_be || block.has(field.name)) {
        block(field.name, study.*field.member);
      }
    });
    block.finish();
    if (auto const fault = record::fault(study)) {
      throw std::invalid_argument(*fault);
    }
    return study;
  });
}

}  // namespace toyfarm::io
