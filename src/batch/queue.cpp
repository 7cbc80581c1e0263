#include "toyfarm/batch/queue.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "toyfarm/batch/quoting.hpp"

namespace toyfarm::batch {
namespace {

std::optional<std::uint64_t> whole_number(std::string_view word) {
  std::uint64_t value = 0;
  auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  return error == std::errc() && end == word.data() + word.size() ? std::optional(value)
                                                                  : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  auto const begin = text.find_first_not_of(" \t\r");
  auto const end = text.find_last_not_of(" \t\r");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin, end - begin + 1);
}

/// Calls take(line) for every line that is not blank.
template <class Take>
void each_line(std::string_view text, Take const& take) {
  while (!text.empty()) {
    auto const end = std::min(text.find('\n'), text.size());
    if (auto const line = trimmed(text.substr(0, end)); !line.empty()) {
      take(line);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// The part of `line` before `mark`, which is taken off with the mark.
std::string_view cut(std::string_view& line, char mark) {
  auto const end = std::min(line.find(mark), line.size());
  auto const part = trimmed(line.substr(0, end));
  line.remove_prefix(std::min(end + 1, line.size()));
  return part;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

JobState state_of_slurm(std::string_view word, std::string_view reason) {
  bool const waits_for_someone = std::ranges::any_of(
      std::array<std::string_view, 3>{"JobHeld", "requeued held", "requeued in held"},
      [reason](auto const words) { return reason.find(words) != std::string_view::npos; });
  if (is_one_of(word, {"SPECIAL_EXIT", "REQUEUE_HOLD", "RESV_DEL_HOLD"}) ||
      (word == "PENDING" && waits_for_someone)) {
    return JobState::held;
  }
  if (is_one_of(word,
                {"COMPLETED",
                 "FAILED",
                 "CANCELLED",
                 "TIMEOUT",
                 "NODE_FAIL",
                 "BOOT_FAIL",
                 "DEADLINE",
                 "OUT_OF_MEMORY",
                 "REVOKED"})) {
    return JobState::finished;
  }
  return is_one_of(word, {"PENDING", "REQUEUED", "PREEMPTED", "REQUEUE_FED"})
             ? JobState::pending
             : JobState::running;  // also whatever another version of Slurm may have words for
}

JobState state_of_condor(std::uint64_t status) {
  switch (status) {
    case 1:
      return JobState::pending;
    case 3:
    case 4:
      return JobState::finished;
    case 5:
      return JobState::held;
    default:
      return JobState::running;  // running, sending its output, suspended
  }
}

/// A report that is filled task by task.
class Tally {
 public:
  void add(std::optional<std::uint64_t> task, JobState state, std::string_view reason) {
    if (state == JobState::finished) {
      return;
    }
    any_ = true;
    n_running_ += state == JobState::running ? 1 : 0;
    n_pending_ += state == JobState::pending ? 1 : 0;
    if (state == JobState::held) {
      report_.reason = report_.n_held == 0 ? std::string(reason) : report_.reason;
      ++report_.n_held;
    }
    if (task) {
      report_.tasks[*task] = state;
    }
  }
  [[nodiscard]] JobReport take() && {
    report_.state = !any_            ? JobState::finished
                    : n_running_ > 0 ? JobState::running
                    : n_pending_ > 0 ? JobState::pending
                                     : JobState::held;
    return std::move(report_);
  }

 private:
  JobReport report_;
  bool any_ = false;
  std::uint64_t n_running_ = 0, n_pending_ = 0;
};

JobReport not_understood(std::string_view line) {
  JobReport report;
  report.reason = "its answer is not understood: " + std::string(line);
  return report;
}

std::string problem(std::string const& program, CommandResult const& result) {
  return program + ": " + result.why();
}

FoundJob no_answer(std::string const& program, CommandResult const& result) {
  return {false, "", problem(program, result)};
}

}  // namespace

std::string comment_of(std::string const& mark) {
  return "toyfarm:" + mark;
}

JobReport read_squeue(std::string_view text) {
  Tally tally;
  std::string bad;
  each_line(text, [&](std::string_view line) {
    auto rest = line;
    auto const task = cut(rest, '|');
    auto const state = cut(rest, '|');
    if (state.empty() ||
        !std::ranges::all_of(state, [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; })) {
      bad = line;
      return;
    }
    tally.add(whole_number(task), state_of_slurm(state, rest), trimmed(rest));
  });
  return bad.empty() ? std::move(tally).take() : not_understood(bad);
}

JobReport read_condor_q(std::string_view text) {
  Tally tally;
  std::string bad;
  each_line(text, [&](std::string_view line) {
    auto rest = line;
    auto const process = whole_number(cut(rest, ' '));
    auto const status = whole_number(cut(rest, ' '));
    if (!process || !status) {
      bad = line;
      return;
    }
    tally.add(process, state_of_condor(*status), trimmed(rest));
  });
  return bad.empty() ? std::move(tally).take() : not_understood(bad);
}

std::string find_comment(std::string_view text, std::string const& comment) {
  std::uint64_t newest = 0;
  each_line(text, [&](std::string_view line) {
    auto rest = line;
    auto word = cut(rest, '|');
    auto const id = whole_number(cut(word, '_'));  // 17_3 is a task of 17
    if (id && trimmed(rest) == comment) {
      newest = std::max(newest, *id);
    }
  });
  return newest == 0 ? "" : std::to_string(newest);
}

std::string find_cluster(std::string_view text) {
  std::uint64_t newest = 0;
  each_line(text, [&](std::string_view line) {
    newest = std::max(newest, whole_number(line).value_or(0));
  });
  return newest == 0 ? "" : std::to_string(newest);
}

Queue::Queue(Scheduler scheduler, RunCommand run) : scheduler_(scheduler), run_(std::move(run)) {}

JobReport Queue::look_up(std::string const& job_id) const {
  bool const is_slurm = scheduler_ == Scheduler::slurm;
  std::string const program = is_slurm ? "squeue" : "condor_q";
  auto const result =
      is_slurm
          ? run_({program, "--noheader", "--array", "--jobs=" + job_id, "--format=%K|%T|%r"}, {})
          : run_({program, job_id, "-af", "ProcId", "JobStatus", "HoldReason"}, {});
  if (result.ok()) {
    return is_slurm ? read_squeue(result.out) : read_condor_q(result.out);
  }
  JobReport report;
  bool const is_gone =
      is_slurm && result.exit_code && result.err.find("Invalid job id") != std::string::npos;
  report.state = is_gone ? JobState::finished : JobState::unknown;
  report.reason = is_gone ? "" : problem(program, result);
  return report;
}

FoundJob Queue::find(std::string const& mark) const {
  return scheduler_ == Scheduler::slurm ? find_in_slurm(mark) : find_in_condor(mark);
}

FoundJob Queue::find_in_slurm(std::string const& mark) const {
  auto const queue = run_({"squeue", "--noheader", "--states=all", "--format=%F|%k"}, {});
  if (!queue.ok()) {
    return no_answer("squeue", queue);
  }
  FoundJob found{true, find_comment(queue.out, comment_of(mark)), ""};
  if (found.id.empty()) {
    // Accounting is often switched off, and then says nothing.
    auto const history = run_({"sacct",
                               "--noheader",
                               "--parsable2",
                               "--allocations",
                               "--starttime=now-30days",
                               "--format=JobID,Comment"},
                              {});
    found.id = history.ok() ? find_comment(history.out, comment_of(mark)) : "";
  }
  return found;
}

FoundJob Queue::find_in_condor(std::string const& mark) const {
  auto const constraint = "ToyfarmRun == " + classad_string("mark of a run", mark);
  auto const queue = run_({"condor_q", "-constraint", constraint, "-af", "ClusterId"}, {});
  if (!queue.ok()) {
    return no_answer("condor_q", queue);
  }
  FoundJob found{true, find_cluster(queue.out), ""};
  if (found.id.empty()) {
    auto const history =
        run_({"condor_history", "-constraint", constraint, "-limit", "1", "-af", "ClusterId"}, {});
    if (!history.ok()) {
      return no_answer("condor_history", history);
    }
    found.id = find_cluster(history.out);
  }
  return found;
}

}  // namespace toyfarm::batch
