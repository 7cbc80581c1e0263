#include "app/saved_run.hpp"

#include <set>

#include "toyfarm/core/error.hpp"

namespace toyfarm::app {
namespace fs = std::filesystem;
namespace {

std::optional<std::string> absolute(std::optional<std::string> const& file) {
  return !file || *file == "-" ? file : fs::absolute(*file).string();
}

/// Throws UsageError for the first option given that is of one of the roles; files of data may have
/// moved, their hash tells.
void refuse_given(ToysOptions const& now, std::set<Role> const& roles, std::string const& why) {
  for (auto const& option : now.given) {
    if (roles.contains(option.role) && (option.name != "--data" || now.resume.directory.empty())) {
      throw core::UsageError(option.name + " cannot be given with " + why);
    }
  }
}

/// How to run, as the command line says now; what it does not name stays, but for times and limits
/// of the process that began the run.
void take_conduct(ToysOptions& saved, ToysOptions const& now) {
  auto const before = saved.conduct;
  auto const keep_unless_given = [&](char const* option, auto member) {
    if (!now.given.contains(option)) {
      saved.conduct.*member = before.*member;
    }
  };
  saved.conduct = now.conduct;
  keep_unless_given("--keep", &run::Conduct::keep);
  keep_unless_given("--threads", &run::Conduct::threads);
  keep_unless_given("--weight-mode", &run::Conduct::weight_mode);
  keep_unless_given("--verify", &run::Conduct::verify);
  if (!now.given.contains(Role::guardrail)) {
    saved.conduct.guardrails = before.guardrails;
  }
  saved.resume = now.resume;
  saved.command_line = now.command_line;
  saved.given = now.given;
  saved.farm = now.farm;
}

}  // namespace

std::string spec_copy_name(fs::path const& spec) {
  return "spec" + (spec.has_extension() ? spec.extension().string() : ".json");
}

std::string record_text(ToysOptions const& options, std::vector<io::DataFileEntry> const& data) {
  run::RunRecord record{options.command_line,
                        options.study.empty() ? "" : fs::absolute(options.study).string(),
                        spec_copy_name(options.request.input.config),
                        options.request,
                        options.conduct,
                        options.to,
                        data};
  record.request.input.config = fs::absolute(options.request.input.config).string();
  record.to.output = absolute(options.to.output);
  record.to.json_metrics = absolute(options.to.json_metrics);
  return encode(record);
}

SavedRun saved_run(io::JournalHeader const& header, fs::path const& directory) {
  auto record = run::decode_run_record(header.options, directory);
  SavedRun saved{{}, record.request.input.config, std::move(record.data)};
  auto& options = saved.options;
  options.request = std::move(record.request);
  options.request.n_toys = header.study.n_toys;  // since the run was extended
  options.request.input.config = (directory / record.spec_copy).string();
  options.request.input.data.clear();
  for (auto const& file : saved.data) {
    options.request.input.data[file.channel] = file.path;
  }
  options.conduct = std::move(record.conduct);
  options.to = std::move(record.to);
  options.to.run_id = header.run_id;
  options.study = std::move(record.study);
  options.shard = header.shard;
  options.command_line = std::move(record.command_line);
  return saved;
}

ToysOptions resumed_options(ToysOptions saved, ToysOptions const& now) {
  if (now.given.contains("--n-toys")) {
    throw core::UsageError(
        "--n-toys cannot be given with --resume: the run directory fixes it (--extend-to adds "
        "toys)");
  }
  refuse_given(
      now, {Role::study, Role::part, Role::single}, "--resume: the run directory fixes it");
  take_conduct(saved, now);
  saved.to.force = true;  // its outputs are this run's own
  for (auto const& [channel, file] : now.request.input.data) {
    saved.request.input.data[channel] = file;
  }
  if (now.given.contains("--output")) {
    saved.to.output = now.to.output;
  }
  if (now.given.contains("--json-metrics")) {
    saved.to.json_metrics = now.to.json_metrics;
  }
  return saved;
}

ToysOptions study_options(SavedRun const& saved, ToysOptions const& now) {
  refuse_given(now, {Role::study, Role::single}, "--study: the study fixes it");
  auto options = saved.options;
  take_conduct(options, now);
  options.study = now.study;
  options.request.input.config = saved.config;
  options.request.input.data.clear();
  options.shard = now.shard;
  options.to = now.to;
  if (options.shard) {
    options.conduct.guardrails = {};
    options.conduct.guardrails.max_fail_frac = 1;
  }
  return options;
}

}  // namespace toyfarm::app
