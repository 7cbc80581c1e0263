#pragma once
#include <gtest/gtest.h>

#include "toyfarm/record/study_info.hpp"

namespace toyfarm::test {

/// Expects every field to be equal.
inline void expect_same_study(record::StudyInfo const& a, record::StudyInfo const& b) {
  record::visit_fields(
      [&](auto const& field) { EXPECT_EQ(a.*field.member, b.*field.member) << field.name; });
}

}  // namespace toyfarm::test
