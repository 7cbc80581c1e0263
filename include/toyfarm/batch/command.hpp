#pragma once
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace toyfarm::batch {

/// How a program went.
struct CommandResult {
  std::optional<int> exit_code;  ///< none: it was not started, was late, or a signal ended it
  std::string out, err;          ///< what it said, cut at the limit
  bool is_late = false;          ///< was ended because its time was over
  std::string could_not_start;   ///< why it was not started; empty if it was
  bool is_cut = false;           ///< said more than was kept
  /// It did well and all that it said is here.
  [[nodiscard]] bool ok() const { return exit_code == 0 && !is_cut; }
  /// One line of why it is not ok: the last that it said, or how it ended.
  [[nodiscard]] std::string why() const;
};

struct CommandLimits {
  std::chrono::milliseconds time{60'000};
  std::size_t bytes = std::size_t{1} << 28U;  ///< of each stream; what comes later is dropped
};

/// Runs a program, looked up in PATH, with these words and no shell, its input empty, in
/// `directory` (empty: this one). When its time is over its process group is killed.
[[nodiscard]] CommandResult run_command(std::vector<std::string> const& words,
                                        std::filesystem::path const& directory = {},
                                        CommandLimits const& limits = {});

/// Runs a program that speaks for itself: its output goes where this one's goes, for as long as it
/// takes; signals of the terminal reach both.
[[nodiscard]] CommandResult run_in_front(std::vector<std::string> const& words,
                                         std::filesystem::path const& directory = {});

/// What runs programs of a batch system; tests put their own here.
using RunCommand = std::function<CommandResult(std::vector<std::string> const& words,
                                               std::filesystem::path const& directory)>;

/// run_command with its usual limits.
[[nodiscard]] RunCommand usual_runner();

}  // namespace toyfarm::batch
