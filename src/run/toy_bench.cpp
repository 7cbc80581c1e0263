#include "toyfarm/run/toy_bench.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <time.h>

#include "toyfarm/core/thread_team.hpp"
#include "toyfarm/kernels/isa.hpp"

namespace toyfarm::run {
namespace {

constexpr double least_seconds = 1;  // of one thread, where no number of toys is given
constexpr std::uint64_t most_toys_alone = 1 << 20;

/// CPU time of the calling thread.
double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// What one thread measured.
struct Tally {
  std::uint64_t toys = 0;
  std::array<std::uint64_t, core::n_engines> by_engine{};  ///< certified or event by event
  std::uint64_t uncertified = 0, failed = 0;
  double events = 0;
  double event_passes = 0;  ///< events times passes, event by event
  double seconds = 0;       ///< of generation, fits, errors and certificates
  double generation = 0;    ///< of generation alone
  double max_bound = 0;

  void add(record::FitRecord const& fit) {
    ++toys;
    if (fit.status == core::FitStatus::uncertified) {
      ++uncertified;
      return;
    }
    ++by_engine[static_cast<std::size_t>(fit.engine)];
    failed += core::is_converged(fit.status) ? 0U : 1U;
    max_bound = std::max(max_bound, fit.bound);
  }

  void add(Tally const& other) {
    toys += other.toys;
    for (std::size_t i = 0; i < by_engine.size(); ++i) {
      by_engine[i] += other.by_engine[i];
    }
    uncertified += other.uncertified;
    failed += other.failed;
    events += other.events;
    event_passes += other.event_passes;
    seconds += other.seconds;
    generation += other.generation;
    max_bound = std::max(max_bound, other.max_bound);
  }
};

void measure(study::ToyRunner& runner, core::ToyId toy, Tally& tally) {
  auto const passes = runner.eventwise_passes();
  double const start = thread_seconds();
  auto const& record = runner.run(toy);
  double const fitted = thread_seconds();
  double events = 0;
  for (auto const n : record.n_events) {
    events += static_cast<double>(n);
  }
  tally.add(record.fit());
  tally.events += events;
  tally.event_passes += events * static_cast<double>(runner.eventwise_passes() - passes);
  tally.seconds += fitted - start;
  double const again = thread_seconds();
  static_cast<void>(runner.generate(toy));
  tally.generation += thread_seconds() - again;
}

using Runners = std::vector<std::unique_ptr<study::ToyRunner>>;

Tally run_range(Runners& runners, core::ToyRange range) {
  std::vector<Tally> tallies(runners.size());
  core::parallel_for(range.count, static_cast<int>(runners.size()), [&](std::size_t i, int thread) {
    auto const t = static_cast<std::size_t>(thread);
    measure(*runners[t], core::ToyId{range.first.value + i}, tallies[t]);
  });
  Tally sum;
  for (auto const& tally : tallies) {
    sum.add(tally);
  }
  return sum;
}

nlohmann::ordered_json document(Tally const& t, std::size_t threads) {
  auto const toys = static_cast<double>(t.toys);
  auto const of = [&](core::Engine engine) {
    return t.by_engine[static_cast<std::size_t>(engine)];
  };
  nlohmann::ordered_json out = {{"toys", t.toys},
                                {"threads", threads},
                                {"events_per_toy", t.events / toys},
                                {"toys_per_s_per_core", toys / t.seconds},
                                {"ns_per_event_generate", 1e9 * t.generation / t.events},
                                {"us_per_fit", 1e6 * (t.seconds - t.generation) / toys},
                                {"paths",
                                 {{"compressed", of(core::Engine::compressed)},
                                  {"refined", of(core::Engine::refined)},
                                  {"eventwise", of(core::Engine::eventwise)},
                                  {"uncertified", t.uncertified}}},
                                {"failed", t.failed},
                                {"isa", std::string(kernels::isa_name())},
                                {"max_bound", t.max_bound}};
  if (t.event_passes > 0) {
    out["ns_per_event_pass"] = 1e9 * (t.seconds - t.generation) / t.event_passes;
  }
  return out;
}

/// Cells of all channels by how their events enter a sample.
nlohmann::ordered_json cells(toys::GenerationTables const& tables) {
  std::array<std::uint64_t, 3> n{};
  double kept = 0;  // events expected in cells that keep them
  auto const add = [&](std::vector<toys::CellKind> const& kinds,
                       std::vector<double> const& events) {
    for (std::size_t c = 0; c < kinds.size(); ++c) {
      ++n[static_cast<std::size_t>(kinds[c])];
      kept += kinds[c] == toys::CellKind::nodes ? 0 : events[c];
    }
  };
  for (auto const& channel : tables.channels) {
    add(channel.cells.kinds, channel.cells.events);
    for (auto const& cells_of_process : channel.products) {
      add(cells_of_process.kinds, cells_of_process.events);
    }
  }
  return {{"events", n[0]}, {"nodes", n[1]}, {"both", n[2]}, {"events_kept", kept}};
}

std::string table(nlohmann::ordered_json const& values) {
  std::string text;
  for (auto const& [key, value] : values.items()) {
    text += fmt::format(
        "{:<22} {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

}  // namespace

BenchResult bench_toys(study::StudySetup const& setup, BenchOrder const& order) {
  Runners runners;
  for (int t = 0; t < order.threads; ++t) {
    runners.push_back(std::make_unique<study::ToyRunner>(setup));
  }
  // What is made at a first use is not a toy's cost.
  static_cast<void>(run_range(runners, {{0}, 2 * runners.size()}));
  Tally sum;
  std::uint64_t next = 0;
  std::uint64_t n = order.n_toys.value_or(16 * runners.size());
  do {
    sum.add(run_range(runners, {{next}, n}));
    next += n;
    n = std::min(2 * n, most_toys_alone);
  } while (!order.n_toys && sum.seconds < least_seconds * order.threads);
  auto values = document(sum, runners.size());
  values["cells"] = cells(setup.tables);
  return {values.dump() + "\n", table(values)};
}

}  // namespace toyfarm::run
