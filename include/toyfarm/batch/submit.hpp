#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "toyfarm/batch/queue.hpp"
#include "toyfarm/batch/rendered_run.hpp"
#include "toyfarm/core/words.hpp"

// Handing a rendered run to its batch system exactly once, whatever happens in between.
namespace toyfarm::batch {

/// Name of the file beside the manifest that remembers submissions.
inline constexpr char const* submission_name = "submit_meta.json";

/// One submission. It is written before the job is submitted, without an id (an intent), and again
/// as soon as the batch system has answered.
struct Submission {
  std::string created_at_utc;
  std::string finished_at_utc;  ///< when the queue had the job no more; empty = not seen yet
  std::string submit_file;      ///< name in the run directory
  std::string mark;             ///< by which the queue is asked for the job
  std::string job_id;           ///< empty: an intent
};

/// All submissions of a run, the oldest first. The file's own keys are those of the newest:
/// `nextstat.pf32_htcondor_submit_meta.v1`, the old launcher's as a superset.
[[nodiscard]] std::string submissions_text(RenderedRun const& run,
                                           std::vector<Submission> const& all);
/// Empty if there is no file. Throws core::DataError for one that cannot be read or is of another
/// run.
[[nodiscard]] std::vector<Submission> read_submissions(RenderedRun const& run);
/// Publishes them beside the manifest.
void write_submissions(RenderedRun const& run, std::vector<Submission> const& all);

enum class Again { no, yes };
/// Where an HTCondor job has its files.
enum class Files { transferred, shared };
constexpr core::WordTable<Files, 2> words_of(Files /*any*/) {
  return {{{Files::transferred, "transfer"}, {Files::shared, "shared"}}};
}

struct SubmitResult {
  std::string job_id;
  enum class How {
    submitted,
    found,   ///< an intent's job was in the queue: its answer had been lost
    before,  ///< was submitted earlier
  } how = How::submitted;
};

/// Submits, unless that has been done (or Again::yes). An intent without an id asks the queue
/// first. Throws core::Error: code `stopped` when nothing was submitted and another call may
/// succeed, no_input when there is no batch system here.
[[nodiscard]] SubmitResult submit(RenderedRun const& run,
                                  Files files,
                                  Again again,
                                  RunCommand const& command = usual_runner());

/// The id in what `sbatch --parsable` (ID or ID;CLUSTER) or `condor_submit -terse` (FIRST - LAST,
/// as ID.PROC) said; empty if there is none.
[[nodiscard]] std::string job_id_in(Scheduler scheduler, std::string const& answer);

}  // namespace toyfarm::batch
