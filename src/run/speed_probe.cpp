#include "toyfarm/run/speed_probe.hpp"

#include <chrono>
#include <cstdlib>

#include <fmt/core.h>

#include "toyfarm/core/thread_team.hpp"
#include "toyfarm/parallel/plan.hpp"
#include "toyfarm/spec/spec.hpp"
#include "toyfarm/study/layout.hpp"

namespace toyfarm::run {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double probe_seconds = 0.2;

constexpr char const* probe_spec = R"({
  "schema_version": "nextstat_unbinned_spec_v0",
  "model": {"parameters": [
    {"name": "signal", "init": 2500, "bounds": [0, 10000]},
    {"name": "background", "init": 7500, "bounds": [0, 30000]},
    {"name": "peak", "init": 91.2, "bounds": [85, 97]},
    {"name": "width", "init": 2.5, "bounds": [0.5, 10]},
    {"name": "slope", "init": -0.03, "bounds": [-0.1, 0.05]}]},
  "channels": [{
    "name": "probe",
    "observables": [{"name": "mass", "bounds": [60, 120]}],
    "processes": [
      {"name": "signal", "yield": {"type": "parameter", "name": "signal"},
       "pdf": {"type": "gaussian", "observable": "mass", "params": ["peak", "width"]}},
      {"name": "background", "yield": {"type": "parameter", "name": "background"},
       "pdf": {"type": "exponential", "observable": "mass", "params": ["slope"]}}]}]
})";

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Toys a thread runs until the time is over, at least one; rate per second of its own time.
double rate_of(study::ToyRunner& runner, core::ToyId toy, double seconds) {
  auto const start = Clock::now();
  double n = 0;
  do {
    static_cast<void>(runner.run(toy));
    ++toy.value;
    ++n;
  } while (seconds_since(start) < seconds);
  return n / seconds_since(start);
}

std::string threads_text(std::vector<parallel::RankReport> const& reports) {
  std::string text;
  auto const plan = parallel::make_plan(
      reports, {{0}, 0}, parallel::WeightMode::uniform, {parallel::ThreadPolicy::Kind::logical, 0});
  for (auto const& rank : plan.ranks) {
    text += fmt::format("{:>8}", rank.threads);
  }
  return text;
}

}  // namespace

double measure_speed(study::StudySetup const& setup, int threads, double seconds) {
  constexpr std::uint64_t toys_apart = std::uint64_t{1} << 32U;
  std::vector<double> rates(static_cast<std::size_t>(threads));
  core::parallel_for(rates.size(), threads, [&](std::size_t i, int /*thread*/) {
    study::ToyRunner runner(setup);
    // What is made at a first use is not a toy's cost, unless a toy costs more than the time given.
    double const first = rate_of(runner, {i * toys_apart}, 0);
    rates[i] = first * seconds < 1 ? first : rate_of(runner, {i * toys_apart + 1}, seconds);
  });
  double sum = 0;
  for (double const rate : rates) {
    sum += rate;
  }
  return sum;
}

study::StudySetup probe_study() {
  auto const spec = spec::parse_spec(probe_spec, "speed probe", spec::UnknownFields::refuse);
  study::StudySetup setup;
  setup.model = model::build_model(spec, spec::UnknownFields::refuse);
  setup.truth = setup.model.init();
  setup.tables = study::build_layout(setup.model, setup.truth, "speed probe");
  return setup;
}

std::vector<ProbedRank> probe_speeds(parallel::Job const& job,
                                     std::vector<parallel::RankReport>& reports) {
  constexpr std::size_t width = 8;
  std::string threads = job.rank() == 0 ? threads_text(reports) : "";
  job.broadcast(threads);
  auto const mine =
      std::atoi(threads.substr(width * static_cast<std::size_t>(job.rank()), width).c_str());
  auto const setup = probe_study();
  static_cast<void>(job.max(0));  // so that ranks of one host get in each other's way as toys will
  auto const gathered =
      job.gather(fmt::format("{} {:.17g}", mine, measure_speed(setup, mine, probe_seconds)));
  std::vector<ProbedRank> probed;
  for (std::size_t rank = 0; rank < gathered.size(); ++rank) {
    char* end = nullptr;
    auto& one = probed.emplace_back();
    one.threads = static_cast<int>(std::strtol(gathered[rank].c_str(), &end, 10));
    one.toys_per_s = std::strtod(end, nullptr);
    reports[rank].toys_per_s = one.toys_per_s;
  }
  return probed;
}

}  // namespace toyfarm::run
