#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "toyfarm/study/toy_runner.hpp"

namespace toyfarm::run {

struct BenchOrder {
  std::optional<std::uint64_t> n_toys;  ///< none: as many as take a second
  int threads = 1;
};

struct BenchResult {
  std::string json;   ///< one line
  std::string table;  ///< for people
};

/// How fast toys of a study are, in CPU time: toys/s and core, ns per event drawn, µs per fit, and
/// which engine fitted how many.
[[nodiscard]] BenchResult bench_toys(study::StudySetup const& setup, BenchOrder const& order);

}  // namespace toyfarm::run
