#pragma once
#include <optional>
#include <string>

#include "toyfarm/record/study_info.hpp"

namespace toyfarm::batch {

/// A field in which two studies differ, with both values for people.
struct StudyDifference {
  std::string field, first, second;
};

/// The first field, of those that decide about rows, in which two studies differ; none when rows of
/// both may stand in one table.
[[nodiscard]] std::optional<StudyDifference> first_difference(record::StudyInfo const& a,
                                                              record::StudyInfo const& b);

}  // namespace toyfarm::batch
