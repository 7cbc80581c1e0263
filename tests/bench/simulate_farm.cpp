#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/farm_simulation.hpp"

// Prints what the schedule makes of farms too large to have at hand, as a Markdown table.
namespace {

using toyfarm::bench::simulate;
using toyfarm::bench::SimulatedFarm;

int usage() {
  std::fputs(
      "usage: toyfarm_simulate_farm [--ranks N] [--toy-seconds S] [--threads N] [--seconds S]\n"
      "                             [--dying SHARE] [--speed-ratio R] [--seed N]\n"
      "  without --ranks 10, 100, 1000, 10000; without --toy-seconds 1 ms to 100 s\n",
      stderr);
  return 64;
}

std::string seconds_text(double seconds) {
  char text[32];
  if (seconds < 0.1) {
    std::snprintf(text, sizeof text, "%g ms", seconds * 1e3);
  } else {
    std::snprintf(text, sizeof text, "%g s", seconds);
  }
  return text;
}

void print_row(SimulatedFarm farm) {
  auto const run = simulate(farm);
  farm.mode = toyfarm::parallel::ScheduleMode::fixed;
  auto const fixed = simulate(farm);
  auto const n_messages = static_cast<double>(std::max<std::uint64_t>(1, run.n_messages));
  std::printf(
      "| %d | %s | %.0f s | %s%.1f %% | %.1f %% | %.0f | %.0f | %.0f | %.3f %% | %.1f | %.1f %% "
      "|\n",
      farm.n_ranks,
      seconds_text(farm.toy_seconds).c_str(),
      run.seconds,
      run.is_complete ? "" : "INCOMPLETE ",
      100 * run.efficiency,
      100 * fixed.efficiency,
      run.mean_messages,
      run.peak_messages,
      run.mean_block_toys,
      100 * static_cast<double>(run.n_twice) / static_cast<double>(run.n_toys),
      1e6 * run.schedule_seconds / n_messages,
      100 * run.busiest);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  SimulatedFarm farm;
  std::vector<int> ranks{10, 100, 1000, 10000};
  std::vector<double> toy_seconds{1e-3, 1e-2, 0.1, 1, 10, 100};
  for (int i = 1; i < argc; i += 2) {
    std::string const option = argv[i];
    char* end = nullptr;
    double const value = i + 1 < argc ? std::strtod(argv[i + 1], &end) : -1;
    if (i + 1 >= argc || end == argv[i + 1] || *end != '\0' || !(value >= 0 && value <= 1e6)) {
      return usage();
    }
    if (option == "--ranks" && value >= 1) {
      ranks = {static_cast<int>(value)};
    } else if (option == "--toy-seconds" && value > 0) {
      toy_seconds = {value};
    } else if (option == "--threads" && value >= 1) {
      farm.threads = static_cast<int>(value);
    } else if (option == "--seconds") {
      farm.least_seconds = value;
    } else if (option == "--dying" && value < 1) {
      farm.dying = value;
    } else if (option == "--speed-ratio" && value >= 1) {
      farm.speed_ratio = value;
    } else if (option == "--seed") {
      farm.seed = static_cast<std::uint64_t>(value);
    } else {
      return usage();
    }
  }
  std::puts(
      "| ranks | toy | job | efficiency | static | messages/s | peak | toys/block | twice | "
      "schedule, us/message | rank 0 busy |\n|---|---|---|---|---|---|---|---|---|---|---|");
  for (int const n : ranks) {
    for (double const seconds : toy_seconds) {
      farm.n_ranks = n;
      farm.toy_seconds = seconds;
      print_row(farm);
    }
  }
  return 0;
}
