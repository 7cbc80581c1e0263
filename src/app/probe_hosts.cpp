#include "app/probe_hosts.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/process.hpp"
#include "toyfarm/parallel/addresses.hpp"
#include "toyfarm/parallel/launcher.hpp"

namespace toyfarm::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int usual_jobs = 32;
constexpr int time_to_log_in_s = 5;  // beyond the time to connect

/// One command under way: a process group of its own, its standard error in a pipe.
struct Running {
  std::size_t index = 0;
  pid_t pid = -1;
  int pipe = -1;
  Clock::time_point deadline;
  std::string said;
  bool is_late = false;
  int status = 0;  ///< once it has ended
};

struct SpawnSettings {
  explicit SpawnSettings(int error_pipe) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, error_pipe, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    core::default_signals(attributes);
  }
  SpawnSettings(SpawnSettings const&) = delete;
  SpawnSettings& operator=(SpawnSettings const&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

/// Starts a command; an error text instead if that fails.
std::string start(std::vector<std::string> const& words, Running& running) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return std::string("no pipe: ") + std::strerror(errno);
  }
  std::vector<char*> arguments;
  for (auto const& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  SpawnSettings const settings(ends[1]);
  int const error = posix_spawnp(&running.pid,
                                 arguments.front(),
                                 &settings.actions,
                                 &settings.attributes,
                                 arguments.data(),
                                 environ);
  ::close(ends[1]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  if (error != 0) {
    ::close(ends[0]);
    return words.front() + " cannot be started: " + std::strerror(error);
  }
  running.pipe = ends[0];
  return "";
}

/// The last line that says something, without control characters.
std::string last_line(std::string const& text) {
  std::string line;
  std::string current;
  for (char const c : text + "\n") {
    if (c == '\n' || c == '\r') {
      line = current.empty() ? line : current;
      current.clear();
    } else if (static_cast<unsigned char>(c) >= ' ' && c != '\x7f') {
      current += c;
    }
  }
  return line;
}

/// Takes what has been said so far.
void listen_to(Running& running) {
  constexpr std::size_t enough = 1 << 16U;
  std::array<char, 4096> buffer{};
  for (auto n = ::read(running.pipe, buffer.data(), buffer.size()); n > 0;
       n = ::read(running.pipe, buffer.data(), buffer.size())) {
    if (running.said.size() < enough) {
      running.said.append(buffer.data(), static_cast<std::size_t>(n));
    }
  }
}

/// True once the command has ended or was ended for being late. The end of its pipe is not waited
/// for: a connection that ssh keeps open for later (ControlPersist) holds it.
bool has_ended(Running& running) {
  listen_to(running);
  if (::waitpid(running.pid, &running.status, WNOHANG) == running.pid) {
    return true;
  }
  if (Clock::now() < running.deadline) {
    return false;
  }
  running.is_late = true;
  ::kill(-running.pid, SIGKILL);
  while (::waitpid(running.pid, &running.status, 0) < 0 && errno == EINTR) {
  }
  return true;
}

ProbeResult finish(Running& running, int seconds) {
  listen_to(running);
  ::close(running.pipe);
  int const status = running.status;
  if (running.is_late) {
    return {false, "no answer within " + std::to_string(seconds) + " s"};
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    return {true, ""};
  }
  auto line = last_line(running.said);
  if (line.empty()) {
    line = WIFEXITED(status) ? "exit code " + std::to_string(WEXITSTATUS(status))
                             : "ended by signal " + std::to_string(WTERMSIG(status));
  }
  return {false, line};
}

}  // namespace

std::vector<ProbeResult> run_probes(std::vector<std::vector<std::string>> const& commands,
                                    int jobs,
                                    int seconds) {
  constexpr std::chrono::milliseconds nap{5};
  auto const most = static_cast<std::size_t>(jobs > 0 ? jobs : usual_jobs);
  std::vector<ProbeResult> results(commands.size());
  std::vector<Running> running;
  for (std::size_t next = 0; next < commands.size() || !running.empty();) {
    for (; next < commands.size() && running.size() < most; ++next) {
      Running one;
      one.index = next;
      one.deadline = Clock::now() + std::chrono::seconds(seconds);
      results[next].error = start(commands[next], one);
      if (results[next].error.empty()) {
        running.push_back(std::move(one));
      }
    }
    std::erase_if(running, [&](Running& one) {
      bool const ended = has_ended(one);
      if (ended) {
        results[one.index] = finish(one, seconds);
      }
      return ended;
    });
    if (!running.empty()) {
      std::this_thread::sleep_for(nap);
    }
  }
  return results;
}

parallel::RemoteShell remote_shell_of(FarmOptions const& options) {
  auto const setting = [](char const* name) {
    char const* const value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  auto const exists = [](std::string const& program) {
    if (program.find('/') != std::string::npos) {
      return ::access(program.c_str(), X_OK) == 0;
    }
    char const* const path = std::getenv("PATH");
    std::string folders(path != nullptr ? path : "/usr/bin:/bin");
    for (std::size_t begin = 0; begin <= folders.size();) {
      auto const end = std::min(folders.find(':', begin), folders.size());
      if (::access((folders.substr(begin, end - begin) + "/" + program).c_str(), X_OK) == 0) {
        return true;
      }
      begin = end + 1;
    }
    return false;
  };
  auto shell = parallel::remote_shell(
      setting("OMPI_MCA_plm_rsh_agent"), setting("OMPI_MCA_plm_rsh_args"), exists);
  shell.key = options.ssh_key;
  shell.connect_timeout_s = options.connect_timeout_s;
  return shell;
}

std::vector<ProbeResult> probe_hosts(std::vector<parallel::HostEntry> const& hosts,
                                     FarmOptions const& options) {
  auto const shell = remote_shell_of(options);
  auto const here = parallel::local_report();
  std::vector<std::vector<std::string>> commands;
  for (auto const& host : hosts) {
    auto const addresses = parallel::addresses_of(host.host);
    bool const is_here =
        host.host == "localhost" || parallel::same_host(host.host, here.host) ||
        std::ranges::any_of(addresses, [&here](std::string const& address) {
          return std::ranges::find(here.addresses, address) != here.addresses.end();
        });
    // mpirun starts ranks on its own host itself.
    commands.push_back(is_here ? std::vector<std::string>{"true"}
                               : parallel::probe_words(shell, host, options.login));
  }
  return run_probes(commands, options.jobs, options.connect_timeout_s + time_to_log_in_s);
}

}  // namespace toyfarm::app
