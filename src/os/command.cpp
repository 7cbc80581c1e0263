#include "toyfarm/os/command.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "toyfarm/os/descriptor.hpp"
#include "toyfarm/os/process.hpp"

namespace toyfarm::os {
namespace {

using Clock = std::chrono::steady_clock;

/// A stream of a program, as it is heard.
class Ear {
 public:
  explicit Ear(Descriptor descriptor) : descriptor_(std::move(descriptor)) {
    ::fcntl(descriptor_.get(), F_SETFL, O_NONBLOCK);
  }
  /// For poll; a stream that is closed would end every wait at once.
  [[nodiscard]] pollfd to_watch() const { return {is_open_ ? descriptor_.get() : -1, POLLIN, 0}; }
  /// Takes what there is, up to `max_bytes` in all.
  void listen(std::string& said, std::size_t max_bytes, bool& is_cut) {
    std::array<char, 16384> buffer{};
    while (is_open_) {
      auto const n = ::read(descriptor_.get(), buffer.data(), buffer.size());
      if (n > 0) {
        auto const kept = std::min(static_cast<std::size_t>(n), max_bytes - said.size());
        said.append(buffer.data(), kept);
        is_cut = is_cut || kept < static_cast<std::size_t>(n);
      } else if (n == 0 || errno != EINTR) {
        is_open_ = n < 0 && errno == EAGAIN;
        return;
      }
    }
  }

 private:
  Descriptor descriptor_;
  bool is_open_ = true;
};

struct Settings {
  explicit Settings(std::filesystem::path const& directory) {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    default_signals(attributes);
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
  /// In a process group of its own, its output into these.
  void capture(int out, int err) {
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    short flags = 0;
    posix_spawnattr_getflags(&attributes, &flags);
    posix_spawnattr_setflags(&attributes, static_cast<short>(flags | POSIX_SPAWN_SETPGROUP));
    posix_spawnattr_setpgroup(&attributes, 0);
  }
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

/// Words as the system takes them, a null behind the last; they must outlive it.
std::vector<char*> pointers_to(std::vector<std::string> const& words) {
  std::vector<char*> pointers;
  for (auto const& word : words) {
    pointers.push_back(const_cast<char*>(word.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

/// Starts the program; the reason if that fails.
std::string start(Command const& command, Settings const& settings, pid_t& pid) {
  auto const arguments = pointers_to(command.words);
  auto environment = pointers_to(command.environment);
  environment.pop_back();
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.push_back(*variable);
  }
  environment.push_back(nullptr);
  int const error = posix_spawnp(&pid,
                                 arguments.front(),
                                 &settings.actions,
                                 &settings.attributes,
                                 arguments.data(),
                                 environment.data());
  return error == 0 ? "" : command.words.front() + " cannot be started: " + std::strerror(error);
}

void take_end(int status, CommandResult& result) {
  if (WIFEXITED(status)) {
    result.exit_code = WEXITSTATUS(status);
  } else if (!result.is_late) {
    result.signal = WTERMSIG(status);
  }
}

/// A program under way.
struct Running {
  std::size_t index;
  pid_t pid;
  Clock::time_point deadline;
  Ear out, err;
};

/// Starts the program of a number; null, and the reason in its result, if that fails.
std::unique_ptr<Running> begin(Command const& command,
                               std::size_t index,
                               CommandLimits const& limits,
                               CommandResult& result) {
  auto out = make_pipe();
  auto err = make_pipe();
  if (!out || !err) {
    result.could_not_start = std::string("no pipe: ") + std::strerror(errno);
    return nullptr;
  }
  Settings settings(command.directory);
  settings.capture(out->writing.get(), err->writing.get());
  pid_t pid = -1;
  result.could_not_start = start(command, settings, pid);
  if (!result.could_not_start.empty()) {
    return nullptr;
  }
  return std::unique_ptr<Running>(new Running{index,
                                              pid,
                                              Clock::now() + limits.time,
                                              Ear(std::move(out->reading)),
                                              Ear(std::move(err->reading))});
}

/// Hears a program; true once it has ended or was ended for being late. The ends of its pipes do
/// not count: what it left behind in the background may hold them.
bool attend(Running& running, CommandLimits const& limits, CommandResult& result) {
  int status = 0;
  bool ended = ::waitpid(running.pid, &status, WNOHANG) == running.pid;
  if (!ended && Clock::now() >= running.deadline) {
    result.is_late = true;
    ::kill(-running.pid, SIGKILL);
    status = wait_for_end(running.pid).value_or(0);
    ended = true;
  }
  running.out.listen(result.out, limits.bytes, result.is_cut);
  running.err.listen(result.err, limits.bytes, result.is_cut);
  if (ended) {
    take_end(status, result);
  }
  return ended;
}

/// Waits a moment, or until one of them says something.
void wait_for_words(std::vector<std::unique_ptr<Running>> const& all) {
  constexpr int nap_ms = 10;
  std::vector<pollfd> watched;
  for (auto const& one : all) {
    watched.push_back(one->out.to_watch());
    watched.push_back(one->err.to_watch());
  }
  ::poll(watched.data(), watched.size(), nap_ms);
}

}  // namespace

std::string last_line(std::string const& text) {
  auto const end = text.find_last_not_of(" \t\r\n") + 1;
  auto const begin = text.substr(0, end).find_last_of("\r\n") + 1;
  auto line = text.substr(begin, end - begin);
  std::erase_if(line, [](unsigned char c) { return c < ' ' || c == 0x7f; });
  return line;
}

std::string CommandResult::how_it_ended() const {
  return exit_code     ? "exit code " + std::to_string(*exit_code)
         : signal != 0 ? "ended by signal " + std::to_string(signal)
                       : could_not_start;
}

std::string CommandResult::why() const {
  if (is_late) {
    return "it did not end in time";
  }
  if (is_cut) {
    return "it said more than can be kept";
  }
  auto const line = last_line(err.empty() ? out : err);
  auto const end = how_it_ended();
  return line.empty() ? end : line + (end.empty() ? "" : " (" + end + ")");
}

std::vector<CommandResult> run_commands(std::vector<Command> const& commands,
                                        std::size_t at_once,
                                        CommandLimits const& limits) {
  std::vector<CommandResult> results(commands.size());
  std::vector<std::unique_ptr<Running>> running;
  for (std::size_t next = 0; next < commands.size() || !running.empty();) {
    for (; next < commands.size() && running.size() < at_once; ++next) {
      if (auto one = begin(commands[next], next, limits, results[next])) {
        running.push_back(std::move(one));
      }
    }
    wait_for_words(running);
    std::erase_if(running, [&](std::unique_ptr<Running> const& one) {
      return attend(*one, limits, results[one->index]);
    });
  }
  return results;
}

CommandResult run_command(Command const& command, CommandLimits const& limits) {
  return run_commands({command}, 1, limits).front();
}

CommandResult run_in_front(Command const& command) {
  CommandResult result;
  Settings settings(command.directory);
  default_output(settings.actions);
  pid_t pid = -1;
  result.could_not_start = start(command, settings, pid);
  if (result.could_not_start.empty()) {
    take_end(wait_for_end(pid).value_or(0), result);
  }
  return result;
}

}  // namespace toyfarm::os
