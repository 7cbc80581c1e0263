#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "toyfarm/batch/collect.hpp"

namespace toyfarm::batch {
namespace {

std::string table(std::vector<ShardResult> const& results) {
  std::string text = fmt::format("{:>6}  {:<8}  {:>21}  {:>4}  {:>10}  {}\n",
                                 "shard",
                                 "state",
                                 "toys",
                                 "rc",
                                 "elapsed_s",
                                 "host / what is wrong");
  for (auto const& r : results) {
    text += fmt::format("{:>6}  {:<8}  {:>10}/{:<10}  {:>4}  {:>10}  {}\n",
                        r.index,
                        core::word_of(r.state),
                        r.n_done,
                        r.range.count,
                        r.rc ? std::to_string(*r.rc) : "-",
                        r.elapsed_s > 0 ? fmt::format("{:.2f}", r.elapsed_s) : "-",
                        r.error.empty() ? (r.host.empty() ? "-" : r.host) : r.error);
  }
  return text;
}

std::string counts(std::vector<ShardResult> const& results) {
  std::map<ShardState, std::uint64_t> n{};
  for (auto const& result : results) {
    ++n[result.state];
  }
  std::string text;
  for (auto const& [state, word] : words_of(ShardState{})) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", word, n[state]);
  }
  return text + fmt::format(" total={}\n", results.size());
}

}  // namespace

std::string collect_table(std::vector<ShardResult> const& results) {
  return table(results) + counts(results);
}

core::ExitCode verdict_of(std::vector<ShardResult> const& results) {
  auto const any = [&](std::initializer_list<ShardState> states) {
    return std::ranges::any_of(results, [&](auto const& result) {
      return std::ranges::find(states, result.state) != states.end();
    });
  };
  using enum ShardState;
  return any({corrupt, foreign})                      ? core::ExitCode::bad_data
         : any({missing, starting, running, partial}) ? core::ExitCode::incomplete
                                                      : core::ExitCode::success;
}

}  // namespace toyfarm::batch
