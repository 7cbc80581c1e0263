#include "app/cli_texts.hpp"

#include <CLI/CLI.hpp>

#include "toyfarm/core/error.hpp"

#include "app/cli_binder.hpp"

namespace toyfarm::app {

TextCommands::TextCommands(CLI::App& app)
    : app_(app),
      man_(app.add_subcommand("man", "print the manual page, for `man -l -`")),
      completion_(app.add_subcommand("completion", "print the completion script of a shell")) {
  Binder(*completion_).positional("shell", "bash|zsh: the shell", [this](auto const& words) {
    for (auto const& word : words) {
      write_ =
          one_of<Write*>("completion", word, {{"bash", bash_completion}, {"zsh", zsh_completion}});
    }
  });
}

std::optional<std::string> TextCommands::take() const {
  if (man_->parsed()) {
    return man_page(table_of(app_));
  }
  if (completion_->parsed()) {
    if (write_ == nullptr) {
      throw core::UsageError("completion: name the shell, bash or zsh");
    }
    return write_(table_of(app_));
  }
  return std::nullopt;
}

std::string help_of(CLI::App const& app) {
  std::string parents;
  auto const* chosen = &app;
  while (!chosen->get_subcommands().empty()) {
    parents += (parents.empty() ? "" : " ") + chosen->get_name();
    chosen = chosen->get_subcommands().front();
  }
  return help_text(table_of(*chosen, parents));
}

}  // namespace toyfarm::app
