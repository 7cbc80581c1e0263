#include "toyfarm/batch/collect.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "toyfarm/batch/same_study.hpp"
#include "toyfarm/core/error.hpp"
#include "toyfarm/io/journal.hpp"
#include "toyfarm/io/run_manifest.hpp"
#include "toyfarm/io/run_status.hpp"
#include "toyfarm/io/sealed_text.hpp"
#include "toyfarm/io/toy_table.hpp"
#include "toyfarm/io/vouched_file.hpp"
#include "toyfarm/os/lock.hpp"
#include "toyfarm/os/utc.hpp"

#include "batch/side_files.hpp"
#include "batch/signs_of_life.hpp"

namespace toyfarm::batch {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

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
  result.start_unix_s = os::unix_seconds(manifest.start_utc);
  result.end_unix_s = os::unix_seconds(manifest.end_utc);
  if (places.stem.empty()) {
    result.rc = manifest.exit_code.value_or(0);
    result.elapsed_s = manifest.wall_s;
    result.host = manifest.host;
  }
}

void set(ShardResult& result, ShardState state, std::string const& error) {
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
    set(result, ShardState::foreign, result.output + ": " + other + stranger);
    return;
  }
  rows.sort();
  result.n_done = rows.size();
  if (rows.size() < result.range.count) {
    set(result,
        ShardState::partial,
        "holds " + std::to_string(rows.size()) + " of " + std::to_string(result.range.count) +
            " toys");
  } else {
    set(result, ShardState::ok, "");
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
  if (result.state != ShardState::ok || places.document.empty() ||
      !is_there(run.directory / places.document)) {
    return;
  }
  if (!is_twin(io::open_vouched(run.directory / places.document), table.rows)) {
    set(result,
        ShardState::corrupt,
        places.document + ": its rows are not those of " + places.table);
    return;
  }
  result.output = places.document;
}

void look_at_document(RenderedRun const& run, Places const& places, ShardResult& result) {
  result.output = places.document;
  auto file = io::read_result_json(run.directory / places.document);
  judge_rows(run, file.study, file.rows, result);
}

/// Whether someone is at work on the shard, cheap evidence first.
bool is_alive(RenderedRun const& run,
              Places const& places,
              std::uint64_t shard,
              SignsOfLife& signs) {
  auto const& folder = run.directory;
  if (os::is_locked(folder / places.journal) ||
      (!places.stem.empty() && os::is_held_by_script(folder / (places.stem + ".host")))) {
    return true;
  }
  auto const word = text_member(document(folder / places.status), "state");
  auto const state = core::find_word<io::RunState>(word);
  bool const says_so = word.empty() || (state && io::is_at_work(*state));
  auto const newest = word.empty() ? places.stem + ".host" : places.status;
  return (says_so && signs.is_fresh(folder / newest)) || signs.in_queue(shard) == JobState::running;
}

void look_at_journal(RenderedRun const& run,
                     Places const& places,
                     SignsOfLife& signs,
                     ShardResult& result) {
  auto const journal = io::Journal::open(run.directory / places.journal, io::JournalAccess::read);
  auto const other = other_study(run.study, journal->header().study);
  if (!other.empty() || journal->header().range.first.value != result.range.first.value) {
    set(result,
        ShardState::foreign,
        places.journal + ": " + (other.empty() ? "of other toys" : other));
    return;
  }
  result.n_done = journal->size();
  result.output = fs::path(places.journal).parent_path().string();
  auto const done = std::to_string(journal->size()) + " of " + std::to_string(result.range.count) +
                    " toys are in its journal";
  if (!is_alive(run, places, result.index, signs)) {
    set(result, ShardState::partial, done + ", with which another start goes on");
  } else {
    bool const is_whole = journal->size() == result.range.count;
    set(result,
        ShardState::running,
        done + (is_whole ? ", and its results are being published" : ""));
  }
}

/// Of a shard that was not seen to begin: how its job stands.
void tell_of_queue(std::optional<JobState> job, ShardResult& result) {
  if (job == JobState::running) {
    set(result, ShardState::starting, "its job runs, and nothing of it has come here yet");
  } else if (job == JobState::pending || job == JobState::held) {
    set(result,
        ShardState::missing,
        "never began: its job is " + std::string(core::word_of(*job)) + " in the queue");
  } else {
    set(result, ShardState::missing, "never began");
  }
}

void tell_why_missing(RenderedRun const& run,
                      Places const& places,
                      SignsOfLife& signs,
                      ShardResult& result) {
  if (result.rc) {
    set(result,
        ShardState::missing,
        "ended with exit code " + std::to_string(*result.rc) + " and left no rows; see its stderr");
  } else if (result.host.empty()) {
    tell_of_queue(signs.in_queue(result.index), result);
  } else if (is_alive(run, places, result.index, signs)) {
    set(result, ShardState::starting, "begins on host " + result.host);
  } else {
    set(result,
        ShardState::missing,
        "began on host " + result.host + " and left no rows: it was killed");
  }
}

ShardResult look_at(RenderedRun const& run, std::uint64_t shard, SignsOfLife& signs) {
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
      look_at_journal(run, places, signs, result);
    } else {
      tell_why_missing(run, places, signs, result);
    }
  } catch (std::exception const& error) {
    std::string what = error.what();
    auto const folder = run.directory.string() + "/";
    if (what.starts_with(folder)) {
      what.erase(0, folder.size());
    }
    set(result, ShardState::corrupt, what);
  }
  if (result.state != ShardState::ok && result.state != ShardState::running &&
      result.state != ShardState::partial) {
    result.output.clear();
  }
  return result;
}

}  // namespace

std::vector<ShardResult> collect(RenderedRun const& run, RunCommand const& command) {
  SignsOfLife signs(run, command);
  std::vector<ShardResult> results;
  for (std::uint64_t shard = 0; shard < (run.mode == Mode::mpi ? 1 : run.shards); ++shard) {
    results.push_back(look_at(run, shard, signs));
  }
  return results;
}

}  // namespace toyfarm::batch
