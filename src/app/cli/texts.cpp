#include "app/cli/texts.hpp"

#include <memory>

#include "toyfarm/core/error.hpp"

#include "app/cli/binder.hpp"

namespace toyfarm::app {
namespace {

using Write = std::string(Command const&);

void add_completion(Command& program, std::optional<std::string>& text) {
  auto& completion = program.add("completion", "print the completion script of a shell");
  auto const write = std::make_shared<Write*>(nullptr);
  Binder(completion).positional("shell", "bash|zsh: the shell", [write](Words const& words) {
    for (auto const& word : words) {
      *write =
          one_of<Write*>("completion", word, {{"bash", bash_completion}, {"zsh", zsh_completion}});
    }
  });
  completion.finish = [write, &program, &text](GivenOptions const& /*given*/) {
    if (*write == nullptr) {
      throw core::UsageError("completion: name the shell, bash or zsh");
    }
    text = (*write)(program);
  };
}

void add_options(Command& program, std::optional<std::string>& text) {
  auto& options = program.add(
      "options", "list a command's options for scripts: what each decides, how many values, names");
  Binder(options).positionals("command", "the command's words", [&](Words const& words) {
    auto const* command = &program;
    for (auto const& word : words) {
      command = command->find_command(word);
      if (command == nullptr) {
        throw core::UsageError("options: there is no command '" + joined(words, " ") + "'");
      }
    }
    text = options_text(*command);
  });
  options.finish = [&](GivenOptions const& /*given*/) {
    text = text ? *text : options_text(program);
  };
}

}  // namespace

void add_text_commands(Command& program, std::optional<std::string>& text) {
  program.add("man", "print the manual page, for `man -l -`").finish =
      [&](GivenOptions const& /*given*/) { text = man_page(program); };
  add_completion(program, text);
  add_options(program, text);
}

}  // namespace toyfarm::app
