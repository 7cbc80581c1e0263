#include "app/cli.hpp"

#include <charconv>
#include <cmath>
#include <functional>
#include <map>

#include <CLI/CLI.hpp>

#include "toyfarm/core/error.hpp"

namespace toyfarm::app {
namespace {

// Numbers are read here rather than by the parser: whole words only, no wrapping of negative
// numbers, one wording for all.
template <class T>
T number(std::string const& option, std::string const& word, char const* kind) {
  T value{};
  auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) {
    throw core::UsageError(option + ": '" + word + "' is not " + kind);
  }
  return value;
}

std::uint64_t count(std::string const& option, std::string const& word) {
  return number<std::uint64_t>(option, word, "a whole number from 0 to 2^64 - 1");
}

double real(std::string const& option, std::string const& word) {
  auto const value = number<double>(option, word, "a number");
  if (!std::isfinite(value)) {
    throw core::UsageError(option + ": '" + word + "' is not a finite number");
  }
  return value;
}

double bytes(std::string const& option, std::string const& word) {
  static std::map<char, double> const units{{'k', 1e3}, {'M', 1e6}, {'G', 1e9}};
  auto const unit = units.find(word.empty() ? ' ' : word.back());
  double const value = real(option, unit == units.end() ? word : word.substr(0, word.size() - 1));
  if (value < 0) {
    throw core::UsageError(option + ": '" + word + "' is negative");
  }
  return value * (unit == units.end() ? 1 : unit->second);
}

std::pair<std::string, std::string> assignment(std::string const& option, std::string const& word) {
  auto const equals = word.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == word.size()) {
    throw core::UsageError(option + ": '" + word + "' is not of the form NAME=VALUE");
  }
  return {word.substr(0, equals), word.substr(equals + 1)};
}

record::Shard shard(std::string const& word) {
  auto const slash = word.find('/');
  if (slash == std::string::npos) {
    throw core::UsageError("--shard: '" + word + "' is not of the form INDEX/TOTAL");
  }
  record::Shard const out{count("--shard", word.substr(0, slash)),
                          count("--shard", word.substr(slash + 1))};
  if (out.total == 0 || out.index >= out.total) {
    throw core::UsageError("--shard: '" + word + "': INDEX must be below TOTAL, counting from 0");
  }
  return out;
}

template <class T>
T one_of(std::string const& option,
         std::string const& word,
         std::vector<std::pair<std::string, T>> const& choices) {
  std::string known;
  for (auto const& [name, value] : choices) {
    if (name == word) {
      return value;
    }
    known += (known.empty() ? "" : ", ") + name;
  }
  throw core::UsageError(option + ": '" + word + "' is none of " + known);
}

/// Binds options of one subcommand; every value arrives as words and goes through a function that
/// checks it.
class Binder {
 public:
  explicit Binder(CLI::App& app) : app_(app) {}

  CLI::Option* text(std::string const& names,
                    std::string const& help,
                    std::function<void(std::string const&)> set) {
    return app_.add_option_function<std::string>(names, std::move(set), help)
        ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  }
  void many(std::string const& names,
            std::string const& help,
            std::function<void(std::vector<std::string> const&)> set) {
    app_.add_option_function<std::vector<std::string>>(names, std::move(set), help)
        ->allow_extra_args(false);
  }
  void flag(std::string const& names, std::string const& help, std::function<void()> set) {
    app_.add_flag_callback(names, std::move(set), help);
  }

  void input(InputOptions& input) {
    text("--config", "spec (JSON or YAML)", [&input](std::string const& word) {
      input.config = word;
    })->required();
    many("--data",
         "CHANNEL=FILE: read a channel's events from FILE; may be repeated",
         [&input](auto const& words) {
           for (auto const& word : words) {
             if (!input.data.insert(assignment("--data", word)).second) {
               throw core::UsageError("--data: a channel is given twice: " + word);
             }
           }
         });
    text("--outside",
         "rows outside the window: error (default) or drop",
         [&input](std::string const& word) {
           input.outside = one_of<io::OutsidePolicy>(
               "--outside",
               word,
               {{"error", io::OutsidePolicy::refuse}, {"drop", io::OutsidePolicy::drop}});
         });
    flag("--lenient", "unknown fields of the spec are warnings", [&input] {
      input.unknown = spec::UnknownFields::warn;
    });
  }

  void guardrails(ensemble::GuardrailLimits& limits) {
    flag("--require-all-converged", "fail unless every toy converged", [&limits] {
      limits.require_all_converged = true;
    });
    text("--max-abs-poi-pull-mean",
         "fail if |mean pull of the POI| is larger",
         [&limits](std::string const& word) {
           limits.max_abs_poi_pull_mean = real("--max-abs-poi-pull-mean", word);
           if (*limits.max_abs_poi_pull_mean < 0) {
             throw core::UsageError("--max-abs-poi-pull-mean: '" + word + "' is negative");
           }
         });
    app_.add_option_function<std::vector<std::string>>(
            "--poi-pull-std-range",
            [&limits](std::vector<std::string> const& words) {
              std::pair const range{real("--poi-pull-std-range", words.at(0)),
                                    real("--poi-pull-std-range", words.at(1))};
              if (!(range.first >= 0 && range.first <= range.second)) {
                throw core::UsageError("--poi-pull-std-range: needs 0 <= LOW <= HIGH");
              }
              limits.poi_pull_std_range = range;
            },
            "LOW HIGH: fail if the width of the POI's pulls is outside")
        ->expected(2);
    text("--max-fail-frac",
         "fail if a larger share of toys did not converge (default 0.5)",
         [&limits](std::string const& word) {
           limits.max_fail_frac = real("--max-fail-frac", word);
           if (!(limits.max_fail_frac >= 0 && limits.max_fail_frac <= 1)) {
             throw core::UsageError("--max-fail-frac: '" + word + "' is not between 0 and 1");
           }
         });
  }

  void engine(study::EngineChoice& engine) {
    text("--engine", "auto (default), compressed or eventwise", [&engine](std::string const& word) {
      engine = one_of<study::EngineChoice>("--engine",
                                           word,
                                           {{"auto", study::EngineChoice::automatic},
                                            {"compressed", study::EngineChoice::compressed},
                                            {"eventwise", study::EngineChoice::eventwise}});
    });
  }

 private:
  CLI::App& app_;
};

constexpr std::uint64_t most_toys = 1'000'000'000;

// What decides how a toy is drawn and fitted.
void bind_study(Binder& b, ToysOptions& o) {
  b.input(o.input);
  b.text("--seed", "64-bit seed (default 42)", [&o](std::string const& word) {
    o.seed = count("--seed", word);
  });
  b.text("--gen",
         "generation point: init (default) or mle, the fit of the observed data",
         [&o](std::string const& word) {
           o.gen = one_of<GenerationPoint>(
               "--gen", word, {{"init", GenerationPoint::init}, {"mle", GenerationPoint::mle}});
         });
  b.many("--set",
         "NAME=VALUE: overrides one value of the generation point; may be repeated",
         [&o](auto const& words) {
           for (auto const& word : words) {
             auto const [name, value] = assignment("--set", word);
             o.set.emplace_back(name, real("--set " + name, value));
           }
         });
  b.text("--constraints",
         "global observables: randomize (default) or fixed",
         [&o](std::string const& word) {
           o.constraints =
               one_of<record::ConstraintMode>("--constraints",
                                              word,
                                              {{"randomize", record::ConstraintMode::randomize},
                                               {"fixed", record::ConstraintMode::fixed}});
         });
  b.engine(o.engine);
  b.text(
      "--max-event-memory",
      "largest size of a toy's events that may be fitted event by event where nodes are not exact "
      "enough: bytes, or with k, M, G (default 64M)",
      [&o](std::string const& word) { o.max_event_memory = bytes("--max-event-memory", word); });
}

void bind_toys(CLI::App& app, ToysOptions& o) {
  Binder b(app);
  bind_study(b, o);
  b.text("--n-toys", "toys of the whole study (default 100)", [&o](std::string const& word) {
    o.n_toys = count("--n-toys", word);
    if (o.n_toys == 0 || o.n_toys > most_toys) {
      throw core::UsageError("--n-toys: '" + word + "' is not between 1 and 10^9");
    }
  });
  b.text("--threads",
         "per node: physical (default), logical, auto, nextstat-auto, 0 = all allowed, or a number",
         [&o](std::string const& word) {
           o.threads = parallel::thread_policy(word);
           o.threads_word = word;
         });
  b.text("--weight-mode",
         "how toys are shared out over nodes: uniform, physical (default) or logical",
         [&o](std::string const& word) { o.weight_mode = parallel::weight_mode(word); });
  b.text("--shard", "INDEX/TOTAL: run only this part of the study", [&o](std::string const& word) {
    o.shard = shard(word);
  });
  b.guardrails(o.guardrails);
  b.text("-o,--output",
         "write one JSON file, the old form; - for standard output",
         [&o](std::string const& word) { o.output = word; });
  b.text("--out-dir,--local-out-dir",
         "make the run directory in here (default runs, unless -o is given)",
         [&o](std::string const& word) { o.out_dir = word; });
  b.text("--run-id", "name of the run directory", [&o](std::string const& word) {
    o.run_id = word.empty() ? "/" : word;
  });
  b.text("--json-metrics", "write a metrics JSON as well", [&o](std::string const& word) {
    o.json_metrics = word;
  });
  b.text("--verify",
         "K: fit K random toys event by event as well, tell the largest differences",
         [&o](std::string const& word) { o.verify = count("--verify", word); });
  b.flag("--dry-run", "print the plan and stop; writes nothing", [&o] { o.dry_run = true; });
  b.flag("--force", "replace an existing output file", [&o] { o.force = true; });
  b.text("--only-toy",
         "generate and fit this one toy and print its row",
         [&o](std::string const& word) { o.only_toy = count("--only-toy", word); });
  b.text("--dump-events",
         "with --only-toy: fit event by event and write the events to this HDF5 file",
         [&o](std::string const& word) { o.dump_events = word; });
}

void check_toys(ToysOptions const& o) {
  if (!o.dump_events.empty() && !o.only_toy) {
    throw core::UsageError("--dump-events goes with --only-toy");
  }
  if (o.only_toy && *o.only_toy >= o.n_toys) {
    throw core::UsageError("--only-toy " + std::to_string(*o.only_toy) + ": the study has " +
                           std::to_string(o.n_toys) + " toys (--n-toys), counted from 0");
  }
  if (o.output == "-" && o.json_metrics == "-") {
    throw core::UsageError("-o - and --json-metrics - would mix two documents on standard output");
  }
}

void bind_fit(CLI::App& app, FitOptions& o) {
  Binder b(app);
  b.input(o.input);
  b.engine(o.engine);
  b.text("-o,--output",
         "write the result as JSON; - for standard output",
         [&o](std::string const& word) { o.output = word; });
  b.flag("--force", "replace an existing output file", [&o] { o.force = true; });
  b.text("--toy",
         "fit the events of `toys --dump-events` instead of the spec's data",
         [&o](std::string const& word) { o.toy_events = word; });
  b.text("--start",
         "JSON {name: value}: start here instead of at init",
         [&o](std::string const& word) { o.start = word; });
  b.text("--threads",
         "accepted for old command lines; one fit runs on one thread",
         [](std::string const& word) { static_cast<void>(parallel::thread_policy(word)); });
}

void bind_nll(CLI::App& app, NllOptions& o) {
  Binder b(app);
  b.input(o.input);
  b.text("--at",
         "JSON {name: value}; parameters not named stay at init",
         [&o](std::string const& word) { o.at = word; });
}

void bind_bench(CLI::App& app, BenchOptions& o) {
  Binder b(app);
  bind_study(b, o.toys);
  b.text("--n-toys", "toys to run (default: for a second)", [&o](std::string const& word) {
    o.n_toys = count("--n-toys", word);
    if (*o.n_toys == 0 || *o.n_toys > most_toys) {
      throw core::UsageError("--n-toys: '" + word + "' is not between 1 and 10^9");
    }
  });
  b.text("--threads", "threads (default 1)", [&o](std::string const& word) {
    auto const n = count("--threads", word);
    if (n == 0 || n > 1024) {
      throw core::UsageError("--threads: '" + word + "' is not between 1 and 1024");
    }
    o.threads = static_cast<int>(n);
  });
  b.flag("--json", "print JSON", [&o] { o.json = true; });
}

void bind_merge(CLI::App& app, MergeOptions& o) {
  Binder b(app);
  b.many("--input",
         "a piece: run directory, toys.h5, or the JSON of a --shard run; repeat for each",
         [&o](auto const& words) { o.inputs.insert(o.inputs.end(), words.begin(), words.end()); });
  app.add_option_function<std::vector<std::string>>(
      "inputs",
      [&o](auto const& words) { o.inputs.insert(o.inputs.end(), words.begin(), words.end()); },
      "the same without --input");
  b.text("-o,--out,--output",
         "merged JSON; toys.h5 is written beside it",
         [&o](std::string const& word) { o.output = word; })
      ->required();
  b.flag("--force", "replace an existing output file", [&o] { o.force = true; });
  b.flag("--allow-partial", "accept missing toys; the result is marked partial", [&o] {
    o.allow_partial = true;
  });
  b.guardrails(o.guardrails);
}

std::string joined(int argc, char const* const* argv) {
  std::string line;
  for (int i = 0; i < argc; ++i) {
    line += (i == 0 ? "" : " ") + std::string(argv[i]);
  }
  return line;
}

}  // namespace

std::variant<CommandLine, JustText> parse_command_line(int argc, char const* const* argv) {
  CLI::App app{"toyfarm: unbinned toy fits over MPI", "toyfarm"};
  app.set_version_flag("--version", "toyfarm " TOYFARM_VERSION);
  app.require_subcommand(1);
  FitOptions fit;
  NllOptions nll;
  ToysOptions toys;
  BenchOptions bench;
  MergeOptions merge;
  auto* const fit_app = app.add_subcommand("fit", "fit the observed data")->alias("unbinned-fit");
  auto* const nll_app = app.add_subcommand("nll", "print the NLL at a point");
  auto* const toys_app =
      app.add_subcommand("toys", "generate and fit toys, under mpirun, srun or alone")
          ->alias("unbinned-fit-toys");
  auto* const bench_app = app.add_subcommand("bench", "measure the speed of toys of a spec");
  auto* const merge_app =
      app.add_subcommand("merge", "put --shard pieces together")->alias("unbinned-merge-toys");
  bind_fit(*fit_app, fit);
  bind_nll(*nll_app, nll);
  bind_toys(*toys_app, toys);
  bind_bench(*bench_app, bench);
  bind_merge(*merge_app, merge);
  CommandLine out;
  for (auto* const sub : {fit_app, nll_app, toys_app, bench_app, merge_app}) {
    sub->add_option_function<std::string>(
        "--log-level",
        [&out](std::string const& word) { out.log_level = core::log_level(word); },
        "debug, info (default), warn, error or off");
  }
  try {
    app.parse(argc, argv);
  } catch (CLI::CallForHelp const&) {
    auto const chosen = app.get_subcommands();
    return JustText{chosen.empty() ? app.help() : chosen.front()->help()};
  } catch (CLI::CallForVersion const&) {
    return JustText{"toyfarm " TOYFARM_VERSION "\n"};
  } catch (CLI::ParseError const& error) {
    throw core::UsageError(std::string(error.what()) + " (see toyfarm --help)");
  }
  toys.command_line = joined(argc, argv);
  if (fit_app->parsed()) {
    out.options = fit;
  } else if (nll_app->parsed()) {
    out.options = nll;
  } else if (toys_app->parsed()) {
    check_toys(toys);
    out.options = toys;
  } else if (bench_app->parsed()) {
    out.options = bench;
  } else {
    if (merge.inputs.empty()) {
      throw core::UsageError("merge: no --input given");
    }
    out.options = merge;
  }
  return out;
}

}  // namespace toyfarm::app
