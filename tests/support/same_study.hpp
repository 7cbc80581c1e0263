#pragma once
#include <gtest/gtest.h>

#include "toyfarm/record/study_info.hpp"

namespace toyfarm::test {

/// Expects every field to be equal.
inline void expect_same_study(record::StudyInfo const& a, record::StudyInfo const& b) {
  EXPECT_EQ(a.input_schema_version, b.input_schema_version);
  EXPECT_EQ(a.parameter_names, b.parameter_names);
  EXPECT_EQ(a.lower, b.lower);
  EXPECT_EQ(a.upper, b.upper);
  EXPECT_EQ(a.fixed, b.fixed);
  EXPECT_EQ(a.used, b.used);
  EXPECT_EQ(a.channel_names, b.channel_names);
  EXPECT_EQ(a.constrained, b.constrained);
  EXPECT_EQ(a.poi, b.poi);
  EXPECT_EQ(a.gen_point, b.gen_point);
  EXPECT_EQ(a.truth, b.truth);
  EXPECT_EQ(a.overrides, b.overrides);
  EXPECT_EQ(a.seed, b.seed);
  EXPECT_EQ(a.n_toys, b.n_toys);
  EXPECT_EQ(a.constraint_mode, b.constraint_mode);
  EXPECT_EQ(a.engine, b.engine);
  EXPECT_EQ(a.arithmetic, b.arithmetic);
  EXPECT_EQ(a.layout_hash, b.layout_hash);
  EXPECT_EQ(a.pdf_variants, b.pdf_variants);
  EXPECT_EQ(a.model_hash, b.model_hash);
  EXPECT_EQ(a.data_hash, b.data_hash);
  EXPECT_EQ(a.spec_text, b.spec_text);
}

}  // namespace toyfarm::test
