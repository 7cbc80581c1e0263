#include "app/cli/texts.hpp"

#include <memory>

#include "toyfarm/core/error.hpp"

#include "app/cli/binder.hpp"
#include "app/cli/spec_schema.hpp"

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

/// The command that `words` name in `program`.
Command const& command_of(Command const& program, std::string const& asking, Words const& words) {
  auto const* command = &program;
  for (auto const& word : words) {
    command = command->find_command(word);
    if (command == nullptr) {
      throw core::UsageError(asking + ": there is no command '" + joined(words, " ") + "'");
    }
  }
  return *command;
}

void add_options(Command& program, std::optional<std::string>& text) {
  auto& options = program.add(
      "options", "list a command's options for scripts: what each decides, how many values, names");
  Binder(options).positionals("command", "the command's words", [&](Words const& words) {
    text = options_text(command_of(program, "options", words));
  });
  options.finish = [&](GivenOptions const& /*given*/) {
    text = text ? *text : options_text(program);
  };
}

void add_help(Command& program, std::optional<std::string>& text) {
  auto& help = program.add(
      "help", "tell of a command, of the fields of a spec, of the densities, or of HS3");
  Binder(help).positionals(
      "topic", "a command's words, or spec, or pdfs, or hs3", [&](Words const& words) {
        text = words == Words{"spec"}   ? spec_help()
               : words == Words{"pdfs"} ? pdf_help()
               : words == Words{"hs3"}  ? hs3_help()
                                        : help_text(command_of(program, "help", words));
      });
  help.finish = [&](GivenOptions const& /*given*/) { text = text ? *text : help_text(program); };
}

}  // namespace

void add_text_commands(Command& program, std::optional<std::string>& text) {
  program.add("man", "print the manual page, for `man -l -`").finish =
      [&](GivenOptions const& /*given*/) { text = man_page(program); };
  add_completion(program, text);
  add_options(program, text);
  add_help(program, text);
  program.add("schema", "print the JSON Schema of specs, for editors and checks").finish =
      [&](GivenOptions const& /*given*/) { text = spec_schema(); };
}

}  // namespace toyfarm::app
