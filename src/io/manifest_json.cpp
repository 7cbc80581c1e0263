#include <algorithm>

#include "toyfarm/io/reports.hpp"
#include "toyfarm/io/run_json.hpp"
#include "toyfarm/io/sealed_text.hpp"

#include "io/json_parts.hpp"

namespace toyfarm::io {
namespace {

/// The seed is that of the run: toy 0 of the seed that the old tools gave a shard, shifted by its
/// first toy, is none of the run's.
Json plan_entry(std::uint64_t seed, RankRun const& rank) {
  return {{"shard_index", rank.index},
          {"host", rank.host},
          {"user", text_or_null(rank.user)},
          {"port", rank.port.value_or(22)},
          {"weight", number(rank.weight)},
          {"threads", rank.threads},
          {"toy_start", rank.range.first.value},
          {"n_toys", rank.range.count},
          {"seed", seed}};
}

Json result_code(Manifest const& manifest, RankRun const& rank) {
  if (rank.status == RankState::planned) {
    return nullptr;
  }
  return rank.status == RankState::ok ? 0 : manifest.exit_code != 0 ? manifest.exit_code : 1;
}

std::string target(RankRun const& rank) {
  auto const& user = rank.login.empty() ? rank.user : rank.login;
  return user.empty() ? rank.host : user + "@" + rank.host;
}

/// The path of a file of the run directory; null if the manifest names none such.
Json path_of(Manifest const& manifest, std::string const& name) {
  bool const is_there =
      std::ranges::find(manifest.files, name, &FileEntry::name) != manifest.files.end();
  return is_there ? Json((manifest.run_dir.empty() ? "" : manifest.run_dir + "/") + name)
                  : Json(nullptr);
}

/// One rank only has output and metrics: old readers merge or add up all that are named, and these
/// are of all toys.
enum class Share { all_toys, none };

Json result_entry(Manifest const& manifest, RankRun const& rank, Share share) {
  bool const has_all = share == Share::all_toys;
  auto const output = (manifest.run_dir.empty() ? "" : manifest.run_dir + "/") + "merged.out.json";
  return {{"shard_index", rank.index},
          {"host", rank.host},
          {"target", target(rank)},
          {"status", core::word_of(rank.status)},
          {"n_toys", rank.range.count},
          {"toy_start", rank.range.first.value},
          {"seed", manifest.study->seed},
          {"threads", rank.threads},
          {"weight", number(rank.weight)},
          {"rc", result_code(manifest, rank)},
          {"elapsed_s", number(rank.elapsed_s)},
          {"local_dir", text_or_null(manifest.run_dir)},
          {"local_output", has_all ? Json(output) : Json(nullptr)},
          {"local_metrics", has_all ? path_of(manifest, metrics_name) : Json(nullptr)},
          {"local_stdout", path_of(manifest, stdout_name)},
          {"local_stderr", path_of(manifest, stderr_name)},
          {"remote_dir", text_or_null(manifest.run_dir)},
          {"error",
           rank.status == RankState::lost     ? Json("the rank was lost; other ranks ran its toys")
           : rank.status == RankState::failed ? Json("the rank was stopped before it finished")
                                              : Json(nullptr)},
          {"n_done", rank.n_done},
          {"logical_cores", rank.logical_cores},
          {"physical_cores", rank.physical_cores},
          {"cpuset", rank.cpuset},
          {"binding", rank.binding},
          {"cpu_model", rank.cpu_model},
          {"isa", rank.isa},
          {"pid", rank.pid},
          {"start_utc", rank.start_utc},
          {"end_utc", rank.end_utc}};
}

Json results(Manifest const& manifest) {
  auto const first_ok = std::ranges::find(manifest.ranks, RankState::ok, &RankRun::status);
  Json list = Json::array();
  for (auto rank = manifest.ranks.begin(); rank != manifest.ranks.end(); ++rank) {
    list.push_back(result_entry(manifest, *rank, rank == first_ok ? Share::all_toys : Share::none));
  }
  return list;
}

Json study_part(Manifest const& manifest) {
  auto const& study = *manifest.study;
  auto block = told_json(study);
  block["spec_sha256"] = manifest.spec_sha256;
  block["format_version"] = record::format_version;
  block["truth"] = numbers(study.truth);
  block["parameter_names"] = study.parameter_names;
  return block;
}

Json data_files(Manifest const& manifest) {
  return each(manifest.data, [](DataFileEntry const& file) {
    return Json{{"channel", file.channel},
                {"path", file.path},
                {"sha256", file.sha256},
                {"n_rows", file.n_rows},
                {"n_dropped", file.n_dropped}};
  });
}

Json lost_ranks(Manifest const& manifest) {
  Json list = Json::array();
  for (auto const& rank : manifest.ranks) {
    if (rank.status == RankState::lost) {
      list.push_back({{"rank", rank.index}, {"host", rank.host}, {"last_heard_utc", rank.end_utc}});
    }
  }
  return list;
}

Json farm(Manifest const& manifest) {
  auto const& farm = manifest.farm;
  Json bins = Json::array();
  for (auto const& [end, count] : farm.latencies) {
    bins.push_back({{"up_to_ms", end ? Json(*end) : Json(nullptr)}, {"n", count}});
  }
  return {{"n_toys_twice", farm.n_twice},
          {"n_messages", farm.n_messages},
          {"most_messages_per_second", number(farm.most_messages_per_second)},
          {"answer_latency", bins},
          {"share_answered_within_20_ms", number(farm.share_within_20_ms)},
          {"journal_epoch", farm.epoch},
          {"journal_bad_regions", farm.n_bad_regions},
          {"journal_fenced_frames", farm.n_fenced_frames}};
}

Json verification(Manifest const& manifest) {
  if (!manifest.verification) {
    return nullptr;
  }
  auto const& v = *manifest.verification;
  return {{"n_toys", v.n_toys},
          {"largest_nll_difference", number(v.nll)},
          {"largest_shift_in_errors", number(v.shift)},
          {"n_other_status", v.n_other_status},
          {"passed", v.passed}};
}

}  // namespace

std::string manifest_json(Manifest const& manifest) {
  Json versions = Json::object();
  for (auto const& [name, version] : manifest.versions) {
    versions[name] = version;
  }
  Json root = {{"schema_version", "nextstat.cpu_farm_unbinned_fit_toys_run.v1"},
               {"created_at_utc", manifest.created_at_utc},
               {"start_utc", manifest.start_utc},
               {"end_utc", manifest.end_utc},
               {"wall_s", number(manifest.wall_s)},
               {"run_id", manifest.run_id},
               {"hosts_file", manifest.hosts_file},
               {"config", manifest.config},
               {"n_toys", manifest.study->n_toys},
               {"seed", manifest.study->seed},
               {"threads", manifest.threads_policy},
               {"weight_mode", manifest.weight_mode},
               {"schedule", manifest.schedule},
               {"nextstat_bin", manifest.program},
               {"remote_workdir", manifest.working_directory},
               {"remote_run_root", text_or_null(manifest.run_dir)},
               {"dry_run", manifest.dry_run},
               {"complete", manifest.complete},
               {"exit_code", manifest.exit_code},
               {"command_line", manifest.command_line},
               {"shards", manifest.ranks.size()},
               {"toy_start", manifest.range.first.value},
               {"toy_count", manifest.range.count},
               {"shard",
                manifest.shard ? Json{{"shard_index", manifest.shard->index},
                                      {"shard_total", manifest.shard->total}}
                               : Json(nullptr)},
               {"verification", verification(manifest)},
               {"n_toys_from_journal", manifest.n_toys_from_journal},
               {"n_toys_computed", manifest.n_toys_computed},
               {"stop_reason", text_or_null(manifest.stop_reason)},
               {"missing_ranges", ranges(manifest.missing)},
               {"keep", core::word_of(manifest.keep)},
               {"lost_ranks", lost_ranks(manifest)},
               {"farm", farm(manifest)},
               {"study", study_part(manifest)},
               {"data", data_files(manifest)},
               {"files", file_entries_json(manifest.files)},
               {"outputs", file_entries_json(manifest.outputs)},
               {"versions", versions},
               {"plans",
                each(manifest.ranks,
                     [&](RankRun const& rank) { return plan_entry(manifest.study->seed, rank); })},
               {"results", results(manifest)}};
  if (!manifest.run_dir
           .empty()) {  // old readers take the manifest's own folder when the key is absent
    root["run_dir"] = manifest.run_dir;
  }
  return sealed(dumped(root));
}

std::string planned_manifest_json(PlannedRun const& run) {
  auto const result = [&](RankRun const& rank) {
    auto entry = plan_entry(run.seed, rank);
    entry.erase("user");
    entry.erase("port");
    entry["target"] = target(rank);
    entry["status"] = "planned";
    entry["elapsed_s"] = 0.0;
    for (char const* const key : {"rc",
                                  "local_dir",
                                  "local_output",
                                  "local_metrics",
                                  "local_stdout",
                                  "local_stderr",
                                  "remote_dir",
                                  "error"}) {
      entry[key] = nullptr;
    }
    return entry;
  };
  return dumped(
      {{"schema_version", "nextstat.cpu_farm_unbinned_fit_toys_run.v1"},
       {"created_at_utc", run.created_at_utc},
       {"run_id", run.run_id},
       {"hosts_file", run.hosts_file},
       {"config", run.config},
       {"n_toys", run.n_toys},
       {"seed", run.seed},
       {"threads", run.threads_policy},
       {"weight_mode", run.weight_mode},
       {"nextstat_bin", run.program},
       {"remote_workdir", run.working_directory},
       {"remote_run_root", nullptr},
       {"dry_run", true},
       {"complete", false},
       {"shards", run.ranks.size()},
       {"idle_hosts", run.idle_hosts},
       {"missing_hosts", run.missing_hosts},
       {"plans", each(run.ranks, [&](RankRun const& rank) { return plan_entry(run.seed, rank); })},
       {"results", each(run.ranks, result)}});
}

}  // namespace toyfarm::io
