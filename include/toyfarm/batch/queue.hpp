#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "toyfarm/batch/command.hpp"
#include "toyfarm/batch/rendered_run.hpp"

// What a batch system's queue says about a job. That it does not answer says nothing about the job.
namespace toyfarm::batch {

enum class JobState {
  pending,
  running,
  held,      ///< waits for someone to release it
  finished,  ///< the queue answered, and does not have it any more
  unknown,   ///< the queue did not answer
};
constexpr core::WordTable<JobState, 5> words_of(JobState /*any*/) {
  return {{{JobState::pending, "pending"},
           {JobState::running, "running"},
           {JobState::held, "held"},
           {JobState::finished, "finished"},
           {JobState::unknown, "unknown"}}};
}

/// A job and its tasks (array tasks, processes of a cluster) as the queue has them.
struct JobReport {
  JobState state = JobState::unknown;  ///< running if any task is, else pending if any is, else
                                       ///< held if all that are left are
  std::map<std::uint64_t, JobState> tasks;  ///< those that are not finished, but none for a range
                                            ///< that no line of the queue names singly
  std::uint64_t n_held = 0;
  std::string reason;  ///< why the first held task is held, or why nothing is known
};

/// Lines `K|STATE|REASON` of `squeue --array --format=%K|%T|%r`.
[[nodiscard]] JobReport read_squeue(std::string_view text);
/// Lines `PROC STATUS REASON` of `condor_q -af ProcId JobStatus HoldReason`.
[[nodiscard]] JobReport read_condor_q(std::string_view text);

/// Whether the queue knows of a job with a mark.
struct FoundJob {
  bool answered = false;
  std::string id;   ///< empty = no such job
  std::string why;  ///< why there was no answer
};
/// Lines `ID|COMMENT`, of any length of history; the newest job (largest number) counts.
[[nodiscard]] std::string find_comment(std::string_view text, std::string const& comment);
/// The largest number among lines of `-af ClusterId`.
[[nodiscard]] std::string find_cluster(std::string_view text);

/// Text of a job's comment by which it is found again.
[[nodiscard]] std::string comment_of(std::string const& mark);

class Queue {
 public:
  explicit Queue(Scheduler scheduler, RunCommand run = usual_runner());
  [[nodiscard]] JobReport look_up(std::string const& job_id) const;
  /// Looks for a job that was submitted with this mark, also among those that have ended.
  [[nodiscard]] FoundJob find(std::string const& mark) const;

 private:
  [[nodiscard]] FoundJob find_in_slurm(std::string const& mark) const;
  [[nodiscard]] FoundJob find_in_condor(std::string const& mark) const;
  Scheduler scheduler_;
  RunCommand run_;
};

}  // namespace toyfarm::batch
