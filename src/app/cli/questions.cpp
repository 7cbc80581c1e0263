#include "app/cli/questions.hpp"

#include <algorithm>

namespace toyfarm::app {
namespace {

constexpr std::uint64_t most_points = 100'000;

/// NAME=LO:HI:N, both ends included.
run::ScanAxis axis(std::string const& option, std::string const& word) {
  auto const [name, range] = assignment(option, word);
  auto const first = range.find(':');
  auto const second = first == std::string::npos ? first : range.find(':', first + 1);
  if (second == std::string::npos) {
    throw core::UsageError(option + ": '" + word + "' is not of the form NAME=LO:HI:N");
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
  return {name, grid};
}

double confidence(std::string const& option, std::string const& word) {
  double const cl = real(option, word);
  if (!(cl > 0 && cl < 1)) {
    throw core::UsageError(option + ": '" + word + "' is not between 0 and 1");
  }
  return cl;
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

void bind_blind(Binder& b, run::Observed& observed) {
  b.flag("--blind",
         "look at nothing observed: nuisances are those of the spec, only what is expected is told",
         [&observed] { observed = run::Observed::blind; });
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
  b.many("--cl",
         "X: confidence level of an interval (default 0.6827 and 0.95); may be repeated",
         [&q](Words const& words) {
           q.cl.clear();
           for (auto const& word : words) {
             q.cl.push_back(confidence("--cl", word));
           }
         });
  b.flag("--stat-only",
         "beside it, the same with constrained parameters held at the best fit",
         [&q] { q.stat_only = true; });
  bind_threads(b, q.threads);
  bind_destination(b, o.to);
}

void bind_significance(Binder& b, QuestionOptions& o) {
  auto& q = o.question.emplace<run::SignificanceQuestion>();
  b.input(q.input);
  bind_blind(b, q.observed);
  b.text("--expect",
         "MU: tell what data with this value of the POI would give, from Asimov data",
         [&q](std::string const& word) { q.expect = real("--expect", word); });
  bind_threads(b, q.threads);
  bind_destination(b, o.to);
}

void bind_limit(Binder& b, QuestionOptions& o) {
  auto& q = o.question.emplace<run::LimitQuestion>();
  b.input(q.input);
  bind_blind(b, q.observed);
  b.text("--cl", "X: confidence level (default 0.95)", [&q](std::string const& word) {
    q.cl = confidence("--cl", word);
  });
  b.text("--physical-bound",
         "V: least value of the POI that a signal can have (default 0, or its lower bound if that "
         "is higher)",
         [&q](std::string const& word) { q.physical_bound = real("--physical-bound", word); });
  bind_threads(b, q.threads);
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

}  // namespace toyfarm::app
