#include "app/saved_run.hpp"

#include <set>

#include <nlohmann/json.hpp>

#include "toyfarm/core/error.hpp"
#include "toyfarm/io/run_json.hpp"

namespace toyfarm::app {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

Json absolute_or_null(std::optional<std::string> const& file) {
  if (!file) {
    return nullptr;
  }
  return *file == "-" ? *file : fs::absolute(*file).string();
}

std::optional<std::string> text_or_nothing(Json const& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
}

ToysOptions options_of(Json const& json, io::JournalHeader const& header) {
  ToysOptions o;
  o.study = json.value("study", std::string());
  o.input.unknown = static_cast<spec::UnknownFields>(json.at("unknown_fields").get<int>());
  o.input.outside = static_cast<io::OutsidePolicy>(json.at("outside").get<int>());
  if (auto const rows = json.find("max_rows"); rows != json.end() && !rows->is_null()) {
    o.input.max_rows = rows->get<std::uint64_t>();
  }
  o.n_toys = header.study.n_toys;
  o.seed = header.study.seed;
  o.gen = header.study.gen_point == "mle" ? GenerationPoint::mle : GenerationPoint::init;
  o.set = {header.study.overrides.begin(), header.study.overrides.end()};
  o.threads_word = json.at("threads").get<std::string>();
  o.threads = parallel::thread_policy(o.threads_word);
  o.weight_mode = parallel::weight_mode(json.at("weight_mode").get<std::string>());
  o.shard = header.shard;
  o.constraints = header.study.constraint_mode;
  o.engine = static_cast<study::EngineChoice>(json.at("engine").get<int>());
  o.max_event_memory = json.at("max_event_memory").get<double>();
  o.guardrails = io::limits_of(json.at("guardrails"));
  o.output = text_or_nothing(json.at("output"));
  o.json_metrics = text_or_nothing(json.at("json_metrics"));
  o.run_id = header.run_id;
  o.verify = json.at("verify").get<std::uint64_t>();
  o.control.keep = static_cast<Keep>(json.at("keep").get<int>());
  return o;
}

}  // namespace

std::string spec_copy_name(fs::path const& spec) {
  return "spec" + (spec.has_extension() ? spec.extension().string() : ".json");
}

std::string encode_saved_run(ToysOptions const& options,
                             std::vector<io::DataFileEntry> const& data) {
  Json const json{{"command_line", options.command_line},
                  {"config", fs::absolute(options.input.config).string()},
                  {"study", options.study.empty() ? "" : fs::absolute(options.study).string()},
                  {"spec_copy", spec_copy_name(options.input.config)},
                  {"unknown_fields", static_cast<int>(options.input.unknown)},
                  {"outside", static_cast<int>(options.input.outside)},
                  {"max_rows", options.input.max_rows ? Json(*options.input.max_rows) : Json()},
                  {"data", io::data_files_json(data)},
                  {"engine", static_cast<int>(options.engine)},
                  {"max_event_memory", options.max_event_memory},
                  {"threads", options.threads_word},
                  {"weight_mode", parallel::to_string(options.weight_mode)},
                  {"guardrails", io::limits_json(options.guardrails)},
                  {"output", absolute_or_null(options.output)},
                  {"json_metrics", absolute_or_null(options.json_metrics)},
                  {"keep", static_cast<int>(options.control.keep)},
                  {"verify", options.verify}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

SavedRun decode_saved_run(io::JournalHeader const& header, fs::path const& directory) {
  try {
    auto const json = Json::parse(header.options);
    SavedRun saved{options_of(json, header), json.at("config").get<std::string>(), {}};
    saved.options.input.config = (directory / json.at("spec_copy").get<std::string>()).string();
    saved.data = io::data_files_of(json.at("data"));
    for (auto const& file : saved.data) {
      saved.options.input.data[file.channel] = file.path;
    }
    return saved;
  } catch (Json::exception const& error) {
    throw core::DataError(directory.string(),
                          std::string("its journal does not say how the run was begun (") +
                              error.what() + "); it was written by another version");
  }
}

namespace {

/// Throws UsageError for the first option given that is of one of the roles; files of data may have
/// moved, their hash tells.
void refuse_given(ToysOptions const& now, std::set<Role> const& roles, std::string const& why) {
  for (auto const& option : now.given) {
    if (roles.contains(option.role) && (option.name != "--data" || now.control.resume.empty())) {
      throw core::UsageError(option.name + " cannot be given with " + why);
    }
  }
}

/// How to run, as the command line says now.
void take_control(ToysOptions& saved, ToysOptions const& now) {
  auto const given = [&](char const* name) { return now.given.contains(name); };
  auto const keep = given("--keep") ? now.control.keep : saved.control.keep;
  saved.control = now.control;
  saved.control.keep = keep;
  saved.command_line = now.command_line;
  saved.given = now.given;
  saved.farm = now.farm;
  if (given("--threads")) {
    saved.threads = now.threads;
    saved.threads_word = now.threads_word;
  }
  if (given("--weight-mode")) {
    saved.weight_mode = now.weight_mode;
  }
  if (given("--verify")) {
    saved.verify = now.verify;
  }
  if (now.given.contains(Role::guardrail)) {
    saved.guardrails = now.guardrails;
  }
}

}  // namespace

ToysOptions resumed_options(ToysOptions saved, ToysOptions const& now) {
  if (now.given.contains("--n-toys")) {
    throw core::UsageError(
        "--n-toys cannot be given with --resume: the run directory fixes it (--extend-to adds "
        "toys)");
  }
  refuse_given(
      now, {Role::study, Role::part, Role::single}, "--resume: the run directory fixes it");
  take_control(saved, now);
  saved.force = true;  // its outputs are this run's own
  for (auto const& [channel, file] : now.input.data) {
    saved.input.data[channel] = file;
  }
  if (now.given.contains("--output")) {
    saved.output = now.output;
  }
  if (now.given.contains("--json-metrics")) {
    saved.json_metrics = now.json_metrics;
  }
  return saved;
}

ToysOptions study_options(SavedRun const& saved, ToysOptions const& now) {
  refuse_given(now, {Role::study, Role::single}, "--study: the study fixes it");
  auto options = saved.options;
  take_control(options, now);
  options.study = now.study;
  options.input.config = saved.config;
  options.input.data.clear();
  options.shard = now.shard;
  options.output = now.output;
  options.json_metrics = now.json_metrics;
  options.out_dir = now.out_dir;
  options.run_id = now.run_id;
  options.force = now.force;
  if (options.shard) {
    options.guardrails = {};
    options.guardrails.max_fail_frac = 1;
  }
  return options;
}

}  // namespace toyfarm::app
