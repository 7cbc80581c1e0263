#include "toyfarm/batch/rendered_run.hpp"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/io/journal.hpp"
#include "toyfarm/io/json_members.hpp"
#include "toyfarm/io/run_json.hpp"
#include "toyfarm/io/sealed_text.hpp"
#include "toyfarm/io/vouched_file.hpp"

namespace toyfarm::batch {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr char const* run_schema = "nextstat.cpu_farm_unbinned_fit_toys_run.v1";

/// The old tools have a number here: 0 = whatever there is.
int threads_number(std::string const& word) {
  int n = 0;
  auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), n);
  return error == std::errc() && end == word.data() + word.size() ? n : 0;
}

Json plan_json(RenderedRun const& run, std::uint64_t shard) {
  auto const range = range_of(run, shard);
  return {{"shard_index", shard},
          {"host", core::word_of(run.scheduler)},
          {"user", nullptr},
          {"port", 0},
          {"weight", 1.0},
          {"threads", threads_number(run.threads)},
          {"toy_start", range.first.value},
          {"n_toys", range.count},
          {"seed", run.study.seed}};
}

Json result_json(RenderedRun const& run, ShardResult const& result) {
  auto const beside = [&](std::string const& end, char const* name_of_mpi_run) -> Json {
    std::error_code error;
    auto const file = run.mode == Mode::mpi ? run.directory / mpi_run_name / name_of_mpi_run
                                            : run.directory / (shard_stem(result.index) + end);
    return fs::exists(file, error) ? Json(file.string()) : Json();
  };
  return {{"schema_version", "nextstat.cpu_farm_shard_result.v1"},
          {"shard_index", result.index},
          {"host", result.host.empty() ? "unknown" : result.host},
          {"target", result.host.empty() ? "unknown" : result.host},
          {"status", core::word_of(result.state)},
          {"error", io::text_or_null(result.error)},
          {"rc", result.rc ? Json(*result.rc) : Json(nullptr)},
          {"elapsed_s", result.elapsed_s},
          {"start_unix_s", result.start_unix_s},
          {"end_unix_s", result.end_unix_s},
          {"toy_start", result.range.first.value},
          {"n_toys", result.range.count},
          {"n_done", result.n_done},
          {"seed", run.study.seed},
          {"threads", threads_number(run.threads)},
          {"weight", 1.0},
          {"local_dir", run.directory.string()},
          {"local_output",
           result.output.empty() ? Json(nullptr) : Json((run.directory / result.output).string())},
          {"output", io::text_or_null(result.output)},
          {"local_metrics", beside(".metrics.json", io::metrics_name)},
          {"local_stdout", beside(".stdout", io::stdout_name)},
          {"local_stderr", beside(".stderr", io::stderr_name)},
          {"remote_dir", nullptr}};
}

ShardResult result_of(Json const& json) {
  ShardResult result;
  result.index = json.at("shard_index").get<std::uint64_t>();
  result.state = io::JsonForm<ShardState>::from(json.at("status"));
  result.error = json.at("error").is_null() ? "" : json.at("error").get<std::string>();
  auto const host = json.at("host").get<std::string>();
  result.host = host == "unknown" ? "" : host;
  if (!json.at("rc").is_null()) {
    result.rc = json.at("rc").get<int>();
  }
  result.elapsed_s = json.at("elapsed_s").get<double>();
  result.start_unix_s = json.at("start_unix_s").get<double>();
  result.end_unix_s = json.at("end_unix_s").get<double>();
  result.range = {{json.at("toy_start").get<std::uint64_t>()},
                  json.at("n_toys").get<std::uint64_t>()};
  result.n_done = json.at("n_done").get<std::uint64_t>();
  result.output = json.at("output").is_null() ? "" : json.at("output").get<std::string>();
  return result;
}

Json study_json(RenderedRun const& run) {
  auto const& study = run.study;
  Json params = Json::object();
  for (std::size_t j = 0; j < study.truth.size(); ++j) {
    params[study.parameter_names[j]] = study.truth[j];
  }
  auto block = io::told_json(study);
  block["file"] = study_name;
  block["data_hash"] = io::text_or_null(study.data_hash);
  block["params"] = params;
  return block;
}

Json staged_json(StagedProgram const& staged) {
  return staged.name.empty() ? Json(nullptr)
                             : Json{{"name", staged.name},
                                    {"source", staged.source},
                                    {"links_mpi", staged.links_mpi}};
}

StagedProgram staged_of(Json const& json) {
  return json.is_null() ? StagedProgram{}
                        : StagedProgram{json.at("name").get<std::string>(),
                                        json.at("source").get<std::string>(),
                                        json.at("links_mpi").get<bool>()};
}

RenderedRun run_of(Json const& json, fs::path const& manifest) {
  RenderedRun run;
  run.created_at_utc = json.at("created_at_utc").get<std::string>();
  run.run_id = json.at("run_id").get<std::string>();
  run.uuid = json.at("uuid").get<std::string>();
  run.scheduler = core::find_word<Scheduler>(json.at("scheduler").get<std::string>())
                      .value_or(Scheduler::slurm);
  run.mode = core::find_word<Mode>(json.at("mode").get<std::string>()).value_or(Mode::shards);
  run.config = json.at("config").get<std::string>();
  run.threads = json.at("threads_policy").get<std::string>();
  run.shards = json.at("shards").get<std::uint64_t>();
  run.program = json.at("toyfarm_bin").get<std::string>();
  run.staged = staged_of(json.value("staged_program", Json()));
  run.rendered_in = json.at("rendered_in").get<std::string>();
  run.directory = fs::absolute(manifest).lexically_normal().parent_path();
  run.guardrails = io::limits_of(json.at("guardrails"));
  run.data = io::data_files_of(json.at("data"));
  run.files = io::file_entries_of(json.at("files"));
  for (auto const& [name, value] : json.at("settings").items()) {
    run.settings.emplace_back(name, value.get<std::string>());
  }
  for (auto const& result : json.at("results")) {
    run.results.push_back(result_of(result));
  }
  run.collected_at_utc = json.value("collected_at_utc", std::string());
  return run;
}

Json parsed(fs::path const& manifest) {
  auto const text = io::read_sealed_text(manifest);
  try {
    return Json::parse(text);
  } catch (Json::exception const&) {
    throw core::DataError(manifest.string(), "is no JSON: cut off, or another kind of file");
  }
}

/// The manifest's words about its study and the study beside it must be of one study.
void check_study(Json const& json, RenderedRun const& run, fs::path const& manifest) {
  auto const& said = json.at("study");
  if (said.at("model_hash") != run.study.model_hash ||
      said.at("layout_hash") != run.study.layout_hash || json.at("seed") != run.study.seed ||
      json.at("n_toys") != run.study.n_toys) {
    throw core::DataError(manifest.string(),
                          std::string("is not about the study in ") + study_name + " beside it");
  }
  if (run.shards == 0 || run.shards > most_shards) {
    throw core::DataError(manifest.string(),
                          "shards: must be between 1 and " + std::to_string(most_shards));
  }
}

/// Jobs run the study and the program as they were rendered; scripts are for people to look at, and
/// perhaps to change.
void check_rendered_file(RenderedRun const& run, io::FileEntry const& entry) {
  auto const file = run.directory / entry.name;
  std::error_code error;
  if (!fs::exists(file, error)) {
    return;  // whoever needs it says so
  }
  try {
    io::VouchedFile const checked(file, io::Claim{entry, run.directory / "manifest.json"});
  } catch (core::DataError const&) {
    if (file.extension() != ".sh" && file.extension() != ".sub") {
      throw;
    }
    core::log_warn(file.string() + ": was changed since it was rendered");
  }
}

}  // namespace

core::ToyRange range_of(RenderedRun const& run, std::uint64_t shard) {
  return record::shard_range({shard, run.shards}, run.study.n_toys);
}

std::string shard_stem(std::uint64_t shard) {
  return "shard_" + std::to_string(shard);
}

std::string manifest_text(RenderedRun const& run) {
  Json plans = Json::array();
  for (std::uint64_t shard = 0; shard < run.shards; ++shard) {
    plans.push_back(plan_json(run, shard));
  }
  Json results = Json::array();
  for (auto const& result : run.results) {
    results.push_back(result_json(run, result));
  }
  Json settings = Json::object();
  for (auto const& [name, value] : run.settings) {
    settings[name] = value;
  }
  Json json{{"schema_version", run_schema},
            {"created_at_utc", run.created_at_utc},
            {"run_id", run.run_id},
            {"uuid", run.uuid},
            {"scheduler", core::word_of(run.scheduler)},
            {"mode", core::word_of(run.mode)},
            {"config", run.config},
            {"n_toys", run.study.n_toys},
            {"seed", run.study.seed},
            {"threads", threads_number(run.threads)},
            {"threads_policy", run.threads},
            {"shards", run.shards},
            {"nextstat_bin", run.program},
            {"toyfarm_bin", run.program},
            {"staged_program", staged_json(run.staged)},
            {"run_dir", run.directory.string()},
            {"rendered_in", run.rendered_in},
            {"plans", plans},
            {"results", results},
            {"study", study_json(run)},
            {"guardrails", io::limits_json(run.guardrails)},
            {"data", io::data_files_json(run.data)},
            {"files", io::file_entries_json(run.files)},
            {"settings", settings}};
  if (!run.collected_at_utc.empty()) {
    json["collected_at_utc"] = run.collected_at_utc;
  }
  return io::sealed(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

bool is_rendered_run(fs::path const& manifest) {
  auto const json = parsed(manifest);
  return json.is_object() && json.contains("uuid");
}

RenderedRun read_rendered_run(fs::path const& manifest) {
  auto const json = parsed(manifest);
  try {
    if (json.at("schema_version") != run_schema || !json.contains("uuid")) {
      throw core::DataError(manifest.string(),
                            "is not the manifest of a run that toyfarm render has made");
    }
    auto run = run_of(json, manifest);
    io::VouchedFile const study(run.directory / study_name,
                                io::claim_in(run.files, study_name, manifest));
    // What shards of an older version have made can be collected and merged.
    run.study = io::read_journal_header(study.path()).study;
    study.require_unchanged();
    check_study(json, run, manifest);
    return run;
  } catch (core::Error const&) {
    throw;
  } catch (std::exception const& error) {
    throw core::DataError(
        manifest.string(),
        std::string("is not the manifest of a run that toyfarm render has made (") + error.what() +
            ")");
  }
}

void require_runnable(RenderedRun const& run) {
  for (auto const& entry : run.files) {
    check_rendered_file(run, entry);
  }
  static_cast<void>(io::Journal::open(run.directory / study_name, io::JournalAccess::read));
}

}  // namespace toyfarm::batch
