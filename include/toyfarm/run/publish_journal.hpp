#pragma once
#include <string>

namespace toyfarm::run {

/// What is to be published of a run that no process carries on.
struct PublishOrder {
  std::string directory;
  bool allow_partial = false;  ///< missing toys are no failure
  bool take_over = false;      ///< though another process holds the journal
  std::string command_line;
};

/// Writes what a run's journal holds, after the run was killed or stopped. Returns the exit code.
[[nodiscard]] int publish_journal(PublishOrder const& order);

}  // namespace toyfarm::run
