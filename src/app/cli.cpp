#include "app/cli.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "toyfarm/core/error.hpp"

#include "app/cli_binder.hpp"
#include "app/cli_farm.hpp"
#include "app/cli_render.hpp"
#include "app/cli_run.hpp"
#include "app/cli_sweep.hpp"
#include "app/cli_texts.hpp"
#include "app/cli_toys.hpp"
#include "app/saved_run.hpp"
#include "app/version.hpp"

namespace toyfarm::app {
namespace {

void bind_fit(Binder& b, FitOptions& o) {
  b.input(o.input);
  b.text(
      "--engine",
      "accepted for old command lines: observed data are always fitted on their events",
      [](std::string const& word) {
        if (word != "auto" && word != "compressed" && word != "eventwise") {
          throw core::UsageError("--engine: '" + word + "' is none of auto, compressed, eventwise");
        }
        core::log_warn("--engine: observed data are fitted on their events; nodes are for toys");
      });
  b.text("-o,--output",
         "FILE: write the result as JSON; - for standard output",
         [&o](std::string const& word) { o.output = word; });
  b.flag("--force", "replace an existing output file", [&o] { o.force = true; });
  b.text("--toy",
         "FILE: fit the events of `toys --dump-events` instead of the spec's data",
         [&o](std::string const& word) { o.toy_events = word; });
  b.text("--start",
         "FILE: JSON {name: value} to start from instead of init",
         [&o](std::string const& word) { o.start = word; });
  b.text("--threads",
         "N|physical|logical|auto: threads that share the events (default 1); the result does not "
         "depend on them",
         [&o](std::string const& word) { o.threads = parallel::thread_policy(word); });
  b.text("--starts",
         "N: try at least N starting points; more than those always tried are jittered",
         [&o](std::string const& word) {
           o.starts = static_cast<std::uint32_t>(
               std::min<std::uint64_t>(count("--starts", word), 1'000'000));
         });
}

void bind_nll(Binder& b, NllOptions& o) {
  b.input(o.input);
  b.text("--at",
         "FILE: JSON {name: value} of the point; parameters not named stay at init",
         [&o](std::string const& word) { o.at = word; });
}

void bind_bench(Binder& b, BenchOptions& o) {
  bind_study(b, o.toys);
  b.n_toys("toys to run (default: for a second)", [&o](std::uint64_t n) { o.n_toys = n; });
  b.text("--threads", "N: threads (default 1)", [&o](std::string const& word) {
    auto const n = count("--threads", word);
    if (n == 0 || n > 1024) {
      throw core::UsageError("--threads: '" + word + "' is not between 1 and 1024");
    }
    o.threads = static_cast<int>(n);
  });
  b.flag("--json", "print JSON", [&o] { o.json = true; });
}

void bind_merge(Binder& b, MergeOptions& o) {
  b.text("--manifest",
         "FILE: manifest of a rendered run, whose shards are the pieces",
         [&o](std::string const& word) { o.manifest = word; });
  b.many("--input",
         "PIECE: run directory, toys.h5, or the JSON of a --shard run; repeat for each",
         [&o](auto const& words) { o.inputs.insert(o.inputs.end(), words.begin(), words.end()); });
  b.positional("inputs", "the same without --input", [&o](auto const& words) {
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

/// Long names of the options that the command line has.
std::set<std::string> given_options(CLI::App const& app) {
  std::set<std::string> names;
  for (auto const* const option : app.get_options()) {
    if (option->count() > 0) {
      for (auto const& name : option->get_lnames()) {
        names.insert("--" + name);
      }
    }
  }
  return names;
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

/// The subcommands with their options; the one that was parsed hands its own over.
class Commands {
 public:
  explicit Commands(CLI::App& app) : app_(app), parent_(&app) {}

  /// Commands that are added from now on are commands of this one, until end_group.
  void begin_group(std::string const& name, std::string const& help) {
    parent_ = app_.add_subcommand(name, help);
    parent_->require_subcommand(1);
  }
  void end_group() { parent_ = &app_; }

  /// `finish` completes and checks the options once they are parsed.
  template <class Options, class Finish>
  CLI::App& add(std::string const& name,
                std::string const& help,
                void (*bind)(Binder&, Options&),
                Finish finish) {
    auto* const sub = parent_->add_subcommand(name, help);
    auto const options = std::make_shared<Options>();
    Binder binder(*sub);
    bind(binder, *options);
    binder.group("Options");
    binder.text("--log-level",
                "debug|info|warn|error|off: least important messages to log (default info)",
                [this](std::string const& word) { line_.log_level = core::log_level(word); });
    commands_.push_back({sub, [this, sub, options, finish] {
                           finish(*options, *sub);
                           line_.options = *options;
                         }});
    return *sub;
  }

  template <class Options>
  CLI::App& add(std::string const& name, std::string const& help, void (*bind)(Binder&, Options&)) {
    return add(name, help, bind, [](Options& /*options*/, CLI::App const& /*sub*/) {});
  }

  [[nodiscard]] CommandLine take() {
    for (auto const& command : commands_) {
      if (command.app->parsed()) {
        command.take();
      }
    }
    return std::move(line_);
  }

 private:
  struct Command {
    CLI::App* app;
    std::function<void()> take;
  };
  CLI::App& app_;
  CLI::App* parent_;
  CommandLine line_;
  std::vector<Command> commands_;
};

void require_directory(std::string const& command, std::string const& directory) {
  if (directory.empty()) {
    throw core::UsageError(command + ": give a run directory");
  }
}

void add_commands_of_runs(Commands& commands, std::string const& line) {
  commands
      .add("toys",
           "generate and fit toys, under mpirun, srun, over a hosts file or alone",
           bind_toys,
           [line](ToysOptions& o, CLI::App const& sub) {
             o.command_line = line;
             o.given = given_options(sub);
             check_toys(o);
             check_farm(o.farm);
             o.input.config = o.remote_config.empty() ? o.input.config : o.remote_config;
           })
      .alias("unbinned-fit-toys");
  commands
      .add("merge",
           "put --shard pieces together",
           bind_merge,
           [](MergeOptions& o, CLI::App const& sub) {
             auto const given = given_options(sub);
             o.limits_given = std::ranges::any_of(
                 given, [](auto const& name) { return options_of_guardrails().contains(name); });
             if (o.inputs.empty() == o.manifest.empty()) {
               throw core::UsageError("merge: give either --manifest or pieces (--input)");
             }
           })
      .alias("unbinned-merge-toys");
  commands.add("publish",
               "write the results of a run that was killed",
               bind_publish,
               [line](PublishOptions& o, CLI::App const& /*sub*/) {
                 require_directory("publish", o.directory);
                 o.command_line = line;
               });
  commands.add(
      "status",
      "tell how a run stands",
      bind_status,
      [](StatusOptions& o, CLI::App const& /*sub*/) { require_directory("status", o.directory); });
}

void add_commands_of_batch(Commands& commands, std::string const& line) {
  commands.add("render",
               "make the directory of a run for a batch system: scripts, manifest, frozen study",
               bind_render,
               [line](RenderOptions& o, CLI::App const& sub) {
                 o.toys.given = given_options(sub);
                 o.toys.command_line = line;
                 check_render(o, sub);
               });
  commands.add("submit",
               "hand a rendered run to its batch system, once",
               bind_submit,
               [](SubmitOptions& o, CLI::App const& /*sub*/) { check_submit(o); });
  commands.add("collect", "tell how every shard of a rendered run stands", bind_collect);
}

void add_commands_of_sweep(Commands& commands, std::string const& line) {
  commands.begin_group("sweep", "run one study in several ways and compare how long they take");
  commands.add("render",
               "make a run directory for every number of shards, or of ranks and threads",
               bind_sweep_render,
               [line](SweepRenderOptions& o, CLI::App const& sub) {
                 o.render.toys.given = given_options(sub);
                 o.render.toys.command_line = line;
                 check_sweep_render(o, sub);
               });
  commands.add("submit",
               "submit one run after another, wait for each, collect and merge it",
               bind_sweep_submit);
  commands.add("run", "run one after another here, without a batch system", bind_sweep_run);
  commands.add("collect", "tell how the shards of every run stand", bind_sweep_collect);
  commands.add("merge", "merge every run", bind_sweep_merge);
  commands.add("summarize", "compare the runs in a table and a picture", bind_sweep_summarize);
  commands.end_group();
}

void add_commands_of_hosts(Commands& commands) {
  commands.add("hosts", "check a hosts file and make Open MPI's hostfile of it", bind_hosts);
  commands.add("preflight",
               "report what toys could use on every host",
               bind_preflight,
               [](PreflightOptions& o, CLI::App const& /*sub*/) { check_farm(o.farm); });
  commands.add("plan",
               "tell which host would run which toys, without running any",
               bind_plan,
               [](PlanOptions& o, CLI::App const& /*sub*/) { check_farm(o.toys.farm); });
}

}  // namespace

std::variant<CommandLine, JustText> parse_command_line(int argc, char const* const* argv) {
  CLI::App app{"unbinned toy fits over MPI", "toyfarm"};
  app.set_help_flag("-h,--help", "print this help");
  app.set_version_flag("--version", "", "tell version, revision, libraries and instruction sets");
  app.require_subcommand(1);
  Commands commands(app);
  commands.add("fit", "fit the observed data", bind_fit).alias("unbinned-fit");
  commands.add("nll", "print the NLL at a point", bind_nll);
  commands.add("bench", "measure the speed of toys of a spec", bind_bench);
  add_commands_of_runs(commands, joined_words(argc, argv));
  add_commands_of_batch(commands, joined_words(argc, argv));
  add_commands_of_sweep(commands, joined_words(argc, argv));
  add_commands_of_hosts(commands);
  TextCommands const texts(app);
  try {
    auto words = with_extra_words(argc, argv);
    words.erase(words.begin(), words.begin() + std::min(1, argc));
    std::ranges::reverse(words);  // the parser takes them from the end
    app.parse(std::move(words));
  } catch (CLI::CallForHelp const&) {
    return JustText{help_of(app)};
  } catch (CLI::CallForVersion const&) {
    return JustText{version_text()};
  } catch (CLI::ParseError const& error) {
    throw core::UsageError(std::string(error.what()) + " (see toyfarm --help)");
  }
  if (auto text = texts.take()) {
    return JustText{*std::move(text)};
  }
  return commands.take();
}

}  // namespace toyfarm::app
