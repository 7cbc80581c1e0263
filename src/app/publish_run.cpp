#include "app/publish_run.hpp"

#include <chrono>
#include <cmath>
#include <filesystem>

#include <fmt/core.h>

#include "toyfarm/core/sha256.hpp"
#include "toyfarm/io/publish.hpp"
#include "toyfarm/io/toy_table.hpp"

#include "app/output.hpp"
#include "app/report.hpp"

namespace toyfarm::app {
namespace fs = std::filesystem;
namespace {

using core::ExitCode;

double slowest(std::vector<io::RankRun> const& ranks) {
  double seconds = 0;
  for (auto const& rank : ranks) {
    seconds = std::max(seconds, rank.elapsed_s);
  }
  return seconds;
}

io::FileEntry entry(fs::path const& directory, std::string const& name) {
  auto const digest = io::digest(directory / name);
  return {name, digest.sha256, digest.bytes};
}

io::Manifest describe_run(ToysOptions const& options, RunResult const& result, ExitCode verdict) {
  auto const& prepared = result.prepared;
  io::Manifest manifest;
  manifest.created_at_utc = result.start_utc;
  manifest.start_utc = result.start_utc;
  manifest.end_utc = utc_now();
  manifest.wall_s = result.wall_s;
  manifest.run_id = result.run_id;
  manifest.run_dir = fs::absolute(result.directory).string();
  manifest.config = options.input.config;
  manifest.threads_policy = options.threads_word;
  manifest.weight_mode = parallel::to_string(options.weight_mode);
  manifest.complete = result.rows.size() == prepared.range.count;
  manifest.exit_code = static_cast<int>(verdict);
  std::error_code error;
  manifest.program = fs::read_symlink("/proc/self/exe", error).string();
  manifest.command_line = options.command_line;
  manifest.working_directory = fs::current_path(error).string();
  manifest.study = &prepared.study;
  manifest.range = prepared.range;
  manifest.shard = options.shard;
  manifest.spec_sha256 = core::sha256_hex(prepared.input.spec.text);
  manifest.data = prepared.input.files;
  manifest.ranks = result.ranks;
  manifest.versions = versions(result.mpi_library);
  manifest.verification = result.verification;
  manifest.n_toys_computed = result.rows.size();
  return manifest;
}

// toys.h5, then merged.out.json, then the manifest that vouches for them: readers trust only what
// it names.
void publish_directory(ToysOptions const& options,
                       RunResult const& result,
                       io::ResultDocument const& document,
                       ExitCode verdict) {
  auto const& directory = result.directory;
  io::publish(directory / "toys.h5", [&](fs::path const& file) {
    io::write_toy_table(file, result.prepared.study, result.rows);
  });
  io::publish_text(directory / "merged.out.json",
                   [&](io::TextSink const& sink) { io::write_result_json(document, sink); });
  auto manifest = describe_run(options, result, verdict);
  manifest.files = {entry(directory, "toys.h5"), entry(directory, "merged.out.json")};
  io::publish_text(directory / "manifest.json", io::manifest_json(manifest));
  io::publish_text(directory / "status.json",
                   fmt::format("{{\n  \"state\": \"{}\",\n  \"exit_code\": {},\n  \"n_toys\": "
                               "{},\n  \"n_done\": {}\n}}\n",
                               manifest.complete ? "complete" : "partial",
                               manifest.exit_code,
                               result.prepared.range.count,
                               result.rows.size()));
}

ExitCode verdict_of(ensemble::Summary const& summary,
                    ensemble::GuardrailVerdict const& guardrails,
                    bool verified) {
  if (summary.n_missing > 0) {
    return ExitCode::incomplete;
  }
  return guardrails.passed && verified ? ExitCode::success : ExitCode::check_failed;
}

std::string verification_text(io::VerificationEntry const& v) {
  return fmt::format(
      "verified {} toys event by event: largest differences {:.1e} in NLL, {:.1e} errors in an "
      "estimate{}\n",
      v.n_toys,
      v.nll,
      v.shift,
      v.passed ? "" : ": MORE THAN PROMISED");
}

std::uint64_t unix_ms() {
  using namespace std::chrono;
  return static_cast<std::uint64_t>(
      duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

}  // namespace

ExitCode publish_run(ToysOptions const& options, RunResult const& result) {
  auto const& prepared = result.prepared;
  auto const summary = ensemble::summarise(prepared.study, result.rows, prepared.range);
  auto const guardrails = ensemble::judge(summary, prepared.study, options.guardrails);
  auto const verdict =
      verdict_of(summary, guardrails, !result.verification || result.verification->passed);
  io::ResultDocument document{&prepared.study,
                              &result.rows,
                              &summary,
                              &guardrails,
                              prepared.range,
                              options.shard,
                              {},
                              utc_now(),
                              result.run_id};
  if (options.output) {
    write_output(*options.output,
                 [&](io::TextSink const& sink) { io::write_result_json(document, sink); });
  }
  if (options.json_metrics) {
    io::ToyMetrics const metrics{&document,
                                 TOYFARM_VERSION,
                                 unix_ms(),
                                 result.ranks.empty() ? 0 : result.ranks.front().threads,
                                 result.wall_s,
                                 0,
                                 slowest(result.ranks)};
    write_output(*options.json_metrics, io::toy_metrics_json(metrics));
  }
  if (!result.directory.empty()) {
    for (auto const& rank : result.ranks) {
      document.sources.push_back({rank.index, rank.host, rank.range, "merged.out.json"});
    }
    publish_directory(options, result, document, verdict);
  }
  if (options.output != "-") {
    std::string text = summary_table(prepared.study, summary, guardrails);
    double const seconds = slowest(result.ranks);
    text += fmt::format("{:.1f} toys/s ({} toys in {:.2f} s on {} ranks; {:.2f} s in all)\n",
                        static_cast<double>(result.rows.size()) / std::max(seconds, 1e-9),
                        result.rows.size(),
                        seconds,
                        result.ranks.size(),
                        result.wall_s);
    text += result.verification ? verification_text(*result.verification) : "";
    text += result.directory.empty() ? ""
                                     : "files in " + result.directory.string() +
                                           ": manifest.json merged.out.json toys.h5\n";
    print(text);
  }
  return verdict;
}

std::string toy_table(record::StudyInfo const& study, record::ToyRecord const& record) {
  std::string text =
      fmt::format("toy {}  status {}  nll {:.17g}  edm {:.2g}  iterations {}  starts {}\n",
                  record.toy.value,
                  core::to_string(record.status),
                  record.nll,
                  record.edm,
                  record.iterations,
                  record.attempts);
  for (std::size_t c = 0; c < record.n_events.size(); ++c) {
    text += fmt::format("channel {}: {} events\n", study.channel_names[c], record.n_events[c]);
  }
  for (std::size_t j = 0; j < record.estimates.size(); ++j) {
    text += fmt::format(
        "{}  {:.17g}  {}  truth {:.10g}\n",
        study.parameter_names[j],
        record.estimates[j],
        std::isnan(record.errors[j]) ? std::string("-") : fmt::format("{:.17g}", record.errors[j]),
        study.truth[j]);
  }
  return text;
}

void publish_toy_events(std::string const& file,
                        record::StudyInfo const& study,
                        model::Model const& model,
                        core::ToyId toy,
                        study::ToyRunner const& runner) {
  io::ToyEvents events{
      study.model_hash, study.seed, toy.value, study.truth, runner.global_observables(), {}};
  for (std::size_t c = 0; c < model.channels.size(); ++c) {
    io::ToyEvents::Channel channel{model.channels[c].name, {}, runner.sample().channels[c].columns};
    for (auto const& observable : model.channels[c].observables) {
      channel.observables.push_back(observable.name);
    }
    events.channels.push_back(std::move(channel));
  }
  io::publish(file, [&](fs::path const& temporary) { io::write_toy_events(temporary, events); });
}

}  // namespace toyfarm::app
