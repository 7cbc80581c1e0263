#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
}

// The command line as a table, read off the parser: --help, the manual page and the completions are
// made of it, so that none of them can lack what the parser has.
namespace toyfarm::app {

struct OptionEntry {
  std::vector<std::string> names;  ///< with dashes; one bare name for a positional
  std::string value;               ///< "FILE", "LOW HIGH", "init|mle"; empty for a flag
  std::string help;
  std::string group;
  bool is_positional = false;
  bool is_required = false;
  bool is_repeatable = false;
  /// The words among `value`, if it is a choice: "init|mle" has two, "auto|N" has one.
  [[nodiscard]] std::vector<std::string> words() const;
};

struct CommandEntry {
  std::string path;  ///< "toyfarm sweep render"
  std::string name;
  std::vector<std::string> aliases;
  std::string help;
  std::vector<OptionEntry> options;    ///< positionals among them
  std::vector<CommandEntry> commands;  ///< nested to any depth
  /// Groups in order of first appearance, the parser's default ("Options") last.
  [[nodiscard]] std::vector<std::string> groups() const;
  /// "toyfarm sweep [OPTIONS] COMMAND ..."
  [[nodiscard]] std::string usage() const;
};

/// `app` with all its commands; `parents` is what the command line has before its name.
[[nodiscard]] CommandEntry table_of(CLI::App const& app, std::string const& parents = "");

/// The text of --help, of at most `width` columns where words allow.
[[nodiscard]] std::string help_text(CommandEntry const& command, std::size_t width = 100);

/// The manual page in troff, for man(7) macros.
[[nodiscard]] std::string man_page(CommandEntry const& program);

/// Completion scripts to be sourced, or put where the shell looks for them.
[[nodiscard]] std::string bash_completion(CommandEntry const& program);
[[nodiscard]] std::string zsh_completion(CommandEntry const& program);

/// `words` with `between` between them.
[[nodiscard]] std::string joined(std::vector<std::string> const& words, std::string const& between);

}  // namespace toyfarm::app
