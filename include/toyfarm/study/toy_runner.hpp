#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/fit/minimise.hpp"
#include "toyfarm/model/model.hpp"
#include "toyfarm/model/sample.hpp"
#include "toyfarm/record/study_info.hpp"
#include "toyfarm/record/toy_record.hpp"
#include "toyfarm/toys/generate.hpp"

namespace toyfarm::study {

/// Everything a toy is a function of besides its id. Immutable while toys run.
struct StudySetup {
  model::Model model;
  std::vector<double> truth;  ///< generation point
  toys::GenerationTables tables;
  std::uint64_t seed = 42;
  record::ConstraintMode constraints = record::ConstraintMode::randomize;
};

/// Generates and fits toys one by one; one object per thread. A toy's record depends on the setup
/// and its id alone, never on toys run before.
class ToyRunner {
 public:
  /// `setup` must outlive the object.
  explicit ToyRunner(StudySetup const& setup);

  /// Generates and fits one toy: first from the generation point, then from the spec's init and
  /// from jittered points until a fit converges.
  [[nodiscard]] record::ToyRecord run(core::ToyId toy);

  /// The events of the toy last run.
  [[nodiscard]] model::Sample const& sample() const noexcept { return sample_; }
  /// The constraint centres of the toy last run.
  [[nodiscard]] std::vector<double> const& global_observables() const noexcept { return centres_; }

 private:
  StudySetup const* setup_;
  fit::ExtendedNll nll_;
  model::Sample sample_;
  std::vector<double> centres_;
};

/// Where to start again when a fit from `first` did not converge: the spec's init, then `first`
/// jittered by up to 10 % of each finite range, from the toy's own stream.
[[nodiscard]] fit::Starts other_starts(model::Model const& model,
                                       std::vector<double> const& first,
                                       std::uint64_t seed,
                                       core::ToyId toy);

/// The record of a fit.
[[nodiscard]] record::ToyRecord to_record(fit::FitResult const& fit, core::ToyId toy);

}  // namespace toyfarm::study
