#include "app/cli/command_line.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "toyfarm/core/error.hpp"
#include "toyfarm/run/versions.hpp"

#include "app/cli/binder.hpp"
#include "app/cli/farm.hpp"
#include "app/cli/fit.hpp"
#include "app/cli/parser.hpp"
#include "app/cli/questions.hpp"
#include "app/cli/render.hpp"
#include "app/cli/report.hpp"
#include "app/cli/run.hpp"
#include "app/cli/sweep.hpp"
#include "app/cli/texts.hpp"
#include "app/cli/toys.hpp"

namespace toyfarm::app {
namespace {

void bind_bench(Binder& b, BenchOptions& o) {
  bind_study(b, o.toys);
  b.n_toys("toys to run (default: for a second)", [&o](std::uint64_t n) { o.how.n_toys = n; });
  b.text("--threads", "N: threads (default 1)", [&o](std::string const& word) {
    auto const n = count("--threads", word);
    if (n == 0 || n > 1024) {
      throw core::UsageError("--threads: '" + word + "' is not between 1 and 1024");
    }
    o.how.threads = static_cast<int>(n);
  });
  b.flag("--json", "print JSON", [&o] { o.json = true; });
}

void bind_merge(Binder& b, batch::MergeOrder& o) {
  b.text("--manifest",
         "FILE: manifest of a rendered run, whose shards are the pieces",
         [&o](std::string const& word) { o.manifest = word; });
  b.many("--input",
         "PIECE: run directory, toys.h5, or the JSON of a --shard run; repeat for each",
         [&o](auto const& words) { o.inputs.insert(o.inputs.end(), words.begin(), words.end()); });
  b.positionals("inputs", "the same without --input", [&o](auto const& words) {
    o.inputs.insert(o.inputs.end(), words.begin(), words.end());
  });
  b.required_text("-o,--out,--output",
                  "FILE: merged JSON; toys.h5 is written beside it",
                  [&o](std::string const& word) { o.output = word; });
  b.flag("--force", "replace an existing output file", [&o] { o.force = true; });
  b.flag("--allow-partial", "accept missing toys; the result is marked partial", [&o] {
    o.allow_partial = true;
  });
  b.flag("--accept-unverified",
         "the pieces are results of nextstat, which do not say what spec and data they are of",
         [&o] { o.accept_unverified = true; });
  b.guardrails(o.guardrails);
}

/// The command line with `--extra-arg=WORD` and `--extra-arg WORD` replaced by WORD: the old
/// launcher handed such words to the program.
std::vector<std::string> with_extra_words(int argc, char const* const* argv) {
  std::string const option = "--extra-arg";
  std::vector<std::string> words;
  for (int i = 0; i < argc; ++i) {
    std::string const word = argv[i];
    if (word == option && i + 1 < argc) {
      words.emplace_back(argv[++i]);
    } else {
      words.push_back(word.starts_with(option + "=") ? word.substr(option.size() + 1) : word);
    }
  }
  return words;
}

std::string joined_words(int argc, char const* const* argv) {
  std::string line;
  for (int i = 0; i < argc; ++i) {
    line += (i == 0 ? "" : " ") + std::string(argv[i]);
  }
  return line;
}

/// The commands with their options; the one that is finished hands its own over.
class Commands {
 public:
  explicit Commands(Command& program) : parent_(&program) {}

  /// The same for the commands of `parent`.
  [[nodiscard]] Commands in(Command& parent) const {
    Commands out(*this);
    out.parent_ = &parent;
    return out;
  }

  /// `check` completes and checks the options once they are parsed. The command that is returned
  /// moves when another one is added.
  template <class Options, class Check>
  Command& add(std::string const& name,
               std::string const& help,
               void (*bind)(Binder&, Options&),
               Check check) const {
    auto& command = parent_->add(name, help);
    auto const options = std::make_shared<Options>();
    Binder binder(command);
    bind(binder, *options);
    binder.group("Options");
    binder.role(Role::conduct);
    binder.text(
        "--log-level",
        "debug|info|warn|error|off: least important messages to log (default info)",
        [line = line_](std::string const& word) { line->log_level = core::log_level(word); });
    command.finish = [line = line_, options, check](GivenOptions const& given) {
      check(*options, given);
      line->options = *options;
    };
    return command;
  }

  template <class Options>
  Command& add(std::string const& name,
               std::string const& help,
               void (*bind)(Binder&, Options&)) const {
    return add(name, help, bind, [](Options& /*options*/, GivenOptions const& /*given*/) {});
  }

  [[nodiscard]] CommandLine take() const { return std::move(*line_); }

 private:
  Command* parent_;
  std::shared_ptr<CommandLine> line_ = std::make_shared<CommandLine>();
};

void require_directory(std::string const& command, std::string const& directory) {
  if (directory.empty()) {
    throw core::UsageError(command + ": give a run directory");
  }
}

void add_commands_of_runs(Commands const& commands, std::string const& line) {
  commands
      .add("toys",
           "generate and fit toys, under mpirun, srun, over a hosts file or alone",
           bind_toys,
           [line](ToysOptions& o, GivenOptions const& given) {
             o.command_line = line;
             o.given = given;
             check_toys(o);
             check_farm(o.farm);
             if (!o.remote_config.empty()) {
               o.request.input.config = o.remote_config;
             }
           })
      .aliases.emplace_back("unbinned-fit-toys");
  commands
      .add("merge",
           "put --shard pieces together",
           bind_merge,
           [](batch::MergeOrder& o, GivenOptions const& given) {
             o.limits_given = given.contains(Role::guardrail);
             if (o.inputs.empty() == o.manifest.empty()) {
               throw core::UsageError("merge: give either --manifest or pieces (--input)");
             }
           })
      .aliases.emplace_back("unbinned-merge-toys");
  commands.add("publish",
               "write the results of a run that was killed",
               bind_publish,
               [line](run::PublishOrder& o, GivenOptions const& /*given*/) {
                 require_directory("publish", o.directory);
                 o.command_line = line;
               });
  commands.add("status",
               "tell how a run stands",
               bind_status,
               [](StatusOptions& o, GivenOptions const& /*given*/) {
                 require_directory("status", o.directory);
               });
  commands.add("report",
               "draw what run directories and answers hold: one HTML page, or SVG files",
               bind_report,
               [](ReportOptions& o, GivenOptions const& /*given*/) {
                 require_directory("report", o.sources.empty() ? "" : o.sources.front());
               });
}

void add_questions(Commands const& commands) {
  auto const add = [&](char const* name, char const* help, auto bind) {
    commands.add(name, help, bind, finish_question);
  };
  add("scan",
      "scan the profile likelihood over one or two parameters; intervals (MINOS). "
      "Combine: MultiDimFit --algo grid, singles",
      bind_scan);
  add("significance",
      "tell p0 and Z of the observed data, or of expected ones. Combine: Significance",
      bind_significance);
  add("limit",
      "set an upper limit by CLs, observed and expected. Combine: AsymptoticLimits",
      bind_limit);
  add("interval",
      "confidence intervals by toys (Feldman-Cousins). Combine: HybridNew --LHCmode "
      "LHC-feldman-cousins",
      bind_interval);
  add("coverage", "tell how often intervals hold the true value, by toys", bind_coverage);
  add("bias", "tell pulls and biases at true values, by toys", bind_bias);
  commands.add("asimov",
               "write the data that a point expects, as a file. Combine: GenerateOnly -t -1",
               bind_asimov);
  add("impacts",
      "tell how far each nuisance moves the parameter of interest. Combine: Impacts",
      bind_impacts);
}

void add_commands_of_batch(Commands const& commands, std::string const& line) {
  commands.add("render",
               "make the directory of a run for a batch system: scripts, manifest, frozen study",
               bind_render,
               [line](RenderOptions& o, GivenOptions const& given) {
                 o.toys.given = given;
                 o.toys.command_line = line;
                 check_render(o);
               });
  commands.add("submit",
               "hand a rendered run to its batch system, once",
               bind_submit,
               [](SubmitOptions& o, GivenOptions const& /*given*/) { check_submit(o); });
  commands.add("collect", "tell how every shard of a rendered run stands", bind_collect);
}

void add_commands_of_sweep(Commands const& commands, std::string const& line) {
  commands.add("render",
               "make a run directory for every number of shards, or of ranks and threads",
               bind_sweep_render,
               [line](SweepRenderOptions& o, GivenOptions const& given) {
                 o.render.toys.given = given;
                 o.render.toys.command_line = line;
                 check_sweep_render(o);
               });
  commands.add("submit",
               "submit one run after another, wait for each, collect and merge it",
               bind_sweep_submit);
  commands.add("run", "run one after another here, without a batch system", bind_sweep_run);
  commands.add("collect", "tell how the shards of every run stand", bind_sweep_collect);
  commands.add("merge", "merge every run", bind_sweep_merge);
  commands.add("summarize", "compare the runs in a table and a picture", bind_sweep_summarize);
}

void add_commands_of_hosts(Commands const& commands) {
  commands.add("hosts", "check a hosts file and make Open MPI's hostfile of it", bind_hosts);
  commands.add("preflight",
               "report what toys could use on every host",
               bind_preflight,
               [](PreflightOptions& o, GivenOptions const& /*given*/) { check_farm(o.farm); });
  commands.add("plan",
               "tell which host would run which toys, without running any",
               bind_plan,
               [](PlanOptions& o, GivenOptions const& /*given*/) { check_farm(o.toys.farm); });
}

}  // namespace

std::variant<CommandLine, JustText> parse_command_line(int argc, char const* const* argv) {
  auto table = program("toyfarm", "unbinned toy fits over MPI");
  table.options.push_back(
      {{"--version"}, "", "tell version, revision, libraries and instruction sets", "Options"});
  auto const line = joined_words(argc, argv);
  Commands const commands(table);
  commands.add("fit", "fit the observed data", bind_fit).aliases.emplace_back("unbinned-fit");
  commands.add("nll", "print the NLL at a point", bind_nll);
  add_questions(commands);
  commands.add("bench", "measure the speed of toys of a spec", bind_bench);
  add_commands_of_runs(commands, line);
  add_commands_of_batch(commands, line);
  auto& sweep = table.add("sweep", "run one study in several ways and compare how long they take");
  add_commands_of_sweep(commands.in(sweep), line);
  add_commands_of_hosts(commands);
  std::optional<std::string> text;
  add_text_commands(table, text);
  auto words = with_extra_words(argc, argv);
  words.erase(words.begin(), words.begin() + std::min(1, argc));
  auto const parsed = parse(table, words);
  if (parsed.kind == Parsed::Kind::help) {
    return JustText{help_text(*parsed.command)};
  }
  if (parsed.kind == Parsed::Kind::version) {
    return JustText{run::version_text()};
  }
  if (text) {
    return JustText{*std::move(text)};
  }
  auto out = commands.take();
  out.job_words = words_for_job(*parsed.command, {argv + 1, argv + argc});
  return out;
}

}  // namespace toyfarm::app
