#include "app/cli/report.hpp"

namespace toyfarm::app {

void bind_report(Binder& b, ReportOptions& o) {
  b.positionals("run_directory",
                "of a run, or an answer's JSON, or toys.h5; all go onto one page",
                [&o](Words const& words) { o.sources = words; });
  b.text("-o,--output",
         "FILE: the page (default report.html, or none where only --svg is given); - for standard "
         "output",
         [&o](std::string const& word) { o.output = word; });
  b.text("--svg",
         "DIR: write every figure into it, as a file of its own",
         [&o](std::string const& word) { o.svg = word; });
  b.flag("--force", "replace an existing page and figures", [&o] { o.force = true; });
}

}  // namespace toyfarm::app
