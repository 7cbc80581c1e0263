#include <map>

#include <fmt/core.h>

#include "toyfarm/report/toy_figures.hpp"

#include "app/pages/pages.hpp"

namespace toyfarm::app {
namespace {

/// "name value, name value"
std::string joined_members(Document const& json) {
  std::string text;
  for (auto const& [name, value] : json.items()) {
    text += (text.empty() ? "" : ", ") + name + " " +
            (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

std::string hosts_text(Document const& manifest) {
  std::map<std::string, int> ranks;
  for (auto const& result : at(manifest, "results")) {
    ++ranks[text_at(result, "host")];
  }
  std::string text;
  for (auto const& [host, n] : ranks) {
    text += (text.empty() ? "" : ", ") + host + (n > 1 ? fmt::format(" × {}", n) : "");
  }
  return text;
}

/// Empty for a run of a batch system, whose shards end each by itself.
std::string end_text(Document const& manifest) {
  if (!at(manifest, "complete").is_boolean()) {
    return "";
  }
  auto const reason = text_at(manifest, "stop_reason");
  auto const code = text_at(manifest, "exit_code");
  return (text_at(manifest, "complete") == "yes" ? "complete" : "not complete") +
         (code.empty() ? "" : ", exit code " + code) + (reason.empty() ? "" : ": " + reason);
}

report::Section run_section(Document const& manifest) {
  report::Section section{"The run"};
  auto const& study = at(manifest, "study");
  auto const add = [&](std::string const& name, std::string const& value) {
    if (!value.empty()) {
      section.facts.emplace_back(name, value);
    }
  };
  add("run", text_at(manifest, "run_id"));
  add("ended", end_text(manifest));
  add("command", text_at(manifest, "command_line"));
  add("spec", text_at(manifest, "config"));
  add("spec's SHA-256", text_at(study, "spec_sha256"));
  add("started", text_at(manifest, "start_utc"));
  add("over", text_at(manifest, "end_utc"));
  auto const wall = text_at(manifest, "wall_s");
  add("wall time", wall.empty() ? "" : wall + " s");
  add("hosts", hosts_text(manifest));
  add("threads", text_at(manifest, "threads"));
  add("versions", joined_members(at(manifest, "versions")));
  return section;
}

report::Table files_table(Document const& manifest) {
  report::Table table{{"file", "bytes or rows", "SHA-256"}, {}};
  for (auto const& entry : at(manifest, "data")) {
    table.rows.push_back(
        {text_at(entry, "path"), text_at(entry, "n_rows"), text_at(entry, "sha256")});
  }
  for (auto const& entry : at(manifest, "files")) {
    table.rows.push_back(
        {text_at(entry, "name"), text_at(entry, "bytes"), text_at(entry, "sha256")});
  }
  return table;
}

/// Many ranks of one host are one.
std::vector<report::WorkerShare> workers_of(Document const& results) {
  constexpr std::size_t most_ranks = 32;
  std::vector<report::WorkerShare> ranks;
  std::map<std::string, report::WorkerShare> hosts;
  for (auto const& result : results) {
    auto const host = text_at(result, "host");
    auto const seconds = number_at(result, "elapsed_s");
    report::WorkerShare const rank{text_at(result, "shard_index") + " " + host,
                                   count_at(result, "n_toys"),
                                   count_at(result, "n_done"),
                                   seconds > 0 ? seconds : 0};
    ranks.push_back(rank);
    auto& sum = hosts[host];
    sum.name = host;
    sum.planned += rank.planned;
    sum.done += rank.done;
    sum.seconds = std::max(sum.seconds, rank.seconds);
  }
  if (ranks.size() <= most_ranks) {
    return ranks;
  }
  ranks.clear();
  for (auto const& [name, share] : hosts) {
    ranks.push_back(share);
  }
  return ranks;
}

report::Table ranks_table(Document const& results) {
  report::Table table{{"rank", "status", "toys planned", "toys done", "threads", "time / s", "CPU"},
                      {}};
  for (auto const& result : results) {
    auto const seconds = number_at(result, "elapsed_s");
    table.rows.push_back({text_at(result, "shard_index") + " " + text_at(result, "host"),
                          text_at(result, "status"),
                          text_at(result, "n_toys"),
                          text_at(result, "n_done"),
                          text_at(result, "threads"),
                          seconds > 0 ? fmt::format("{:.3g}", seconds) : "–",
                          text_at(result, "cpu_model") + " " + text_at(result, "isa")});
  }
  return table;
}

}  // namespace

std::vector<report::Section> manifest_sections(Document const& manifest) {
  std::vector<report::Section> sections{run_section(manifest)};
  if (auto files = files_table(manifest); !files.rows.empty()) {
    sections.back().tables.push_back(std::move(files));
  }
  auto const& results = at(manifest, "results");
  if (!results.is_array() || results.empty()) {
    return sections;
  }
  report::Section ranks{"Ranks"};
  auto const workers = workers_of(results);
  ranks.figures = {report::shares_figure(workers), report::times_figure(workers)};
  constexpr std::size_t most_rows = 200;
  if (results.size() <= most_rows) {
    ranks.tables.push_back(ranks_table(results));
  }
  sections.push_back(std::move(ranks));
  return sections;
}

}  // namespace toyfarm::app
