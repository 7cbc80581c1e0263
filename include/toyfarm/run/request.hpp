#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/words.hpp"
#include "toyfarm/ensemble/summary.hpp"
#include "toyfarm/hs3/read_model.hpp"
#include "toyfarm/io/events.hpp"
#include "toyfarm/io/reports.hpp"
#include "toyfarm/parallel/plan.hpp"
#include "toyfarm/parallel/schedule.hpp"
#include "toyfarm/record/study_info.hpp"
#include "toyfarm/spec/changes.hpp"
#include "toyfarm/study/toy_runner.hpp"

// What a run is asked to be. A run directory keeps it; resume, frozen studies, rendered jobs, plans
// and benches begin from it, none of them by way of a command line.
namespace toyfarm::run {

/// A spec with the events that it names, and how they are read.
struct InputRequest {
  std::string config;
  spec::UnknownFields unknown = spec::UnknownFields::refuse;
  std::map<std::string, std::string> data;  ///< channel -> file that replaces the spec's
  io::OutsidePolicy outside = io::OutsidePolicy::refuse;
  std::optional<std::uint64_t> max_rows;  ///< of a data file
  hs3::Choice choice;                     ///< of what an HS3 document describes
  spec::ModelChanges changes;             ///< of the model, for this run
};

enum class GenerationPoint { init, mle };
constexpr core::WordTable<GenerationPoint, 2> words_of(GenerationPoint /*any*/) {
  return {{{GenerationPoint::init, "init"}, {GenerationPoint::mle, "mle"}}};
}

/// What is to be run: all that decides about rows.
struct Request {
  InputRequest input;
  std::uint64_t n_toys = 100;
  std::uint64_t seed = 42;
  GenerationPoint gen = GenerationPoint::init;
  std::vector<std::pair<std::string, double>> set;  ///< values of the generation point
  record::ConstraintMode constraints = record::ConstraintMode::randomize;
  study::EngineChoice engine = study::EngineChoice::automatic;
  double max_event_memory = 64e6;  ///< bytes
};

using io::Keep;

/// How a run is carried through and judged. Nothing here changes a row.
struct Conduct {
  std::string threads = "physical";  ///< a word of parallel::thread_policy
  parallel::WeightMode weight_mode = parallel::WeightMode::physical;
  parallel::ScheduleMode schedule = parallel::ScheduleMode::dynamic;
  double checkpoint_interval = 30;   ///< seconds between fsyncs of the journal
  std::optional<double> time_limit;  ///< seconds after which to stop
  int checkpoint_exit_code = static_cast<int>(core::ExitCode::stopped);
  double patience = 0;  ///< seconds of silence after which a rank is given up; 0 = by job size
  Keep keep = Keep::rows;
  std::uint64_t verify = 0;    ///< toys to fit event by event as well
  bool allow_partial = false;  ///< missing toys are no failure
  std::string save_events;     ///< folder for a file of each toy's events; empty: none
  ensemble::GuardrailLimits guardrails;
};

/// Where results go.
struct Destination {
  std::optional<std::string> output;   ///< one JSON file; "-" = standard output
  std::optional<std::string> out_dir;  ///< of run directories
  std::string run_id;
  std::optional<std::string> json_metrics;
  bool force = false;
};

}  // namespace toyfarm::run
