#pragma once
#include <string>
#include <vector>

#include "toyfarm/batch/collect.hpp"
#include "toyfarm/io/journal.hpp"
#include "toyfarm/io/toy_table.hpp"

#include "support/result_text.hpp"
#include "support/rows.hpp"
#include "support/scratch.hpp"

// A rendered run of four shards, and what they leave.
namespace toyfarm::batch {

using test::Scratch;

constexpr std::uint64_t n_toys = 20;
constexpr std::uint64_t n_shards = 4;

/// A rendered run of 4 shards of 5 toys, none of which has run.
inline RenderedRun render(Scratch const& scratch) {
  RenderedRun run;
  run.created_at_utc = "2026-01-31T12:00:00.000000+00:00";
  run.run_id = "r";
  run.uuid = "0123456789abcdef";
  run.config = "/specs/spec.json";
  run.study = test::small_study(n_toys);
  run.study.seed = 42;
  run.shards = n_shards;
  run.program = "/opt/toyfarm";
  run.directory = scratch.path();
  run.guardrails.max_abs_poi_pull_mean = 0.5;
  static_cast<void>(io::Journal::create(
      scratch / study_name, {run.study, {{0}, n_toys}, std::nullopt, "study", "{}", "setup"}));
  test::spill(scratch / "manifest.json", manifest_text(run));
  return run;
}

inline void write_table(Scratch const& scratch,
                        std::string const& stem,
                        record::StudyInfo const& study,
                        core::ToyRange range) {
  io::write_toy_table(
      scratch / (stem + ".toys.h5"), study, test::made_up_rows(study.layout(), range));
}

inline void write_document(Scratch const& scratch,
                           std::string const& stem,
                           record::StudyInfo const& study,
                           record::Shard shard) {
  auto const range = record::shard_range(shard, study.n_toys);
  auto const rows = test::made_up_rows(study.layout(), range);
  auto const summary = ensemble::summarise(study, rows, range);
  auto const verdict = ensemble::judge(summary, study, {});
  test::spill(scratch / (stem + ".out.json"),
              test::result_json({&study, &rows, &summary, &verdict, range, shard, {}, "", ""}));
}

/// A shard as its script leaves it.
inline void finish(Scratch const& scratch, RenderedRun const& run, std::uint64_t shard) {
  auto const stem = shard_stem(shard);
  write_table(scratch, stem, run.study, range_of(run, shard));
  write_document(scratch, stem, run.study, {shard, n_shards});
  test::spill(scratch / (stem + ".host"), "node0" + std::to_string(shard) + "\n");
  test::spill(scratch / (stem + ".rc"), "0\n");
  test::spill(scratch / (stem + ".elapsed_s"), "1.500000\n");
}

inline std::vector<std::string> states(std::vector<ShardResult> const& results) {
  std::vector<std::string> words;
  for (auto const& result : results) {
    words.emplace_back(core::word_of(result.state));
  }
  return words;
}

inline ShardResult first(RenderedRun const& run) {
  return collect(run).front();
}

}  // namespace toyfarm::batch
