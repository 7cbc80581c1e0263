#include <array>
#include <string_view>
#include <utility>

#include "app/cli/option_table.hpp"

namespace toyfarm::app {
namespace {

using Items = std::pair<std::string_view, std::string_view>;

constexpr std::string_view description =
    "Ensembles of unbinned toy fits for particle physics: reads a model spec, generates and fits "
    "toys on all ranks of an MPI job with threads inside every rank, and publishes merged results "
    "and a manifest from rank 0. Toy i is a pure function of spec, generation point, seed and i: "
    "results are the same, byte for byte, for any ranks, threads and shards.";

constexpr std::string_view about_local =
    "toyfarm-local is the same program linked without MPI, for login nodes, batch queues without "
    "MPI and HTCondor. It has every command, and runs toys on one process: parts of a study "
    "(--shard) are put together by merge.";

constexpr std::array exit_codes{
    Items{"0", "Complete."},
    Items{"1",
          "A guardrail failed, a fit did not converge, too many toys failed, or a host cannot be "
          "reached."},
    Items{"64", "The command line cannot be obeyed."},
    Items{"65", "A mistake in the spec or in data."},
    Items{"66", "An input is not there or not a regular file."},
    Items{"70", "A defect of this program, or of what it runs on."},
    Items{"73", "An output cannot or may not be made."},
    Items{"74", "Reading or writing failed halfway."},
    Items{"75",
          "Stopped by a signal or a time limit; toys --resume goes on (--checkpoint-exit-code)."},
    Items{"76", "Toys are missing."}};

constexpr std::array environment{
    Items{"TOYFARM_ISA",
          "Instruction set to use instead of the widest there is: avx512, avx2, sse4 or generic."},
    Items{"TOYFARM_EXIT_CODE_FILE",
          "File, which must be there, for rank 0 to leave its exit code in: launchers may return "
          "another."},
    Items{"TMPDIR", "Where rows of a run without a run directory (-o alone) wait."},
    Items{"OMPI_MCA_plm_rsh_agent, OMPI_MCA_plm_rsh_args",
          "How Open MPI reaches hosts; --hosts-file and hosts --check go the same way."},
    Items{"OMPI_COMM_WORLD_RANK, PMIX_RANK, PMI_RANK",
          "Set by launchers: this process is a rank of a job."}};

constexpr std::array files{
    Items{"RUN_DIR/manifest.json",
          "Plan and result of every rank, versions, hashes of the files. Trust what it names."},
    Items{"RUN_DIR/merged.out.json", "Summary, guardrails and arrays of results."},
    Items{"RUN_DIR/toys.h5", "Every toy's row."},
    Items{"RUN_DIR/status.json", "How the run stands; written every second."},
    Items{"RUN_DIR/journal.toyfarm", "Rows as they came, for toys --resume and publish."}};

constexpr std::array examples{
    Items{"mpirun -n 2 --bind-to none toyfarm toys --config spec.json --n-toys 1000 --seed 7",
          "A thousand toys on two ranks."},
    Items{"srun --mpi=pmix toyfarm toys --resume runs/a",
          "Goes on with a run that was stopped or killed."},
    Items{"toyfarm-local toys --config spec.json --n-toys 1000 --shard 3/10 -o 3.json",
          "A tenth of a study, without MPI."},
    Items{"toyfarm merge --input 0.json --input 1.json --out merged.out.json",
          "Puts parts together."},
    Items{"toyfarm completion bash > ~/.local/share/bash-completion/completions/toyfarm",
          "Completion in bash."}};

/// Text as troff prints it: no character of it is a request or an escape.
std::string plain(std::string_view text) {
  std::string out = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (char const c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) {
  return "\\fB" + plain(text) + "\\fR";
}

std::string italic(std::string_view text) {
  return "\\fI" + plain(text) + "\\fR";
}

std::string item(std::string const& tag, std::string_view text) {
  return ".TP\n" + tag + "\n" + plain(text) + "\n";
}

template <std::size_t n>
std::string section(std::string const& title, std::array<Items, n> const& items) {
  auto text = ".SH " + title + "\n";
  for (auto const& [tag, what] : items) {
    text += item(bold(tag), what);
  }
  return text;
}

std::string option_item(Option const& option) {
  std::string tag;
  for (auto const& name : option.names) {
    tag += (tag.empty() ? "" : ", ") + (option.is_positional ? italic(name) : bold(name));
  }
  if (!option.is_positional && !option.value.empty()) {
    tag += ' ';
    tag += italic(option.value);
  }
  return item(tag, option.help + (option.is_required ? " (required)" : ""));
}

/// One subsection per command, nested ones after what they are nested in.
std::string command_sections(Command const& command) {
  auto text = ".SS \"" + plain(command.usage()) + "\"\n" + plain(command.help) + ".\n";
  if (!command.aliases.empty()) {
    text += "Also known as " + plain(joined(command.aliases, ", ")) + ".\n";
  }
  for (auto const& option : command.options) {
    text += option.is_positional ? option_item(option) : "";
  }
  for (auto const& group : command.groups()) {
    text += ".PP\n" + bold(group) + "\n";
    for (auto const& option : command.options) {
      text += !option.is_positional && option.group == group ? option_item(option) : "";
    }
  }
  for (auto const& sub : command.commands) {
    text += command_sections(sub);
  }
  return text;
}

}  // namespace

std::string man_page(Command const& program) {
  auto const name = plain(program.name);
  std::string text = ".TH TOYFARM 1 \"\" \"" + name + "\" \"User Commands\"\n.ad l\n.nh\n";
  text += ".SH NAME\n" + name + ", " + name + "\\-local \\- " + plain(program.help) + "\n";
  text += ".SH SYNOPSIS\n" + bold(program.name) + " " + italic("COMMAND") + " [" +
          italic("OPTIONS") + "]\n.br\n" + bold(program.name + "-local") + " " + italic("COMMAND") +
          " [" + italic("OPTIONS") + "]\n";
  text += ".SH DESCRIPTION\n" + plain(description) + "\n.PP\n" + plain(about_local) + "\n";
  text += ".SH OPTIONS\n";
  for (auto const& option : program.options) {
    text += option_item(option);
  }
  text += ".SH COMMANDS\n";
  for (auto const& command : program.commands) {
    text += command_sections(command);
  }
  return text + section("\"EXIT STATUS\"", exit_codes) + section("ENVIRONMENT", environment) +
         section("FILES", files) + section("EXAMPLES", examples);
}

}  // namespace toyfarm::app
