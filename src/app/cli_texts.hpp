#pragma once
#include <optional>
#include <string>

#include "app/cli_table.hpp"

namespace toyfarm::app {

/// The commands that tell of the program itself: `man` and `completion`.
class TextCommands {
 public:
  /// Adds them to `app`, which must outlive this object.
  explicit TextCommands(CLI::App& app);
  /// The text that was asked for, if one was. Throws core::UsageError.
  [[nodiscard]] std::optional<std::string> take() const;

 private:
  using Write = std::string(CommandEntry const&);
  CLI::App const& app_;
  CLI::App const* man_;
  CLI::App* completion_;
  Write* write_ = nullptr;
};

/// --help of the innermost command that was named.
[[nodiscard]] std::string help_of(CLI::App const& app);

}  // namespace toyfarm::app
