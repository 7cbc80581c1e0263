#include "toyfarm/batch/command.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "toyfarm/core/process.hpp"

namespace toyfarm::batch {
namespace {

using Clock = std::chrono::steady_clock;
enum class Output { captured, shared };

/// Ends of a pipe, closed with the object.
class Pipe {
 public:
  Pipe() : is_open_(::pipe2(ends_.data(), O_CLOEXEC) == 0) {
    if (is_open_) {
      ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    }
  }
  Pipe(Pipe const&) = delete;
  Pipe& operator=(Pipe const&) = delete;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  [[nodiscard]] bool is_open() const { return is_open_; }
  [[nodiscard]] int reading() const { return ends_[0]; }
  [[nodiscard]] int writing() const { return ends_[1]; }
  void close_end(std::size_t end) {
    if (ends_.at(end) >= 0) {
      ::close(ends_.at(end));
      ends_.at(end) = -1;
    }
  }
  /// Takes what there is, up to `most` bytes in all; false once nobody can say anything any more.
  bool listen(std::string& said, std::size_t most, bool& is_cut) const {
    std::array<char, 16384> buffer{};
    for (;;) {
      auto const n = ::read(ends_[0], buffer.data(), buffer.size());
      if (n > 0) {
        auto const kept = std::min(static_cast<std::size_t>(n), most - said.size());
        said.append(buffer.data(), kept);
        is_cut = is_cut || kept < static_cast<std::size_t>(n);
      } else if (n == 0 || (n < 0 && errno != EINTR)) {
        return n < 0 && errno == EAGAIN;
      }
    }
  }

 private:
  std::array<int, 2> ends_{-1, -1};
  bool is_open_;
};

struct Settings {
  Settings(std::filesystem::path const& directory, Output output, int out, int err) {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (output == Output::captured) {
      posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
      posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
      posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
      posix_spawnattr_setpgroup(&attributes, 0);
    } else {
      core::default_output(actions);
    }
    core::default_signals(attributes);
    if (!directory.empty()) {
      posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
    }
  }
  Settings(Settings const&) = delete;
  Settings& operator=(Settings const&) = delete;
  ~Settings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

/// Starts the program; the reason if that fails.
std::string start(std::vector<std::string> const& words, Settings const& settings, pid_t& pid) {
  std::vector<char*> arguments;
  for (auto const& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  int const error = posix_spawnp(
      &pid, arguments.front(), &settings.actions, &settings.attributes, arguments.data(), environ);
  return error == 0 ? "" : words.front() + " cannot be started: " + std::strerror(error);
}

void take_end(int status, CommandResult& result) {
  if (WIFEXITED(status)) {
    result.exit_code = WEXITSTATUS(status);
  } else if (!result.is_late) {
    result.err += "ended by signal " + std::to_string(WTERMSIG(status)) + "\n";
  }
}

int wait_for_end(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/// Listens until the program has ended or its time is over. The ends of its pipes alone do not
/// count: what it left behind in the background may hold them.
void attend(pid_t pid, Pipe& out, Pipe& err, CommandLimits const& limits, CommandResult& result) {
  constexpr int nap_ms = 20;
  auto const deadline = Clock::now() + limits.time;
  int status = 0;
  std::array<pollfd, 2> watched{pollfd{out.reading(), POLLIN, 0}, pollfd{err.reading(), POLLIN, 0}};
  for (bool ended = false; !ended;) {
    ::poll(watched.data(), watched.size(), nap_ms);
    ended = ::waitpid(pid, &status, WNOHANG) == pid;
    if (!ended && Clock::now() >= deadline) {
      result.is_late = true;
      ::kill(-pid, SIGKILL);
      status = wait_for_end(pid);
      ended = true;
    }
    // A stream that is closed would end every wait at once.
    watched[0].fd = out.listen(result.out, limits.bytes, result.is_cut) ? watched[0].fd : -1;
    watched[1].fd = err.listen(result.err, limits.bytes, result.is_cut) ? watched[1].fd : -1;
  }
  take_end(status, result);
}

std::string last_line(std::string const& text) {
  auto const end = text.find_last_not_of(" \t\r\n") + 1;
  auto const begin = text.substr(0, end).find_last_of("\r\n") + 1;
  return text.substr(begin, end - begin);
}

}  // namespace

std::string CommandResult::why() const {
  if (!could_not_start.empty()) {
    return could_not_start;
  }
  if (is_late) {
    return "it did not end in time";
  }
  if (is_cut) {
    return "it said more than can be kept";
  }
  auto const line = last_line(err.empty() ? out : err);
  auto const code = exit_code ? "exit code " + std::to_string(*exit_code) : std::string();
  return line.empty() ? code : line + (code.empty() ? "" : " (" + code + ")");
}

CommandResult run_command(std::vector<std::string> const& words,
                          std::filesystem::path const& directory,
                          CommandLimits const& limits) {
  CommandResult result;
  Pipe out;
  Pipe err;
  if (!out.is_open() || !err.is_open()) {
    result.could_not_start = std::string("no pipe: ") + std::strerror(errno);
    return result;
  }
  Settings const settings(directory, Output::captured, out.writing(), err.writing());
  pid_t pid = -1;
  result.could_not_start = start(words, settings, pid);
  out.close_end(1);
  err.close_end(1);
  if (result.could_not_start.empty()) {
    attend(pid, out, err, limits, result);
  }
  return result;
}

CommandResult run_in_front(std::vector<std::string> const& words,
                           std::filesystem::path const& directory) {
  CommandResult result;
  Settings const settings(directory, Output::shared, -1, -1);
  pid_t pid = -1;
  result.could_not_start = start(words, settings, pid);
  if (result.could_not_start.empty()) {
    take_end(wait_for_end(pid), result);
  }
  return result;
}

RunCommand usual_runner() {
  return [](std::vector<std::string> const& words, std::filesystem::path const& directory) {
    return run_command(words, directory);
  };
}

}  // namespace toyfarm::batch
