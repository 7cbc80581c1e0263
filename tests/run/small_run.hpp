#pragma once
#include <fstream>
#include <string>

#include "toyfarm/run/open_run.hpp"
#include "toyfarm/study/toy_runner.hpp"

#include "support/scratch.hpp"

// A run of few toys of one counting channel, in a folder that goes away.
namespace toyfarm::test {

inline constexpr char const* small_spec = R"({
  "schema_version": "nextstat_unbinned_spec_v0",
  "model": {"poi": "n", "parameters": [{"name": "n", "init": 20, "bounds": [0, 1000]}]},
  "channels": [{"name": "c", "observables": [{"name": "x", "bounds": [0, 1]}], "processes": [
    {"name": "p", "pdf": {"type": "uniform", "observable": "x", "params": []},
     "yield": {"type": "parameter", "name": "n"}}]}]
})";

inline std::string write_small_spec(Scratch const& scratch, std::string const& name = "spec.json") {
  std::ofstream(scratch / name) << small_spec;
  return (scratch / name).string();
}

inline run::Order small_order(Scratch const& scratch, std::uint64_t n_toys = 6) {
  run::Order order;
  order.request.input.config = write_small_spec(scratch);
  order.request.n_toys = n_toys;
  order.to.out_dir = (scratch / "runs").string();
  order.to.run_id = "r";
  return order;
}

/// Puts the rows of these toys into the run's journal.
inline void run_toys_of(run::OpenRun& run, core::ToyRange range) {
  auto const setup = study::decode_setup(run.setup);
  study::ToyRunner runner(setup);
  record::RowTable rows(run.journal->layout());
  for (std::uint64_t i = 0; i < range.count; ++i) {
    rows.append(runner.run({range.first.value + i}));
  }
  run.journal->put(rows.words());
  run.journal->sync();
}

}  // namespace toyfarm::test
