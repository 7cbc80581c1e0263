#include "app/cli/fit.hpp"

#include <algorithm>

#include "toyfarm/core/log.hpp"

namespace toyfarm::app {

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
         [&o](std::string const& word) { o.how.start = word; });
  b.text("--threads",
         "N|physical|logical|auto: threads that share the events (default 1); the result does not "
         "depend on them",
         [&o](std::string const& word) { o.how.threads = parallel::thread_policy(word); });
  b.text("--starts",
         "N: try at least N starting points; more than those always tried are jittered",
         [&o](std::string const& word) {
           o.how.starts = static_cast<std::uint32_t>(
               std::min<std::uint64_t>(count("--starts", word), 1'000'000));
         });
  b.flag("--minos", "asymmetric errors of all free parameters, by the profile likelihood", [&o] {
    o.how.minos = true;
  });
}

void bind_nll(Binder& b, NllOptions& o) {
  b.input(o.input);
  b.text("--at",
         "FILE: JSON {name: value} of the point; parameters not named stay at init",
         [&o](std::string const& word) { o.at = word; });
}

}  // namespace toyfarm::app
