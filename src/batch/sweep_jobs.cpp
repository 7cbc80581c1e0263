#include "toyfarm/batch/sweep_jobs.hpp"

#include <array>
#include <chrono>
#include <string_view>
#include <thread>

#include <fmt/core.h>

#include "toyfarm/batch/queue.hpp"
#include "toyfarm/batch/submit.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/os/command.hpp"
#include "toyfarm/os/utc.hpp"

namespace toyfarm::batch {
namespace fs = std::filesystem;
namespace {

using core::ExitCode;

/// Held jobs may be released by rules of their own; so many answers are waited for.
constexpr int patience_with_held = 3;

void finish_submission(RenderedRun const& run) {
  auto all = read_submissions(run);
  if (!all.empty() && all.back().finished_at_utc.empty()) {
    all.back().finished_at_utc = os::utc_now();
    write_submissions(run, all);
  }
}

/// Says how a job stands whenever that changes.
class Teller {
 public:
  Teller(std::string run_id, std::string job_id)
      : run_id_(std::move(run_id)), job_id_(std::move(job_id)) {}
  void tell(JobReport const& report) {
    auto text = fmt::format("{}: job {} is {}", run_id_, job_id_, core::word_of(report.state));
    if (report.state == JobState::unknown) {
      text = fmt::format("{}: the queue does not say how job {} stands ({}); it is asked again",
                         run_id_,
                         job_id_,
                         report.reason);
    } else if (report.n_held > 0) {
      text += fmt::format("; {} of its tasks held: {}", report.n_held, report.reason);
    }
    if (text != last_) {
      bool const is_odd = report.state == JobState::unknown || report.n_held > 0;
      is_odd ? core::log_warn(text) : core::log_info(text);
      last_ = text;
    }
  }

 private:
  std::string run_id_, job_id_, last_;
};

ExitCode wait_for_end(RenderedRun const& run, std::string const& job_id, double poll_s) {
  Queue const queue(run.scheduler);
  Teller teller(run.run_id, job_id);
  for (int n_held = 0;;) {
    auto const report = queue.look_up(job_id);
    teller.tell(report);
    if (report.state == JobState::finished) {
      finish_submission(run);
      return ExitCode::success;
    }
    if (report.state == JobState::held && ++n_held >= patience_with_held) {
      core::log_error(fmt::format(
          "{}: all that is left of job {} is held ({}); release or remove it, and start this again",
          run.run_id,
          job_id,
          report.reason));
      return ExitCode::stopped;
    }
    n_held = report.state == JobState::held || report.state == JobState::unknown ? n_held : 0;
    std::this_thread::sleep_for(std::chrono::duration<double>(poll_s));
  }
}

/// The options of `toys` that the run was rendered with, not those of the batch system.
std::vector<std::string> toys_options(RenderedRun const& run) {
  constexpr std::array<std::string_view, 5> others{
      "--slurm-", "--condor-", "--module", "--prologue", "--container"};
  std::vector<std::string> words;
  for (auto const& [name, value] : run.settings) {
    bool is_other = false;
    for (auto const prefix : others) {
      is_other = is_other || name.starts_with(prefix);
    }
    if (!is_other) {
      words.push_back(value.empty() ? name : name + "=" + value);
    }
  }
  return words;
}

std::vector<std::string> mpirun_line(RenderedRun const& run, std::uint64_t ranks) {
  std::vector<std::string> words{
      "mpirun", "-n", std::to_string(ranks), "--bind-to", "none", run.program, "toys"};
  std::string const name = mpi_run_name;
  if (fs::exists(run.directory / name / "journal.toyfarm")) {
    words.insert(words.end(), {"--resume", name});
  } else {
    words.insert(words.end(), {"--study", study_name, "--out-dir", ".", "--run-id", name});
  }
  if (!run.threads.empty()) {
    words.insert(words.end(), {"--threads", run.threads});
  }
  auto const options = toys_options(run);
  words.insert(words.end(), options.begin(), options.end());
  return words;
}

/// The verdict of a program that was run in front.
ExitCode verdict_on(std::string const& what, os::CommandResult const& result) {
  if (result.ok()) {
    return ExitCode::success;
  }
  core::log_error(what + ": " + result.why());
  bool const was_stopped = !result.could_not_start.empty()
                               ? false
                               : !result.exit_code ||
                                     *result.exit_code == static_cast<int>(ExitCode::stopped) ||
                                     *result.exit_code > 128;
  return was_stopped ? ExitCode::stopped : ExitCode::incomplete;
}

}  // namespace

ExitCode run_in_queue(RenderedRun const& run, QueueOrder const& order) {
  auto result = submit(run, order.files, Again::no);
  using How = SubmitResult::How;
  if (result.how == How::before && order.force &&
      Queue(run.scheduler).look_up(result.job_id).state == JobState::finished) {
    result = submit(run, order.files, Again::yes);
  }
  core::log_info(fmt::format("{}: job {}{}",
                             run.run_id,
                             result.job_id,
                             result.how == How::submitted ? ""
                             : result.how == How::found   ? ", found in the queue"
                                                          : ", submitted before"));
  return wait_for_end(run, result.job_id, order.poll_s);
}

ExitCode run_here(RenderedRun const& run, SweepEntry const& entry) {
  if (run.mode == Mode::mpi) {
    return verdict_on(
        run.run_id,
        os::run_in_front(
            {mpirun_line(run, std::max<std::uint64_t>(entry.ranks, 1)), run.directory, {}}));
  }
  auto code = ExitCode::success;
  for (std::uint64_t shard = 0; shard < run.shards && code != ExitCode::stopped; ++shard) {
    auto const verdict = verdict_on(
        fmt::format("{}: shard {}", run.run_id, shard),
        os::run_in_front(
            {{"bash", (run.directory / "run_one_shard.sh").string(), std::to_string(shard)},
             run.directory,
             {}}));
    code = verdict == ExitCode::success ? code : verdict;
  }
  return code;
}

}  // namespace toyfarm::batch
