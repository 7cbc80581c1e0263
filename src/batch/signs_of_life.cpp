#include "batch/signs_of_life.hpp"

#include <cstdlib>
#include <ctime>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "toyfarm/batch/submit.hpp"
#include "toyfarm/core/error.hpp"

namespace toyfarm::batch {
namespace fs = std::filesystem;
namespace {

/// Whoever says that it runs is believed for so long without another word.
constexpr double seconds_of_silence = 120;

double seconds_of(timespec const& time) {
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// What time it is where the files of `folder` get their times: a server's clock, perhaps.
double time_in(fs::path const& folder) {
  auto name = (folder / ".clock.XXXXXX").string();
  int const made = ::mkostemp(name.data(), O_CLOEXEC);
  struct stat info {};
  bool const is_known = made >= 0 && ::fstat(made, &info) == 0;
  if (made >= 0) {
    ::close(made);
    ::unlink(name.c_str());
  }
  timespec here{};
  ::clock_gettime(CLOCK_REALTIME, &here);
  return seconds_of(is_known ? info.st_mtim : here);
}

}  // namespace

SignsOfLife::SignsOfLife(RenderedRun const& run, RunCommand const& command)
    : run_(run), command_(command), now_(time_in(run.directory)) {}

bool SignsOfLife::is_fresh(fs::path const& file) const noexcept {
  struct stat info {};
  return ::stat(file.c_str(), &info) == 0 && now_ - seconds_of(info.st_mtim) < seconds_of_silence;
}

void SignsOfLife::ask_queue() {
  has_asked_ = true;
  try {
    auto const submissions = read_submissions(run_);
    if (!submissions.empty() && !submissions.back().job_id.empty()) {
      report_ = Queue(run_.scheduler, command_).look_up(submissions.back().job_id);
    }
  } catch (core::Error const&) {
    // A file of submissions that cannot be read: no word from the queue.
  }
}

std::optional<JobState> SignsOfLife::in_queue(std::uint64_t shard) {
  if (!has_asked_) {
    ask_queue();
  }
  if (report_.state == JobState::unknown) {
    return std::nullopt;
  }
  if (run_.mode == Mode::mpi || report_.tasks.empty()) {
    return report_.state;
  }
  auto const task = report_.tasks.find(shard);
  return task == report_.tasks.end() ? JobState::finished : task->second;
}

}  // namespace toyfarm::batch
