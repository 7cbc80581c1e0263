#include "toyfarm/batch/sweep.hpp"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "toyfarm/core/error.hpp"
#include "toyfarm/io/sealed_text.hpp"
#include "toyfarm/os/file.hpp"
#include "toyfarm/os/utc.hpp"

namespace toyfarm::batch {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr char const* sweep_schema = "nextstat.pf32_shard_sweep.v1";

Json json_of(SweepEntry const& entry, fs::path const& root) {
  Json json{{"shards", entry.shards},
            {"run_id", entry.run_id},
            {"run_dir", entry.directory.string()},
            {"run_dir_relative", entry.directory.lexically_relative(root).string()}};
  if (entry.ranks > 0) {
    json["ranks"] = entry.ranks;
    json["threads"] = entry.threads > 0 ? Json(entry.threads) : Json(nullptr);
  }
  return json;
}

/// The run directory beside the file, or else where it was when the sweep was rendered.
fs::path directory_of(Json const& json, fs::path const& folder) {
  for (char const* const key : {"run_dir_relative", "run_id", "run_dir"}) {
    auto const found = json.find(key);
    std::error_code error;
    if (found == json.end() || !found->is_string()) {
      continue;
    }
    auto const directory = (folder / found->get<std::string>()).lexically_normal();
    if (fs::exists(directory / "manifest.json", error)) {
      return directory;
    }
  }
  return (folder / json.at("run_dir").get<std::string>()).lexically_normal();
}

SweepEntry entry_of(Json const& json, fs::path const& folder) {
  SweepEntry entry;
  entry.shards = json.at("shards").get<std::uint64_t>();
  entry.ranks = json.value("ranks", std::uint64_t{0});
  if (auto const threads = json.find("threads"); threads != json.end() && threads->is_number()) {
    entry.threads = threads->get<std::uint64_t>();
  }
  entry.run_id = json.at("run_id").get<std::string>();
  entry.directory = directory_of(json, folder);
  return entry;
}

int number_of_threads(std::string const& word) {
  int n = 0;
  auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), n);
  return error == std::errc() && end == word.data() + word.size() ? n : 0;
}

Sweep sweep_of(Json const& json, fs::path const& folder) {
  Sweep sweep;
  sweep.created_at_utc = json.at("created_at_utc").get<std::string>();
  sweep.sweep_id = json.at("sweep_id").get<std::string>();
  sweep.scheduler = core::find_word<Scheduler>(json.at("scheduler").get<std::string>())
                        .value_or(Scheduler::slurm);
  sweep.config = json.at("config").get<std::string>();
  sweep.n_toys = json.at("n_toys").get<std::uint64_t>();
  sweep.seed = json.at("seed").get<std::uint64_t>();
  sweep.threads = json.value("threads_policy", std::string());
  sweep.program = json.at("nextstat_bin").get<std::string>();
  sweep.out_root = json.at("out_root").get<std::string>();
  for (auto const& run : json.at("runs")) {
    sweep.runs.push_back(entry_of(run, folder));
  }
  return sweep;
}

/// Begin and end of a shard's work.
struct Span {
  double begin, end;
};

bool has_times(ShardResult const& result) {
  return result.state == ShardState::ok && result.start_unix_s > 0 && result.end_unix_s > 0;
}

/// The program notes its last start and its end, its script the time of all starts. A little more
/// of that is what comes before the one and after the other; much more, starts before the last.
Span span_of(ShardResult const& result) {
  constexpr double around_the_program = 1;
  double const noted = result.end_unix_s - result.start_unix_s;
  return result.elapsed_s > noted + around_the_program
             ? Span{result.end_unix_s - result.elapsed_s, result.end_unix_s}
             : Span{result.start_unix_s, result.start_unix_s + std::max(noted, result.elapsed_s)};
}

std::vector<Span> spans_of(RenderedRun const& run) {
  std::vector<Span> spans;
  for (auto const& result : run.results) {
    if (has_times(result)) {
      spans.push_back(span_of(result));
    }
  }
  return spans;
}

std::uint64_t most_at_once(std::vector<Span> const& spans) {
  std::vector<std::pair<double, int>> changes;
  for (auto const& span : spans) {
    changes.emplace_back(span.begin, +1);
    changes.emplace_back(span.end, -1);
  }
  std::ranges::sort(changes);  // at one moment ends come first
  int now = 0;
  int most = 0;
  for (auto const& [time, change] : changes) {
    now += change;
    most = std::max(most, now);
  }
  return static_cast<std::uint64_t>(most);
}

std::optional<double> waited(std::vector<Submission> const& submissions, double begin) {
  std::optional<double> seconds;
  for (auto const& submission : submissions) {
    double const at = os::unix_seconds(submission.created_at_utc);
    if (at > 0 && at <= begin) {
      seconds = begin - at;  // the last one before it began
    }
  }
  return seconds;
}

void add_times(RenderedRun const& run, SweepRow& row) {
  std::vector<double> elapsed;
  for (auto const& result : run.results) {
    if (result.state == ShardState::ok && result.elapsed_s > 0) {
      elapsed.push_back(result.elapsed_s);
    }
    row.n_timed += has_times(result) ? result.n_done : 0;
  }
  if (!elapsed.empty() && run.mode == Mode::shards) {  // there is nothing to compare in one job
    std::ranges::sort(elapsed);
    auto const n = elapsed.size();
    row.median = (elapsed[(n - 1) / 2] + elapsed[n / 2]) / 2;
    row.longest = elapsed.back();
    double sum = 0;
    for (double const seconds : elapsed) {
      sum += seconds;
    }
    row.busy = sum;
  }
}

}  // namespace

std::string sweep_text(Sweep const& sweep) {
  Json runs = Json::array();
  for (auto const& entry : sweep.runs) {
    runs.push_back(json_of(entry, sweep.out_root));
  }
  Json const json{{"schema_version", sweep_schema},
                  {"created_at_utc", sweep.created_at_utc},
                  {"sweep_id", sweep.sweep_id},
                  {"scheduler", core::word_of(sweep.scheduler)},
                  {"config", sweep.config},
                  {"n_toys", sweep.n_toys},
                  {"seed", sweep.seed},
                  {"threads", number_of_threads(sweep.threads)},
                  {"threads_policy", sweep.threads},
                  {"nextstat_bin", sweep.program},
                  {"toyfarm_bin", sweep.program},
                  {"out_root", sweep.out_root.string()},
                  {"runs", runs}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Sweep read_sweep(fs::path const& file) {
  auto const json = Json::parse(os::read_file(file), nullptr, false);
  if (!json.is_object() || !json.contains("schema_version") ||
      json["schema_version"] != sweep_schema) {
    throw core::DataError(file.string(), "is not the file that `toyfarm sweep render` writes");
  }
  try {
    return sweep_of(json, fs::absolute(file).lexically_normal().parent_path());
  } catch (Json::exception const& problem) {
    throw core::DataError(
        file.string(),
        std::string("is not the file that `toyfarm sweep render` writes: ") + problem.what());
  }
}

std::optional<MergedCounts> merged_counts(RenderedRun const& run) {
  std::string text;
  try {
    text = io::read_sealed_text(run.directory / "merged.out.json");
  } catch (core::Error const&) {
    return std::nullopt;  // not merged yet, or damaged: to be merged again
  }
  // Lists may be long, and none is wanted.
  auto const without_lists = [](int /*depth*/, Json::parse_event_t event, Json& /*parsed*/) {
    return event != Json::parse_event_t::array_start;
  };
  auto const json = Json::parse(text, without_lists, false);
  if (!json.is_object() || !json.contains("results") || !json["results"].is_object()) {
    return std::nullopt;
  }
  auto const number = [&](char const* key) -> std::optional<std::uint64_t> {
    auto const& results = json["results"];
    return results.contains(key) && results[key].is_number_unsigned()
               ? std::optional(results[key].get<std::uint64_t>())
               : std::nullopt;
  };
  auto const n_converged = number("n_converged");
  auto const n_error = number("n_error");
  return number("n_toys") == run.study.n_toys && n_converged && n_error
             ? std::optional(MergedCounts{*n_converged, *n_error})
             : std::nullopt;
}

bool is_complete(RenderedRun const& run) {
  auto const is_ok = [](ShardResult const& result) { return result.state == ShardState::ok; };
  return run.results.size() == run.shards && std::ranges::all_of(run.results, is_ok) &&
         merged_counts(run).has_value();
}

std::optional<double> SweepRow::throughput() const {
  return wall && *wall > 0 ? std::optional(static_cast<double>(n_timed) / *wall) : std::nullopt;
}

std::optional<double> SweepRow::efficiency() const {
  return wall && busy && *wall > 0 && at_once > 0
             ? std::optional(*busy / (*wall * static_cast<double>(at_once)))
             : std::nullopt;
}

SweepRow sweep_row(SweepEntry const& entry,
                   RenderedRun const& run,
                   std::vector<Submission> const& submissions,
                   std::optional<MergedCounts> const& merged) {
  SweepRow row;
  row.entry = entry;
  row.n_shards = run.shards;
  row.n_toys = run.study.n_toys;
  for (auto const& result : run.results) {
    row.n_ok += result.state == ShardState::ok ? 1 : 0;
    row.n_done += result.n_done;
  }
  add_times(run, row);
  auto const spans = spans_of(run);
  if (!spans.empty()) {
    double const begin = std::ranges::min(spans, {}, &Span::begin).begin;
    row.wall = std::ranges::max(spans, {}, &Span::end).end - begin;
    row.wait = waited(submissions, begin);
    row.at_once = run.mode == Mode::mpi ? 0 : most_at_once(spans);
  }
  if (row.is_whole()) {
    row.merged = merged;  // else it is of an earlier time
  }
  return row;
}

}  // namespace toyfarm::batch
