#pragma once
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// Programs that this one runs, without a shell; their input is empty.
namespace toyfarm::os {

struct Command {
  std::vector<std::string> words{};        ///< the first is looked up in PATH
  std::filesystem::path directory{};       ///< to run in; empty: this one
  std::vector<std::string> environment{};  ///< "NAME=VALUE", before this process's own
};

/// How a program went.
struct CommandResult {
  std::optional<int> exit_code;  ///< none: it was not started, was late, or a signal ended it
  std::string out, err;          ///< what it said, cut at the limit
  bool is_late = false;          ///< was ended because its time was over
  std::string could_not_start;   ///< why it was not started; empty if it was
  bool is_cut = false;           ///< said more than was kept
  int signal = 0;                ///< that ended it, unless it was late; 0: none did
  /// It did well and all that it said is here.
  [[nodiscard]] bool ok() const { return exit_code == 0 && !is_cut; }
  /// "exit code 1", "ended by signal 9" or why it was not started; empty if it was late.
  [[nodiscard]] std::string how_it_ended() const;
  /// One line of why it is not ok: the last that it said, or how it ended.
  [[nodiscard]] std::string why() const;
};

struct CommandLimits {
  std::chrono::milliseconds time{60'000};
  std::size_t bytes = std::size_t{1} << 28U;  ///< of each stream; what comes later is dropped
};

/// Runs programs side by side, `at_once` of them at a time, and keeps what they say. When the time
/// of one is over its process group is killed. [command]
[[nodiscard]] std::vector<CommandResult> run_commands(std::vector<Command> const& commands,
                                                      std::size_t at_once,
                                                      CommandLimits const& limits = {});
/// Runs one.
[[nodiscard]] CommandResult run_command(Command const& command, CommandLimits const& limits = {});

/// Runs a program that speaks for itself: its output goes where this one's goes, for as long as it
/// takes; signals of the terminal reach both.
[[nodiscard]] CommandResult run_in_front(Command const& command);

/// The last line of a text that says something, without control characters.
[[nodiscard]] std::string last_line(std::string const& text);

}  // namespace toyfarm::os
