#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "toyfarm/os/command.hpp"

namespace toyfarm::batch {

using os::CommandResult;

/// What runs programs of a batch system; tests put their own here.
using RunCommand = std::function<CommandResult(std::vector<std::string> const& words,
                                               std::filesystem::path const& directory)>;

/// os::run_command with its usual limits.
[[nodiscard]] inline RunCommand usual_runner() {
  return [](std::vector<std::string> const& words, std::filesystem::path const& directory) {
    return os::run_command({words, directory, {}});
  };
}

}  // namespace toyfarm::batch
