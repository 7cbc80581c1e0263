#include "toyfarm/batch/collect.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "toyfarm/batch/same_study.hpp"
#include "toyfarm/core/error.hpp"
#include "toyfarm/io/journal.hpp"
#include "toyfarm/io/publish.hpp"
#include "toyfarm/io/toy_table.hpp"

#include "batch/utc.hpp"

namespace toyfarm::batch {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

/// A run that says that it runs is believed for so long without a sign of life.
constexpr double seconds_of_silence = 120;

/// Files of one shard, or of the MPI job, relative to the run directory.
struct Places {
  std::string table, document, manifest, journal, status, stem;
};

Places places_of(RenderedRun const& run, std::uint64_t shard) {
  if (run.mode == Mode::mpi) {
    std::string const folder = std::string(mpi_run_name) + "/";
    return {folder + "toys.h5",
            "",
            folder + "manifest.json",
            folder + "journal.toyfarm",
            folder + "status.json",
            ""};
  }
  auto const stem = shard_stem(shard);
  return {stem + ".toys.h5",
          stem + ".out.json",
          stem + ".manifest.json",
          stem + ".run/journal.toyfarm",
          stem + ".run/status.json",
          stem};
}

bool is_there(fs::path const& file) {
  std::error_code error;
  return fs::is_regular_file(file, error);
}

/// The text of a small file without blanks at its end; empty if there is none.
std::string small_text(fs::path const& file) {
  if (!is_there(file)) {
    return "";
  }
  constexpr std::size_t most = 4096;
  std::ifstream in(file, std::ios::binary);
  std::string text(most, '\0');
  in.read(text.data(), most);
  text.resize(static_cast<std::size_t>(in.gcount()));
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

/// A JSON object, or null if there is none to be read.
Json document(fs::path const& file) {
  if (!is_there(file)) {
    return nullptr;
  }
  std::ifstream in(file, std::ios::binary);
  return Json::parse(in, nullptr, false);
}

std::string text_member(Json const& json, char const* name) {
  return json.is_object() && json.contains(name) && json[name].is_string()
             ? json[name].get<std::string>()
             : "";
}

/// 0 where there is none, or one that no count or time has.
double number_member(Json const& json, char const* name) {
  auto const found = json.find(name);
  double const value = found != json.end() && found->is_number() ? found->get<double>() : 0;
  return std::abs(value) < 1e9 ? value : 0;
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// What the shard's script and its program left beside the rows.
void read_side_files(RenderedRun const& run, Places const& places, ShardResult& result) {
  auto const& folder = run.directory;
  if (!places.stem.empty()) {
    result.host = small_text(folder / (places.stem + ".host"));
    auto const rc = small_text(folder / (places.stem + ".rc"));
    if (!rc.empty()) {
      int code = 0;
      auto const [end, error] = std::from_chars(rc.data(), rc.data() + rc.size(), code);
      result.rc = error == std::errc() && end == rc.data() + rc.size() ? code : 255;
    }
    auto const elapsed = small_text(folder / (places.stem + ".elapsed_s"));
    std::from_chars(elapsed.data(), elapsed.data() + elapsed.size(), result.elapsed_s);
  }
  auto const manifest = document(folder / places.manifest);
  result.start_unix_s = unix_seconds(text_member(manifest, "start_utc"));
  result.end_unix_s = unix_seconds(text_member(manifest, "end_utc"));
  if (places.stem.empty() && manifest.is_object()) {
    result.rc = static_cast<int>(number_member(manifest, "exit_code"));
    result.elapsed_s = number_member(manifest, "wall_s");
    auto const ranks = manifest.find("results");
    bool const has_ranks = ranks != manifest.end() && ranks->is_array() && !ranks->empty();
    result.host = has_ranks ? text_member(ranks->front(), "host") : "";
  }
}

void set(ShardResult& result, std::string const& state, std::string const& error) {
  result.state = state;
  result.error = error;
}

/// Toys of rows that are none of the shard's, for a message; empty if all are.
std::string strangers(record::RowTable const& rows, core::ToyRange range) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto const toy = rows.toy(i).value;
    if (toy < range.first.value || toy - range.first.value >= range.count) {
      return "holds toy " + std::to_string(toy) + ", which is none of its toys";
    }
  }
  return "";
}

std::string other_study(record::StudyInfo const& ours, record::StudyInfo const& theirs) {
  auto const difference = first_difference(ours, theirs);
  return !difference ? ""
                     : "of another study: " + difference->field + " is " + difference->second +
                           ", not " + difference->first;
}

/// Compares a table with the hash that the manifest beside it has of it.
std::string other_bytes(fs::path const& table, Json const& manifest) {
  if (!manifest.is_object() || !manifest.contains("files") || !manifest["files"].is_array()) {
    return "";
  }
  for (auto const& file : manifest["files"]) {
    if (text_member(file, "name") == "toys.h5" &&
        text_member(file, "sha256") != io::digest(table).sha256) {
      return "is not the file that its manifest names: SHA-256 differs";
    }
  }
  return "";
}

/// Rows of a table or a document, judged.
void judge_rows(RenderedRun const& run,
                record::StudyInfo const& study,
                record::RowTable& rows,
                ShardResult& result) {
  auto const other = other_study(run.study, study);
  auto const stranger = other.empty() ? strangers(rows, result.range) : "";
  if (!other.empty() || !stranger.empty()) {
    set(result, "foreign", result.output + ": " + other + stranger);
    return;
  }
  rows.sort();
  result.n_done = rows.size();
  if (rows.size() < result.range.count) {
    set(result,
        "partial",
        "holds " + std::to_string(rows.size()) + " of " + std::to_string(result.range.count) +
            " toys");
  } else {
    set(result, "ok", "");
  }
}

void look_at_table(RenderedRun const& run, Places const& places, ShardResult& result) {
  auto const file = run.directory / places.table;
  result.output = places.table;
  if (auto const error = other_bytes(file, document(run.directory / places.manifest));
      !error.empty()) {
    set(result, "corrupt", places.table + ": " + error);
    return;
  }
  auto table = io::read_toy_table(file);
  judge_rows(run, table.study, table.rows, result);
  if (result.state != "ok" || places.document.empty() ||
      !is_there(run.directory / places.document)) {
    return;
  }
  // The old tools read this one, so it must not say anything else.
  auto twin = io::read_result_json(run.directory / places.document);
  twin.rows.sort();
  if (!std::ranges::equal(twin.rows.words(), table.rows.words())) {
    set(result, "corrupt", places.document + ": its rows are not those of " + places.table);
    return;
  }
  result.output = places.document;
}

void look_at_document(RenderedRun const& run, Places const& places, ShardResult& result) {
  result.output = places.document;
  auto file = io::read_result_json(run.directory / places.document);
  judge_rows(run, file.study, file.rows, result);
}

bool is_alive(RenderedRun const& run, Places const& places) {
  if (io::is_journal_held(run.directory / places.journal)) {
    return true;
  }
  auto const status = document(run.directory / places.status);
  auto const state = text_member(status, "state");
  return (state == "running" || state == "publishing") &&
         now() - unix_seconds(text_member(status, "updated_utc")) < seconds_of_silence;
}

void look_at_journal(RenderedRun const& run, Places const& places, ShardResult& result) {
  auto const journal = io::Journal::open(run.directory / places.journal, io::JournalAccess::read);
  auto const other = other_study(run.study, journal->header().study);
  if (!other.empty() || journal->header().range.first.value != result.range.first.value) {
    set(result, "foreign", places.journal + ": " + (other.empty() ? "of other toys" : other));
    return;
  }
  result.n_done = journal->size();
  result.output = fs::path(places.journal).parent_path().string();
  auto const done = std::to_string(journal->size()) + " of " + std::to_string(result.range.count) +
                    " toys are in its journal";
  set(result,
      is_alive(run, places) ? "running" : "partial",
      done + (is_alive(run, places) ? "" : ", with which another start goes on"));
}

void tell_why_missing(ShardResult& result) {
  if (result.rc && *result.rc != 0) {
    set(result,
        "missing",
        "ended with exit code " + std::to_string(*result.rc) + " and left no rows; see its stderr");
  } else if (!result.host.empty()) {
    set(result, "missing", "began on host " + result.host + " and left no rows: it was killed");
  } else {
    set(result, "missing", "never began");
  }
}

ShardResult look_at(RenderedRun const& run, std::uint64_t shard) {
  ShardResult result;
  result.index = shard;
  result.range =
      run.mode == Mode::mpi ? core::ToyRange{{0}, run.study.n_toys} : range_of(run, shard);
  auto const places = places_of(run, shard);
  try {
    read_side_files(run, places, result);
    if (is_there(run.directory / places.table)) {
      look_at_table(run, places, result);
    } else if (!places.document.empty() && is_there(run.directory / places.document)) {
      look_at_document(run, places, result);
    } else if (is_there(run.directory / places.journal)) {
      look_at_journal(run, places, result);
    } else {
      tell_why_missing(result);
    }
  } catch (std::exception const& error) {
    std::string what = error.what();
    auto const folder = run.directory.string() + "/";
    if (what.starts_with(folder)) {
      what.erase(0, folder.size());
    }
    set(result, "corrupt", what);
  }
  if (result.state == "corrupt" || result.state == "foreign" || result.state == "missing") {
    result.output.clear();
  }
  return result;
}

}  // namespace

std::vector<ShardResult> collect(RenderedRun const& run) {
  std::vector<ShardResult> results;
  for (std::uint64_t shard = 0; shard < (run.mode == Mode::mpi ? 1 : run.shards); ++shard) {
    results.push_back(look_at(run, shard));
  }
  return results;
}

}  // namespace toyfarm::batch
