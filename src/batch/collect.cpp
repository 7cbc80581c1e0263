#include "toyfarm/batch/collect.hpp"

#include <algorithm>
#include <chrono>

#include <nlohmann/json.hpp>

#include "toyfarm/batch/same_study.hpp"
#include "toyfarm/core/error.hpp"
#include "toyfarm/io/journal.hpp"
#include "toyfarm/io/run_manifest.hpp"
#include "toyfarm/io/sealed_text.hpp"
#include "toyfarm/io/toy_table.hpp"
#include "toyfarm/io/vouched_file.hpp"

#include "batch/side_files.hpp"
#include "batch/utc.hpp"

namespace toyfarm::batch {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

/// A run that says that it runs is believed for so long without a sign of life.
constexpr double seconds_of_silence = 120;

/// Files of one shard, or of the MPI job, relative to the run directory.
struct Places {
  std::string table, document, metrics, manifest, journal, status, stem;
};

Places places_of(RenderedRun const& run, std::uint64_t shard) {
  if (run.mode == Mode::mpi) {
    std::string const folder = std::string(mpi_run_name) + "/";
    return {folder + "toys.h5",
            "",
            "",
            folder + "manifest.json",
            folder + "journal.toyfarm",
            folder + "status.json",
            ""};
  }
  auto const stem = shard_stem(shard);
  return {stem + ".toys.h5",
          stem + ".out.json",
          stem + ".metrics.json",
          stem + ".manifest.json",
          stem + ".run/journal.toyfarm",
          stem + ".run/status.json",
          stem};
}

bool is_there(fs::path const& file) {
  std::error_code error;
  return fs::is_regular_file(file, error);
}

/// A JSON object, or null if there is none to be read.
Json document(fs::path const& file) {
  try {
    return is_there(file) ? Json::parse(io::read_sealed_text(file), nullptr, false) : Json();
  } catch (core::Error const&) {
    return nullptr;
  }
}

std::string text_member(Json const& json, char const* name) {
  return json.is_object() && json.contains(name) && json[name].is_string()
             ? json[name].get<std::string>()
             : "";
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// What the shard's script and its program left beside the rows.
void read_notes(RenderedRun const& run, Places const& places, ShardResult& result) {
  if (!places.stem.empty()) {
    auto const notes = read_side_files(run.directory, places.stem);
    result.host = notes.host;
    result.rc = notes.rc;
    result.elapsed_s = notes.elapsed_s;
  }
  if (!is_there(run.directory / places.manifest)) {
    return;
  }
  auto const manifest = io::read_run_manifest(run.directory / places.manifest);
  result.start_unix_s = unix_seconds(manifest.start_utc);
  result.end_unix_s = unix_seconds(manifest.end_utc);
  if (places.stem.empty()) {
    result.rc = manifest.exit_code.value_or(0);
    result.elapsed_s = manifest.wall_s;
    result.host = manifest.host;
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

/// Whether the document, which the old tools read, says what the table says: as the shard's
/// manifest has it, or else by its rows.
bool is_twin(io::VouchedFile const& document, record::RowTable const& rows) {
  if (document.is_vouched()) {
    return true;
  }
  auto twin = io::read_result_json(document);
  twin.rows.sort();
  return std::ranges::equal(twin.rows.words(), rows.words());
}

void look_at_table(RenderedRun const& run, Places const& places, ShardResult& result) {
  result.output = places.table;
  if (is_there(run.directory / places.metrics)) {  // nothing here reads it, but others do
    static_cast<void>(io::open_vouched(run.directory / places.metrics));
  }
  auto table = io::read_toy_table(run.directory / places.table);
  judge_rows(run, table.study, table.rows, result);
  if (result.state != "ok" || places.document.empty() ||
      !is_there(run.directory / places.document)) {
    return;
  }
  if (!is_twin(io::open_vouched(run.directory / places.document), table.rows)) {
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
    read_notes(run, places, result);
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
