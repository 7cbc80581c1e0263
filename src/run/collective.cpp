#include "toyfarm/run/collective.hpp"

#include <algorithm>

namespace toyfarm::run {
namespace {

constexpr char between = '\0';

std::vector<std::string> split(std::string const& joined) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < joined.size();) {
    auto const end = joined.find(between, begin);
    words.push_back(joined.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

/// "'--seed=1' where rank 0 has '--seed=2'".
std::string first_difference(std::string const& there, std::string const& here) {
  auto const theirs = split(there);
  auto const ours = split(here);
  auto const [a, b] = std::ranges::mismatch(theirs, ours);
  auto const word = [](auto at, auto const& words) {
    return at == words.end() ? std::string("nothing") : std::string("'").append(*at).append("'");
  };
  return word(b, ours) + " where rank 0 has " + word(a, theirs);
}

}  // namespace

core::ExitCode require_same_words(parallel::Job const& job, std::vector<std::string> const& words) {
  std::string mine;
  for (auto const& word : words) {
    mine += word + between;
  }
  auto const all = job.gather(mine);
  return shared_code(job, code_of([&] {
                       for (std::size_t rank = 1; rank < all.size(); ++rank) {
                         if (all[rank] != all.front()) {
                           throw core::UsageError("rank " + std::to_string(rank) +
                                                  " was started with other words (" +
                                                  first_difference(all.front(), all[rank]) +
                                                  "); a job has one command line");
                         }
                       }
                       return core::ExitCode::success;
                     }));
}

}  // namespace toyfarm::run
