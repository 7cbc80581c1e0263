// The words of choices, which files keep.
#include "toyfarm/run/request.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "toyfarm/io/run_status.hpp"

namespace {

using namespace toyfarm;

template <class E>
class Words : public testing::Test {};
using Choices = testing::Types<spec::UnknownFields,
                               io::OutsidePolicy,
                               run::GenerationPoint,
                               run::Keep,
                               record::ConstraintMode,
                               study::EngineChoice,
                               parallel::WeightMode,
                               parallel::ScheduleMode,
                               io::RunState,
                               io::RankState>;
TYPED_TEST_SUITE(Words, Choices);

TYPED_TEST(Words, are_one_for_each_value_and_found_again) {
  std::set<std::string_view> words;
  int next = 0;
  for (auto const& [value, word] : words_of(TypeParam{})) {
    EXPECT_EQ(static_cast<int>(value), next++) << "a value without a word";
    EXPECT_FALSE(word.empty());
    EXPECT_TRUE(words.insert(word).second) << word;
    EXPECT_EQ(core::word_of(value), word);
    EXPECT_EQ(core::find_word<TypeParam>(word), value);
  }
  EXPECT_EQ(core::find_word<TypeParam>("guided"), std::nullopt);
  EXPECT_EQ(core::find_word<TypeParam>(""), std::nullopt);
}

TEST(AllWords, are_listed_with_anything_between) {
  EXPECT_EQ(core::all_words<parallel::ScheduleMode>(), "static, dynamic");
  EXPECT_EQ(core::all_words<study::EngineChoice>("|"), "auto|compressed|eventwise");
}

}  // namespace
