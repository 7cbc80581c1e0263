#pragma once
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/batch/rendered_run.hpp"

// Texts of the files that a rendered run's directory holds.
namespace toyfarm::batch {

struct JobFile {
  std::string name;  ///< in the run directory, no folders
  std::string text;
  bool is_executable = false;
};

/// Name of the copy of the user's prologue in a rendered run's directory.
inline constexpr char const* prologue_name = "prologue.sh";

/// What jobs do besides the study: options of `toys` that say how to run, and the surroundings.
struct JobSettings {
  std::vector<std::string> toys_words;  ///< options of `toys` that change no row, as given
  std::vector<std::string> modules;     ///< for `module load`
  std::string prologue;                 ///< text of a shell script that is sourced first
  std::string container;                ///< image; empty = none
  std::string container_runtime = "apptainer";
};

/// What a user may ask Slurm for; empty words and zeros are left out.
struct SlurmSettings {
  std::string job_name = "toyfarm";
  std::string time, partition, account, qos, memory, constraint, exclude, mail_user, mail_type;
  std::uint64_t nodes = 0, ntasks_per_node = 0, cpus_per_task = 0;
  std::uint64_t array_throttle = 0;  ///< array tasks at a time
  bool requeue = true;
};

/// What a user may ask HTCondor for; empty words and zeros are left out.
struct CondorSettings {
  std::uint64_t request_cpus = 0;
  std::string request_memory, requirements, request_disk, accounting_group;
  std::uint64_t max_retries = 3;
};

/// run_one_shard.sh and slurm_array_job.sh, or slurm_mpi_job.sh and what it sources.
[[nodiscard]] std::vector<JobFile> slurm_files(RenderedRun const& run,
                                               JobSettings const& job,
                                               SlurmSettings const& slurm);

/// run_one_shard.sh, condor_job.sub, condor_job_transfer.sub and their wrappers. With a container,
/// the job of condor_job_transfer.sub is in HTCondor's container universe; the other's program is
/// put into it by run_one_shard.sh. Throws core::UsageError for words that no submit description
/// can hold.
[[nodiscard]] std::vector<JobFile> condor_files(RenderedRun const& run,
                                                JobSettings const& job,
                                                CondorSettings const& condor);

/// run_one_shard.sh: runs one shard in the directory it is in, or goes on with it.
[[nodiscard]] JobFile shard_script(RenderedRun const& run, JobSettings const& job);

}  // namespace toyfarm::batch
