#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/core/log.hpp"
#include "toyfarm/ensemble/summary.hpp"
#include "toyfarm/io/events.hpp"
#include "toyfarm/parallel/plan.hpp"
#include "toyfarm/record/study_info.hpp"
#include "toyfarm/spec/spec.hpp"
#include "toyfarm/study/toy_runner.hpp"

// What the command line asks for, as plain structs; the subcommands see nothing of the parser.
namespace toyfarm::app {

/// Options of every command that reads a spec.
struct InputOptions {
  std::string config;
  spec::UnknownFields unknown = spec::UnknownFields::refuse;
  std::map<std::string, std::string> data;  ///< channel -> file that replaces the spec's
  io::OutsidePolicy outside = io::OutsidePolicy::refuse;
};

struct FitOptions {
  InputOptions input;
  std::optional<std::string> output;  ///< "-" = standard output
  bool force = false;
  std::string toy_events;  ///< file of --dump-events to fit instead of the spec's data
  study::EngineChoice engine = study::EngineChoice::automatic;
  std::optional<std::string> start;  ///< JSON of parameter values to start from
};

struct NllOptions {
  InputOptions input;
  std::optional<std::string> at;  ///< JSON of parameter values; default init
};

enum class GenerationPoint { init, mle };

struct ToysOptions {
  InputOptions input;
  std::uint64_t n_toys = 100;
  std::uint64_t seed = 42;
  GenerationPoint gen = GenerationPoint::init;
  std::vector<std::pair<std::string, double>> set;
  parallel::ThreadPolicy threads;
  std::string threads_word = "physical";
  parallel::WeightMode weight_mode = parallel::WeightMode::physical;
  std::optional<record::Shard> shard;
  record::ConstraintMode constraints = record::ConstraintMode::randomize;
  study::EngineChoice engine = study::EngineChoice::automatic;
  double max_event_memory = 64e6;  ///< bytes
  ensemble::GuardrailLimits guardrails;
  std::optional<std::string> output;
  std::optional<std::string> out_dir;
  std::string run_id;
  std::optional<std::string> json_metrics;
  bool dry_run = false;
  bool force = false;
  std::uint64_t verify = 0;  ///< toys to fit event by event as well
  std::optional<std::uint64_t> only_toy;
  std::string dump_events;
  std::string command_line;
};

struct BenchOptions {
  ToysOptions toys;                     ///< spec, generation point, seed, engine
  std::optional<std::uint64_t> n_toys;  ///< none: as many as take a second
  int threads = 1;
  bool json = false;
};

struct MergeOptions {
  std::vector<std::string> inputs;
  std::string output;
  bool force = false;
  bool allow_partial = false;
  ensemble::GuardrailLimits guardrails;
};

}  // namespace toyfarm::app
