#include "app/cli/questions.hpp"

#include <algorithm>

#include "app/cli/run.hpp"

namespace toyfarm::app {
namespace {

constexpr std::uint64_t most_points = 100'000;

/// LO:HI:N, both ends included; `word` is what was given.
run::Grid grid_of(std::string const& option,
                  std::string const& range,
                  std::string const& word,
                  std::string const& form) {
  auto const first = range.find(':');
  auto const second = first == std::string::npos ? first : range.find(':', first + 1);
  if (second == std::string::npos) {
    throw core::UsageError(option + ": '" + word + "' is not of the form " + form);
  }
  run::Grid grid;
  grid.lower = real(option, range.substr(0, first));
  grid.upper = real(option, range.substr(first + 1, second - first - 1));
  auto const n = count(option, range.substr(second + 1));
  if (n < 2 || n > most_points || !(grid.lower < grid.upper)) {
    throw core::UsageError(option + ": '" + word + "': needs LO < HI and 2 to " +
                           std::to_string(most_points) + " points");
  }
  grid.n = n;
  return grid;
}

/// NAME=LO:HI:N, both ends included.
run::ScanAxis axis(std::string const& option, std::string const& word) {
  auto const [name, range] = assignment(option, word);
  return {name, grid_of(option, range, word, "NAME=LO:HI:N")};
}

double confidence(std::string const& option, std::string const& word) {
  double const cl = real(option, word);
  if (!(cl > 0 && cl < 1)) {
    throw core::UsageError(option + ": '" + word + "' is not between 0 and 1");
  }
  return cl;
}

void bind_levels(Binder& b, std::vector<double>& cl) {
  b.many("--cl",
         "X: confidence level of an interval (default 0.6827 and 0.95); may be repeated",
         [&cl](Words const& words) {
           cl.clear();
           for (auto const& word : words) {
             cl.push_back(confidence("--cl", word));
           }
         });
}

/// Options of toys that answer a question.
void bind_toys(Binder& b, run::ToyChoice& toys, bool in_rounds) {
  b.group("Toys");
  b.role(Role::study);
  b.text("--n-toys",
         in_rounds ? "N: toys of each value of the POI, in one round; default: as many as "
                     "--accuracy asks for"
                   : "N: toys of each value of the POI",
         [&toys](std::string const& word) {
           toys.n_toys = count("--n-toys", word);
           if (*toys.n_toys == 0) {
             throw core::UsageError("--n-toys: at least 1");
           }
         });
  if (in_rounds) {
    b.text("--accuracy",
           "X: error wanted, relative to the answer (default 0.02)",
           [&toys](std::string const& word) {
             toys.accuracy = real("--accuracy", word);
             if (!(toys.accuracy > 0 && toys.accuracy < 1)) {
               throw core::UsageError("--accuracy: '" + word + "' is not between 0 and 1");
             }
           });
    b.text("--max-toys",
           "N: toys of all values and rounds at most (default 400000)",
           [&toys](std::string const& word) { toys.max_toys = count("--max-toys", word); });
  }
  b.text("--grid", "LO:HI:N: values of the POI, both ends included", [&toys](auto& word) {
    toys.grid = grid_of("--grid", word, word, "LO:HI:N");
  });
  b.choice("--nuisances",
           "other parameters of toys: conditional estimates on the data, the spec's init, or the "
           "fit of the data",
           toys.nuisances);
  b.choice("--constraints",
           "whether toys draw their global observables (default) or keep the spec's",
           toys.constraints);
  b.text("--seed", "N: of the toys (default 42)", [&toys](std::string const& word) {
    toys.seed = count("--seed", word);
  });
  b.engine(toys.engine);
  b.role(Role::conduct);
  b.text("--threads",
         "N|physical|logical: threads that run toys, on each node (default physical)",
         [&toys](std::string const& word) {
           static_cast<void>(parallel::thread_policy(word));
           toys.conduct.threads = word;
         });
  bind_time_limit(b, toys.conduct);
  b.role(Role::command);
  b.text("--resume",
         "RUN_DIR: go on with the question that was asked with --out-dir and --run-id",
         [&toys](std::string const& word) { toys.resume = word; });
}

void bind_threads(Binder& b, int& threads) {
  b.text("--threads",
         "N: threads that share the events (default 1); the result does not depend on them",
         [&threads](std::string const& word) {
           auto const n = count("--threads", word);
           if (n == 0 || n > 1024) {
             throw core::UsageError("--threads: '" + word + "' is not between 1 and 1024");
           }
           threads = static_cast<int>(n);
         });
}

void bind_method(Binder& b, run::Method& method) {
  b.choice("--method",
           "large-sample formulas (default), or toys with the formulas' answers beside them",
           method);
}

void bind_blind(Binder& b, run::Observed& observed) {
  b.flag("--blind",
         "look at nothing observed: nuisances are those of the spec, only what is expected is told",
         [&observed] { observed = run::Observed::blind; });
}

void bind_limits_by_mass(Binder& b, run::LimitQuestion& q) {
  auto const before = b.role();
  b.role(Role::study);
  b.text("--mass",
         "M: write limits.json as CMS's plot scripts read it, under this mass: into the run "
         "directory, or as --limits says",
         [&q](std::string const& word) { q.mass = real("--mass", word); });
  b.text("--limits",
         "FILE: add it to this file, which keeps limits at other masses",
         [&q](std::string const& word) {
           if (word.empty()) {
             throw core::UsageError("--limits: the name is empty");
           }
           q.limits_file = word;
         });
  b.role(before);
}

void bind_destination(Binder& b, run::Destination& to) {
  b.group("Results");
  b.text("-o,--output",
         "FILE: write the answer as JSON; - for standard output",
         [&to](std::string const& word) { to.output = word; });
  b.text("--out-dir",
         "DIR: write COMMAND.json into a new directory in here (default runs, where --run-id is "
         "given)",
         [&to](std::string const& word) { to.out_dir = word; });
  b.text("--run-id", "NAME: name of that directory", [&to](std::string const& word) {
    to.run_id = word.empty() ? "/" : word;
  });
  b.flag("--force", "replace an existing output file", [&to] { to.force = true; });
}

}  // namespace

void bind_scan(Binder& b, QuestionOptions& o) {
  auto& q = o.question.emplace<run::ScanQuestion>();
  b.input(q.input, Binder::Spec::required, Binder::Poi::elsewhere);
  b.required_text(
      "--poi",
      "NAME=LO:HI:N: the parameter to scan at N values, both ends included",
      [&q](std::string const& word) { q.axes.insert(q.axes.begin(), axis("--poi", word)); });
  b.text("--poi2",
         "NAME=LO:HI:N: a second parameter, for a map of both",
         [&q](std::string const& word) { q.axes.push_back(axis("--poi2", word)); });
  bind_levels(b, q.cl);
  b.flag("--stat-only",
         "beside it, the same with constrained parameters held at the best fit",
         [&q] { q.stat_only = true; });
  bind_threads(b, q.threads);
  bind_destination(b, o.to);
}

void bind_significance(Binder& b, QuestionOptions& o) {
  auto& q = o.question.emplace<run::SignificanceQuestion>();
  b.input(q.input, Binder::Spec::optional);
  bind_blind(b, q.observed);
  b.text("--expect",
         "MU: tell what data with this value of the POI would give, from Asimov data and toys",
         [&q](std::string const& word) { q.expect = real("--expect", word); });
  bind_method(b, q.method);
  bind_toys(b, q.toys, true);
  bind_destination(b, o.to);
}

void bind_limit(Binder& b, QuestionOptions& o) {
  auto& q = o.question.emplace<run::LimitQuestion>();
  b.input(q.input, Binder::Spec::optional);
  bind_blind(b, q.observed);
  b.text("--cl", "X: confidence level (default 0.95)", [&q](std::string const& word) {
    q.cl = confidence("--cl", word);
  });
  b.text("--physical-bound",
         "V: least value of the POI that a signal can have (default 0, or its lower bound if that "
         "is higher)",
         [&q](std::string const& word) { q.physical_bound = real("--physical-bound", word); });
  bind_limits_by_mass(b, q);
  bind_method(b, q.method);
  bind_toys(b, q.toys, true);
  bind_destination(b, o.to);
}

void bind_impacts(Binder& b, QuestionOptions& o) {
  auto& q = o.question.emplace<run::ImpactsQuestion>();
  b.input(q.input);
  bind_blind(b, q.observed);
  b.flag("--fast", "by the Hessian instead of profile intervals of each nuisance", [&q] {
    q.method = run::ImpactMethod::hessian;
  });
  bind_threads(b, q.threads);
  bind_destination(b, o.to);
}

void bind_asimov(Binder& b, AsimovOptions& o) {
  auto& q = o.question;
  b.input(q.input);
  bind_blind(b, q.observed);
  b.values("--set", "a parameter's value in the data", q.set);
  b.choice("--nuisances",
           "other parameters: conditional estimates on the data (default where there are data), "
           "the spec's init, or the fit of the data",
           q.nuisances);
  bind_threads(b, q.threads);
  b.required_text("-o,--output",
                  "FILE: write the data, with weights and global observables (HDF5)",
                  [&o](std::string const& word) { o.output = word; });
  b.flag("--force", "replace an existing output file", [&o] { o.force = true; });
}

void bind_interval(Binder& b, QuestionOptions& o) {
  auto& q = o.question.emplace<run::IntervalQuestion>();
  b.input(q.input, Binder::Spec::optional);
  b.flag("--blind",
         "look at no data: the belt at the true values of --grid, nuisances at the spec's init",
         [&q] { q.observed = run::Observed::blind; });
  bind_levels(b, q.cl);
  b.text("--physical-bound",
         "V: least value of the POI that there can be (default 0, or its lower bound if that is "
         "higher); none: as low as fits go",
         [&q](std::string const& word) {
           q.is_bounded = word != "none";
           if (q.is_bounded) {
             q.physical_bound = real("--physical-bound", word);
           }
         });
  bind_toys(b, q.toys, true);
  bind_destination(b, o.to);
}

void bind_coverage(Binder& b, QuestionOptions& o) {
  auto& q = o.question.emplace<run::CoverageQuestion>();
  b.input(q.input, Binder::Spec::optional);
  bind_levels(b, q.cl);
  bind_toys(b, q.toys, false);
  bind_destination(b, o.to);
}

void bind_bias(Binder& b, QuestionOptions& o) {
  auto& q = o.question.emplace<run::BiasQuestion>();
  b.input(q.input, Binder::Spec::optional);
  b.text("--fit-config",
         "FILE: spec whose model is fitted to the toys; default: the one they come from",
         [&q](std::string const& word) { q.fit_config = word; });
  bind_toys(b, q.toys, false);
  bind_destination(b, o.to);
}

}  // namespace toyfarm::app
