#include "toyfarm/hosts/mpirun.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/os/descriptor.hpp"
#include "toyfarm/os/process.hpp"

namespace toyfarm::hosts {
namespace {

using Clock = std::chrono::steady_clock;

// Ranks speak on standard error, which mpirun brings here from every host: no other way is certain
// to be open. A line from the record separator to its end is for the watcher alone.
constexpr std::string_view mark = "\036toyfarm ";
constexpr std::string_view begun = "begun";
constexpr std::string_view verdict = "verdict ";

constexpr double seconds_after_verdict = 10;
constexpr double seconds_to_die = 3;
constexpr int look_every_ms = 50;

constexpr std::array passed_on{SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT};
// A signal handler can reach nothing else. What the terminal sends reaches mpirun by itself.
std::array<volatile std::sig_atomic_t, passed_on.size()> caught{};

extern "C" void note_for_mpirun(int number, siginfo_t* info, void* /*context*/) {
  for (std::size_t i = 0; i < passed_on.size(); ++i) {
    if (passed_on[i] == number && info->si_code <= 0) {
      caught[i] = 1;
    }
  }
}

void catch_signals() {
  struct sigaction action {};
  action.sa_sigaction = note_for_mpirun;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (int const number : passed_on) {
    sigaction(number, &action, nullptr);
  }
}

void tell(std::string_view word, char const* number) noexcept {
  if (std::getenv(watched_variable) != nullptr) {
    std::fprintf(stderr,
                 "%.*s%.*s%s\n",
                 static_cast<int>(mark.size()),
                 mark.data(),
                 static_cast<int>(word.size()),
                 word.data(),
                 number);
    std::fflush(stderr);
  }
}

/// Where nobody reads what the job says, it goes on.
void say(std::string_view text) {
  static_cast<void>(os::write_all(STDERR_FILENO, text));
}

/// What the ranks tell, taken out of mpirun's standard error; the rest goes on to ours.
class Ears {
 public:
  explicit Ears(int descriptor) : descriptor_(descriptor) {}

  /// False at the end of the stream.
  bool listen() {
    std::array<char, 4096> buffer{};
    auto const n = ::read(descriptor_, buffer.data(), buffer.size());
    if (n > 0) {
      held_.append(buffer.data(), static_cast<std::size_t>(n));
      pass_on();
    }
    return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
  }
  [[nodiscard]] bool has_begun() const noexcept { return has_begun_; }
  [[nodiscard]] std::optional<int> code() const noexcept { return code_; }

 private:
  void pass_on() {
    for (auto at = held_.find(mark.front()); at != std::string::npos;
         at = held_.find(mark.front(), at)) {
      auto const end = held_.find('\n', at);
      if (end == std::string::npos && mark.starts_with(held_.substr(at, mark.size()))) {
        say(std::string_view(held_).substr(0, at));
        held_.erase(0, at);  // a line that has not come whole yet
        return;
      }
      if (held_.compare(at, mark.size(), mark) != 0) {
        ++at;  // somebody else's
        continue;
      }
      take(std::string_view(held_).substr(at + mark.size(), end - at - mark.size()));
      held_.erase(at, end - at + 1);
    }
    say(held_);
    held_.clear();
  }
  void take(std::string_view word) {
    has_begun_ = true;
    if (word.starts_with(verdict)) {
      word.remove_prefix(verdict.size());
      int code = 0;
      if (std::from_chars(word.data(), word.data() + word.size(), code).ec == std::errc()) {
        code_ = code;
      }
    }
  }
  int descriptor_;
  std::string held_;
  bool has_begun_ = false;
  std::optional<int> code_;
};

/// mpirun, whose standard error comes through a pipe, and who gets SIGTERM when this process dies.
class Child {
 public:
  explicit Child(std::vector<std::string> const& words) {
    auto said = os::make_pipe();
    auto failed = os::make_pipe();
    if (!said || !failed) {
      throw core::RuntimeFailure(core::ExitCode::io_error,
                                 std::string("no pipe for mpirun: ") + std::strerror(errno));
    }
    pid_ = ::fork();
    if (pid_ == 0) {
      become(words, said->writing.get(), failed->writing.get());
    }
    int error = pid_ < 0 ? errno : 0;
    static_cast<void>(failed->writing.close());
    pipe_ = std::move(said->reading);
    if (pid_ > 0 && ::read(failed->reading.get(), &error, sizeof error) == sizeof error) {
      static_cast<void>(os::wait_for_end(pid_));
    }
    if (error != 0) {
      throw core::RuntimeFailure(core::ExitCode::no_input,
                                 std::string("mpirun cannot be started: ") + std::strerror(error) +
                                     "; is Open MPI installed, and its module loaded?");
    }
  }
  Child(Child const&) = delete;
  Child& operator=(Child const&) = delete;
  ~Child() {
    if (!status_) {
      ::kill(pid_, SIGKILL);
      static_cast<void>(os::wait_for_end(pid_));
    }
  }
  [[nodiscard]] int pipe() const noexcept { return pipe_.get(); }
  void signal(int number) const noexcept { ::kill(pid_, number); }
  /// Its exit code once it has ended, as a shell counts.
  std::optional<int> ended() {
    int status = 0;
    if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return status_;
  }

 private:
  [[noreturn]] static void become(std::vector<std::string> const& words,
                                  int error_pipe,
                                  int failed) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::dup2(error_pipe, STDERR_FILENO);
    std::vector<char*> arguments;
    for (auto const& word : words) {
      arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    os::prepare_exec();
    ::execvp(arguments.front(), arguments.data());
    int const error = errno;
    static_cast<void>(!::write(failed, &error, sizeof error));
    ::_exit(127);
  }
  pid_t pid_ = -1;
  os::Descriptor pipe_;
  std::optional<int> status_;
};

void pass_signals_to(Child const& child) {
  for (std::size_t i = 0; i < passed_on.size(); ++i) {
    if (caught[i] != 0) {
      caught[i] = 0;
      child.signal(passed_on[i]);
    }
  }
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Looks for what the ranks say until mpirun has ended or `is_enough`.
template <class Enough>
void watch(Child& child, Ears& ears, Enough const& is_enough) {
  bool is_open = true;
  while (!child.ended() && !is_enough()) {
    pass_signals_to(child);
    pollfd poll_for{is_open ? child.pipe() : -1, POLLIN, 0};
    if (::poll(&poll_for, 1, look_every_ms) > 0) {
      is_open = ears.listen();
    }
  }
  while (is_open && ::fcntl(child.pipe(), F_SETFL, O_NONBLOCK) == 0) {
    pollfd poll_for{child.pipe(), POLLIN, 0};
    is_open = ::poll(&poll_for, 1, 0) > 0 && ears.listen();
  }
}

/// Ends mpirun, by force if need be.
void end(Child& child, Ears& ears) {
  child.signal(SIGTERM);
  auto const since = Clock::now();
  watch(child, ears, [&] { return seconds_since(since) > seconds_to_die; });
}

}  // namespace

void tell_begun() noexcept {
  tell(begun, "");
}

void tell_verdict(int code) noexcept {
  std::array<char, 16> number{};
  std::to_chars(number.data(), number.data() + number.size() - 1, code);
  tell(verdict, number.data());
}

void leave_exit_code(int code) noexcept {
  if (char const* const name = std::getenv("TOYFARM_EXIT_CODE_FILE")) {
    if (auto* const file = std::fopen(name, "r+")) {
      std::fprintf(file, "%d\n", code);
      std::fclose(file);
    }
  }
}

int run_mpirun(std::vector<std::string> const& words, double seconds_to_start) {
  catch_signals();
  Child child(words);
  Ears ears(child.pipe());
  auto const start = Clock::now();
  watch(child, ears, [&] { return ears.has_begun() || seconds_since(start) > seconds_to_start; });
  if (!child.ended() && !ears.has_begun()) {
    end(child, ears);
    throw core::Error(core::ExitCode::check_failed,
                      "mpirun has started no process within " +
                          std::to_string(static_cast<int>(seconds_to_start)) +
                          " s: a host does not answer, or cannot reach this one; "
                          "`toyfarm hosts --check` tells which, --drop-unreachable leaves it out");
  }
  watch(child, ears, [&] { return ears.code().has_value(); });
  auto const since = Clock::now();
  watch(child, ears, [&] { return seconds_since(since) > seconds_after_verdict; });
  if (!child.ended()) {
    core::log_warn(
        "mpirun waits for a host that does not answer any more; it is ended, the run is over");
    end(child, ears);
  }
  return ears.code() ? *ears.code() : child.ended().value_or(128 + SIGKILL);
}

}  // namespace toyfarm::hosts
