#include "toyfarm/record/study_info.hpp"

#include <algorithm>
#include <type_traits>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::record {
namespace {

/// Whether a list of words, one space between two, has this one.
bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    auto const end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) {
      return true;
    }
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

}  // namespace

std::optional<std::string> fault(StudyInfo const& study) {
  std::optional<std::string> found;
  visit_fields([&](auto const& field) {
    if constexpr (std::is_same_v<decltype(field.member), std::string StudyInfo::*>) {
      auto const& word = study.*field.member;
      if (!found && !field.words.empty() && !has_word(field.words, word)) {
        found = std::string(field.name) + " is '" + word + "', which this program does not know";
      }
    }
  });
  auto const n = study.parameter_names.size();
  if (!found && (study.lower.size() != n || study.upper.size() != n || study.fixed.size() != n ||
                 study.used.size() != n || study.truth.size() != n)) {
    found = "lists over parameters differ in length";
  }
  if (!found && ((study.poi && *study.poi >= n) ||
                 std::ranges::any_of(study.constrained, [&](auto j) { return j >= n; }))) {
    found = "names a parameter that is not there";
  }
  if (!found && study.hypotheses.empty()) {
    found = "has no fit of its toys";
  }
  return found;
}

core::ToyRange shard_range(Shard shard, std::uint64_t n_toys) noexcept {
  TOYFARM_EXPECTS(shard.index < shard.total);
  auto const share = n_toys / shard.total;
  auto const rest = n_toys % shard.total;
  return {{shard.index * share + std::min(shard.index, rest)},
          share + (shard.index < rest ? 1U : 0U)};
}

}  // namespace toyfarm::record
