#include <algorithm>
#include <charconv>

#include "toyfarm/batch/job_files.hpp"
#include "toyfarm/batch/quoting.hpp"
#include "toyfarm/batch/stage.hpp"
#include "toyfarm/core/error.hpp"

#include "batch/embedded.hpp"
#include "batch/template.hpp"

namespace toyfarm::batch {
namespace {

/// Where jobs find the run directory's files.
enum class Access {
  shared,  ///< in the run directory itself, on a file system that execute nodes see
  sent,    ///< in a sandbox that HTCondor fills and empties
};

// What the program says about itself, so that another try would end the same way: a check failed,
// bad command line, spec or data, no input, a defect, a file that cannot be made, rows missing.
// The rest is the machine's or the moment's: I/O errors, signals, a library that is not there.
constexpr char const* final_exit_codes = "1, 64, 65, 66, 70, 73, 76";

/// Seconds that an evicted job has to stop and to publish what it can.
constexpr int seconds_to_stop = 120;

std::string trimmed(std::string const& text) {
  auto const begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? ""
                                    : text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

/// Cores per job: as asked for, or else as many as the threads that were asked for.
std::uint64_t cpus_of(RenderedRun const& run, CondorSettings const& condor) {
  std::uint64_t cpus = condor.request_cpus;
  if (cpus == 0) {
    auto const* const end = run.threads.data() + run.threads.size();
    auto const [stop, error] = std::from_chars(run.threads.data(), end, cpus);
    cpus = error == std::errc() && stop == end ? cpus : 0;
  }
  return std::max<std::uint64_t>(cpus, 1);
}

/// An amount such as 2GB, or an expression. HTCondor takes a lone word for the name of an attribute
/// that no machine has, and such a job waits for ever.
std::string amount(std::string const& option, std::string const& given) {
  auto const text = trimmed(given);
  auto const is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (std::ranges::all_of(text, is_letter)) {
    throw core::UsageError(option + " " + given +
                           ": not an amount; give a number with a unit, such as 2GB");
  }
  return text;
}

class SubmitFile {
 public:
  /// A value of ours, in which macros are meant.
  void ours(std::string const& name, std::string const& value) {
    text_ += name + " = " + value + "\n";
  }
  /// A user's value, which stands for itself; nothing if it is empty.
  void add(std::string const& name, std::string const& value) {
    if (!value.empty()) {
      text_ += condor_line(name, value) + "\n";
    }
  }
  void comment(std::string const& words) { text_ += "# " + words + "\n"; }
  [[nodiscard]] std::string const& text() const { return text_; }

 private:
  std::string text_;
};

void add_sandbox(SubmitFile& file, RenderedRun const& run, JobSettings const& job) {
  std::string inputs = std::string("run_one_shard.sh, ") + study_name;
  if (!job.prologue.empty()) {
    inputs += std::string(", ") + prologue_name;
  }
  if (job.container.empty()) {
    inputs += ", " + staged_name(run.program) + ", " + staged_libraries;
  }
  file.comment("Only flat names in the run directory go along: the study holds spec and data.");
  file.ours("should_transfer_files", "YES");
  file.ours("transfer_executable", "True");
  file.ours("transfer_input_files", inputs);
  file.comment("The contents of results/, which the job makes whatever becomes of the shard.");
  file.ours("transfer_output_files", "results/");
  file.ours("when_to_transfer_output", "ON_EXIT_OR_EVICT");
  file.comment("A job that was stopped: its journal goes home, and it goes on.");
  file.ours("checkpoint_exit_code", "85");
  file.ours("transfer_checkpoint_files", "results");
}

void add_policy(SubmitFile& file, CondorSettings const& condor) {
  file.comment("Tried again: I/O errors, signals, stops. What the program itself refuses would");
  file.comment("be refused again: such a job leaves the queue, and collect shows its error.");
  file.ours("success_exit_code", "0");
  file.ours("max_retries", std::to_string(condor.max_retries));
  file.ours("retry_until",
            std::string("ExitBySignal == false && member(ExitCode, {") + final_exit_codes + "})");
  file.ours("kill_sig", "SIGTERM");
  file.ours("job_max_vacate_time", std::to_string(seconds_to_stop));
}

void add_needs(SubmitFile& file, RenderedRun const& run, CondorSettings const& condor) {
  file.ours("request_cpus", std::to_string(cpus_of(run, condor)));
  if (!condor.request_memory.empty()) {
    file.add("request_memory", amount("--condor-request-memory", condor.request_memory));
  }
  if (!condor.request_disk.empty()) {
    file.add("request_disk", amount("--condor-request-disk", condor.request_disk));
  }
  file.add("requirements", trimmed(condor.requirements));
  file.add("accounting_group", condor.accounting_group);
}

std::string wrapper_name(Access access) {
  return access == Access::sent ? "condor_run_one_shard_transfer.sh" : "condor_run_one_shard.sh";
}

JobFile submit_file(RenderedRun const& run,
                    JobSettings const& job,
                    CondorSettings const& condor,
                    Access access) {
  bool const in_container = access == Access::sent && !job.container.empty();
  SubmitFile file;
  file.ours("universe", in_container ? "container" : "vanilla");
  if (in_container) {
    file.add("container_image", job.container);
  }
  file.add("initialdir", run.directory.string());
  file.add("executable", (run.directory / wrapper_name(access)).string());
  file.ours("arguments", "\"$(Process)\"");
  file.ours("output", "condor.$(Cluster).$(Process).out");
  file.ours("error", "condor.$(Cluster).$(Process).err");
  file.ours("log", "condor.$(Cluster).log");
  file.add("batch_name", run.run_id);
  file.add("+ToyfarmRun", classad_string("the run's uuid", run.uuid));
  if (access == Access::sent) {
    add_sandbox(file, run, job);
  } else {
    file.ours("should_transfer_files", "NO");
  }
  add_policy(file, condor);
  add_needs(file, run, condor);
  auto const name = access == Access::sent ? "condor_job_transfer.sub" : "condor_job.sub";
  return {name, file.text() + "queue " + std::to_string(run.shards) + "\n", false};
}

JobFile wrapper(RenderedRun const& run,
                JobSettings const& job,
                CondorSettings const& condor,
                Access access) {
  auto settings = "threads=" + std::to_string(cpus_of(run, condor)) + "\n";
  if (access == Access::sent) {
    std::string const staged = "TOYFARM=\"$PWD/" + staged_name(run.program) +
                               "\" LD_LIBRARY_PATH=\"$PWD/" + staged_libraries + "\"";
    settings +=
        "surroundings=(" + (job.container.empty() ? staged : "TOYFARM_IN_CONTAINER=yes") + ")\n";
  }
  auto const name = wrapper_name(access);
  return {name, with_region(std::string(embedded(name)), "rendered", settings), true};
}

}  // namespace

std::vector<JobFile> condor_files(RenderedRun const& run,
                                  JobSettings const& job,
                                  CondorSettings const& condor) {
  std::vector<JobFile> files = {shard_script(run, job)};
  for (auto const access : {Access::shared, Access::sent}) {
    files.push_back(submit_file(run, job, condor, access));
    files.push_back(wrapper(run, job, condor, access));
  }
  return files;
}

}  // namespace toyfarm::batch
