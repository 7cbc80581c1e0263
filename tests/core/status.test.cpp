#include "toyfarm/core/status.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace toyfarm::core {

TEST(FitStatus, survives_its_word_and_no_two_share_one) {
  std::set<std::string_view> words;
  for (int number = 0; number < n_fit_statuses; ++number) {
    auto const status = static_cast<FitStatus>(number);
    EXPECT_EQ(fit_status(to_string(status)), status);
    words.insert(to_string(status));
  }
  EXPECT_EQ(words.size(), static_cast<std::size_t>(n_fit_statuses));
}

// The numbers stand in files: this list may grow at its end only.
TEST(FitStatus, keeps_the_numbers_and_words_that_files_hold) {
  std::vector<std::string> const words{"converged",
                                       "at_bound",
                                       "flat",
                                       "degenerate",
                                       "infinite_nll",
                                       "max_iter",
                                       "failed",
                                       "uncertified",
                                       "at_edge"};
  for (std::size_t number = 0; number < words.size(); ++number) {
    EXPECT_EQ(to_string(static_cast<FitStatus>(number)), words[number]);
  }
  EXPECT_EQ(to_string(Engine::eventwise), "eventwise");
  EXPECT_EQ(to_string(Engine::compressed), "compressed");
}

TEST(FitStatus, is_nothing_when_the_word_is_unknown) {
  for (char const* const word : {"", "Converged", "converged ", "ok"}) {
    EXPECT_FALSE(fit_status(word)) << word;
  }
}

// combine PR#365, gammacombo#224: one definition of converged.
TEST(FitStatus, counts_as_converged_at_a_bound_or_an_edge_and_nowhere_else) {
  for (int number = 0; number < n_fit_statuses; ++number) {
    auto const status = static_cast<FitStatus>(number);
    EXPECT_EQ(is_converged(status),
              status == FitStatus::converged || status == FitStatus::at_bound ||
                  status == FitStatus::at_edge)
        << to_string(status);
  }
}

}  // namespace toyfarm::core
