#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/core/words.hpp"
#include "toyfarm/fit/certificate.hpp"
#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/fit/minimise.hpp"
#include "toyfarm/model/model.hpp"
#include "toyfarm/model/sample.hpp"
#include "toyfarm/record/study_info.hpp"
#include "toyfarm/record/toy_record.hpp"
#include "toyfarm/toys/compressed.hpp"
#include "toyfarm/toys/generate.hpp"

namespace toyfarm::study {

/// Which engine fits toys: compressed samples where their certificate holds and else event by
/// event; compressed samples only; or all toys event by event.
enum class EngineChoice { automatic, compressed, eventwise };
constexpr core::WordTable<EngineChoice, 3> words_of(EngineChoice /*any*/) {
  return {{{EngineChoice::automatic, "auto"},
           {EngineChoice::compressed, "compressed"},
           {EngineChoice::eventwise, "eventwise"}}};
}

/// A parameter held at a value.
struct Hold {
  std::size_t parameter = 0;
  double value = 0;
  friend bool operator==(Hold const&, Hold const&) = default;
};
/// What a fit of a toy is made under.
struct Hypothesis {
  std::vector<Hold> held;  ///< none: all that the model leaves free
  friend bool operator==(Hypothesis const&, Hypothesis const&) = default;
};

/// Everything a toy is a function of besides its id. Immutable while toys run.
struct StudySetup {
  model::Model model;
  std::vector<double> truth;  ///< generation point
  toys::GenerationTables tables;
  std::uint64_t seed = 42;
  record::ConstraintMode constraints = record::ConstraintMode::randomize;
  EngineChoice engine = EngineChoice::automatic;
  unsigned max_refinements = 2;    ///< times that a toy may be drawn again with cells cut in half
  double max_event_memory = 64e6;  ///< bytes of a toy's events in the fall back to them
  /// Under which each toy is fitted. Fits begin where that of the first ended, which must hold
  /// nothing that another leaves free.
  std::vector<Hypothesis> hypotheses{1};
  /// Keeps toys of different generation points apart; 0 for a study of one point.
  std::uint64_t point_key = 0;
  std::string model_hash;  ///< of the spec, where the model is one's

  /// Of the toys' random streams.
  [[nodiscard]] std::uint64_t stream_seed() const noexcept;
};

class ToySearch;
struct PeakGroup;

/// Generates and fits toys one by one; one object per thread. A toy's record depends on the setup
/// and its id alone, never on toys run before.
class ToyRunner {
 public:
  /// `setup` must outlive the object.
  explicit ToyRunner(StudySetup const& setup);
  ~ToyRunner();

  /// Generates one toy and fits it under every hypothesis: from the generation point, and where
  /// weak peaks may be elsewhere from where the toy has an excess; if none converges, from the
  /// spec's init and from jittered points until one does. A compressed fit is certified; one that
  /// is not is made again with finer cells, max_refinements times at most and unless cells of two
  /// observables are among them, then event by event. The record is valid until the next call; in
  /// the long run nothing is allocated.
  record::ToyRecord const& run(core::ToyId toy);

  /// The same event by event, whatever the study's engine.
  record::ToyRecord const& run_by_events(core::ToyId toy);

  /// Draws a toy as the first of the engines that `run` would try draws it; returns its events.
  std::uint64_t generate(core::ToyId toy);

  /// Draws the events of a toy, whatever it was fitted by; valid until the next call of any.
  model::Sample const& draw_events(core::ToyId toy);

  /// The events of the toy last run event by event.
  [[nodiscard]] model::Sample const& sample() const noexcept { return eventwise_.sample; }
  /// The constraint centres of the toy last run.
  [[nodiscard]] std::vector<double> const& global_observables() const noexcept { return centres_; }
  /// Passes over events made by fits event by event so far, each with NLL, gradient and Hessian.
  [[nodiscard]] std::uint64_t eventwise_passes() const noexcept {
    return eventwise_.nll.n_evaluations();
  }

 private:
  /// Fits samples of one kind.
  struct Engine {
    Engine(model::Model const& model, std::span<model::NodeCells const> nodes);
    ~Engine();
    fit::ExtendedNll nll;
    fit::Minimiser minimiser;
    model::Sample sample;
    std::unique_ptr<ToySearch> search;  ///< made when first wanted
  };
  /// Compressed samples of one fineness.
  struct Compressed {
    Compressed(StudySetup const& setup, unsigned refinement)
        : generator(setup.tables, refinement), engine(setup.model, generator.cells()) {}
    toys::CompressedGenerator generator;
    Engine engine;
  };
  void draw_centres(core::ToyId toy);
  void begin(core::ToyId toy);
  // conditional.cpp
  void hold(Engine& engine, std::size_t hypothesis);
  /// Where a fit under a hypothesis starts, given the end of the first.
  void start_under(std::size_t hypothesis, std::vector<double>& start) const;
  void fit_all(Engine& engine, core::ToyId toy);
  /// Fits under all hypotheses agree: none that holds more lies below the first.
  void look_below(Engine& engine);
  [[nodiscard]] bool is_below_first(std::size_t hypothesis) const;
  /// The toy of an engine's sample; its result is valid until the next fit.
  fit::FitResult const& fit(Engine& engine, core::ToyId toy, std::size_t hypothesis);
  fit::FitResult const& fit_from(Engine& engine,
                                 core::ToyId toy,
                                 std::vector<double> const& start,
                                 std::size_t hypothesis);
  /// Keeps a fit, with its certificate where nodes stand for events.
  void settle(fit::FitResult const& result, Engine& engine, std::size_t hypothesis);
  [[nodiscard]] bool all_settled() const noexcept;
  bool run_compressed(unsigned refinement, core::ToyId toy);
  void run_eventwise(core::ToyId toy);
  [[nodiscard]] fit::FitResult search(Engine& engine, core::ToyId toy);
  [[nodiscard]] bool tries_nodes() const noexcept;
  [[nodiscard]] bool fits_in_memory() const;

  StudySetup const* setup_;
  Engine eventwise_;
  fit::Certificate certificate_;
  std::vector<std::unique_ptr<Compressed>> compressed_;  // [refinement], made when first wanted
  unsigned refinement_ = 0;
  std::vector<PeakGroup> weak_;         // groups whose toys are searched
  model::Sample events_;                // of a toy of nodes
  std::optional<core::ToyId> sampled_;  // what compressed_[0] holds, of the toy at hand
  fit::FitResult retried_;
  fit::FitResult first_;               // of the first hypothesis, for starts of the others
  std::vector<double> start_;          // of one of them
  std::vector<std::uint8_t> settled_;  // [hypothesis] no finer engine is needed
  record::ToyRecord record_;
  std::vector<double> centres_;
};

/// Where to start again when a fit from `first` did not converge: the spec's init, then `first`
/// jittered from the toy's own stream, by up to 10 % of each finite range and then by up to half of
/// it.
[[nodiscard]] fit::Starts other_starts(model::Model const& model,
                                       std::vector<double> const& first,
                                       std::uint64_t seed,
                                       core::ToyId toy);

/// Writes all that a fit says into a record, whether rows have columns of it or not.
void set_fit(fit::FitResult const& fit, record::FitRecord& record);

}  // namespace toyfarm::study
