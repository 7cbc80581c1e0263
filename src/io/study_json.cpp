#include <algorithm>
#include <stdexcept>
#include <type_traits>

#include "toyfarm/io/run_json.hpp"

#include "io/exact_json.hpp"
#include "io/rows_json.hpp"

namespace toyfarm::io {
namespace {

constexpr char const* streams = "stream_version";

template <class T>
Json value_json(T const& value) {
  if constexpr (std::is_same_v<T, record::ConstraintMode>) {
    return core::word_of(value);
  } else if constexpr (std::is_same_v<T, std::optional<std::size_t>>) {
    return index(value);
  } else if constexpr (std::is_same_v<T, std::vector<double>>) {
    return each(value, exact);
  } else if constexpr (std::is_same_v<T, std::map<std::string, double>>) {
    Json object = Json::object();
    for (auto const& [name, x] : value) {
      object[name] = exact(x);
    }
    return object;
  } else {
    return value;
  }
}

template <class T>
void read_value(Json const& json, T& value) {
  if constexpr (std::is_same_v<T, record::ConstraintMode>) {
    auto const mode = core::find_word<record::ConstraintMode>(json.get<std::string>());
    if (!mode) {
      throw std::invalid_argument("constraint_mode is " + json.dump() +
                                  ", which this program does not know");
    }
    value = *mode;
  } else if constexpr (std::is_same_v<T, std::optional<std::size_t>>) {
    value = json.is_null() ? std::nullopt : std::optional(json.get<std::size_t>());
  } else if constexpr (std::is_same_v<T, std::vector<double>>) {
    for (auto const& x : json) {
      value.push_back(from_exact(x));
    }
  } else if constexpr (std::is_same_v<T, std::map<std::string, double>>) {
    for (auto const& [name, x] : json.items()) {
      value[name] = from_exact(x);
    }
  } else {
    json.get_to(value);
  }
}

void require_streams(Json const& block, std::string const& file) {
  if (auto const version = block.at(streams).get<int>(); version != record::stream_version) {
    throw core::DataError(file,
                          "stream_version is " + std::to_string(version) + ", this program has " +
                              std::to_string(record::stream_version));
  }
}

void refuse_unknown_fields(Json const& block) {
  for (auto const& member : block.items()) {
    auto const& name = member.key();
    bool known = name == streams;
    record::visit_fields([&](auto const& field) { known = known || field.name == name; });
    if (!known) {
      throw std::invalid_argument("it has a field '" + name +
                                  "', which this program does not know");
    }
  }
}

}  // namespace

Json study_block(record::StudyInfo const& study) {
  Json block{{streams, record::stream_version}};
  record::visit_fields(
      [&](auto const& field) { block[std::string(field.name)] = value_json(study.*field.member); });
  return block;
}

record::StudyInfo read_study_block(Json const& block, std::string const& file) {
  return guarded(file, "study", [&] {
    require_streams(block, file);
    refuse_unknown_fields(block);
    record::StudyInfo study;
    record::visit_fields([&](auto const& field) {
      std::string const name(field.name);
      if (field.since == 1 || block.contains(name)) {
        read_value(block.at(name), study.*field.member);
      }
    });
    if (auto const fault = record::fault(study)) {
      throw std::invalid_argument(*fault);
    }
    return study;
  });
}

Json told_json(record::StudyInfo const& study) {
  Json block{{streams, record::stream_version}};
  record::visit_fields([&](auto const& field) {
    if (field.role == record::Role::told) {
      block[std::string(field.name)] = value_json(study.*field.member);
    }
  });
  return block;
}

}  // namespace toyfarm::io
