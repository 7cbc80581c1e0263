#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The command line as a table. It stands once, in the bind functions of this folder; the parser,
// --help, the manual page, completions, `toyfarm options`, the record of a run, rendered jobs and
// the words for a started job all read it.
namespace toyfarm::app {

using Words = std::vector<std::string>;

/// What an option decides, from which follows where else it may be given.
enum class Role {
  command,    ///< something of its command alone
  study,      ///< what rows are: fixed by a frozen study and once a run has begun
  part,       ///< which toys of a study a run has and where it lies: fixed once it has begun
  single,     ///< something else than a run
  conduct,    ///< how a job runs: jobs of a batch system get it as given
  guardrail,  ///< what results must keep to
  launch,     ///< how a job is started over hosts: the started program does not get it
  batch,      ///< what a batch system is told
  legacy      ///< nothing: accepted for old command lines
};
[[nodiscard]] std::string_view to_string(Role role);

struct Option {
  std::vector<std::string> names;  ///< with dashes; one bare name for a positional
  std::string value;               ///< "FILE", "LOW HIGH", "init|mle"; empty for a flag
  std::string help;
  std::string group;
  Role role = Role::command;
  int n_values = 0;  ///< that follow one name: 0 for a flag
  bool is_positional = false;
  bool is_required = false;
  bool is_repeatable = false;
  /// Takes the values given; may throw core::UsageError. None: the parser sees to it (--help).
  std::function<void(Words const&)> take = nullptr;

  /// The first long name, by which it is known in records.
  [[nodiscard]] std::string const& name() const;
  /// The words among `value`, if it is a choice: "init|mle" has two, "auto|N" has one.
  [[nodiscard]] Words words() const;
};

/// An option as it was given.
struct Given {
  std::string name;
  Role role = Role::command;
  Words values;  ///< none for a flag
};

/// What was given on a command line, in the table's order.
class GivenOptions {
 public:
  void add(Given given) { given_.push_back(std::move(given)); }
  [[nodiscard]] bool contains(std::string_view name) const;
  [[nodiscard]] bool contains(Role role) const;
  [[nodiscard]] auto begin() const { return given_.begin(); }
  [[nodiscard]] auto end() const { return given_.end(); }

 private:
  std::vector<Given> given_;
};

struct Command {
  std::string path;  ///< "toyfarm sweep render"
  std::string name;
  std::vector<std::string> aliases;
  std::string help;
  std::vector<Option> options;    ///< positionals among them
  std::vector<Command> commands;  ///< nested to any depth
  /// Completes and checks what the options have filled in. Throws core::UsageError.
  std::function<void(GivenOptions const&)> finish = nullptr;

  /// Groups in order of first appearance, the default ("Options") last.
  [[nodiscard]] std::vector<std::string> groups() const;
  /// "toyfarm sweep [OPTIONS] COMMAND ..."
  [[nodiscard]] std::string usage() const;
  /// The option of a name with its dashes, or null.
  [[nodiscard]] Option const* find(std::string_view name) const;
  /// The command of a name or alias in this one, or null.
  [[nodiscard]] Command const* find_command(std::string_view name) const;
  /// A new command in this one.
  Command& add(std::string name, std::string help);
};

/// A program without commands, but for its --help.
[[nodiscard]] Command program(std::string name, std::string help);

/// The text of --help, of at most `width` columns where words allow.
[[nodiscard]] std::string help_text(Command const& command, std::size_t width = 100);

/// The manual page in troff, for man(7) macros.
[[nodiscard]] std::string man_page(Command const& program);

/// Completion scripts to be sourced, or put where the shell looks for them.
[[nodiscard]] std::string bash_completion(Command const& program);
[[nodiscard]] std::string zsh_completion(Command const& program);

/// For scripts: a line per option with its role, the number of values that follow it, its names.
[[nodiscard]] std::string options_text(Command const& command);

/// `words` of a command line for a process that it starts: without options of the roles launch and
/// legacy, and their values.
[[nodiscard]] Words words_for_job(Command const& command, Words const& words);

/// `words` with `between` between them.
[[nodiscard]] std::string joined(Words const& words, std::string const& between);

}  // namespace toyfarm::app
