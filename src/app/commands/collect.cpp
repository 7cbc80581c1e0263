#include "toyfarm/batch/collect.hpp"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/os/utc.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {
namespace fs = std::filesystem;
namespace {

using core::ExitCode;

std::string table(std::vector<batch::ShardResult> const& results) {
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

std::string counts(std::vector<batch::ShardResult> const& results) {
  std::map<batch::ShardState, std::uint64_t> n{};
  for (auto const& result : results) {
    ++n[result.state];
  }
  std::string text;
  for (auto const& [state, word] : words_of(batch::ShardState{})) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", word, n[state]);
  }
  return text + fmt::format(" total={}\n", results.size());
}

}  // namespace

ExitCode run_collect(CollectOptions const& options) {
  auto run = batch::read_rendered_run(options.manifest);
  run.results = batch::collect(run);
  run.collected_at_utc = os::utc_now();
  auto const file = options.in_place      ? fs::path(options.manifest)
                    : options.out.empty() ? run.directory / "manifest.collected.json"
                                          : fs::path(options.out);
  std::error_code error;
  if (file.has_parent_path()) {
    fs::create_directories(file.parent_path(), error);  // where it fails, publishing tells why
  }
  os::publish_text(file, batch::manifest_text(run));
  os::print_report(table(run.results) + counts(run.results) + "wrote " + file.string() + "\n");
  return batch::verdict_of(run.results);
}

}  // namespace toyfarm::app
