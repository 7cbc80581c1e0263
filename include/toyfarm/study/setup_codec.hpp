#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "toyfarm/spec/spec.hpp"
#include "toyfarm/study/ensemble.hpp"
#include "toyfarm/study/toy_runner.hpp"

namespace toyfarm::study {

/// What a set-up is a function of, as rank 0 tells it to the others and journals keep it.
struct SetupNote {
  std::string spec_path, spec_text;
  spec::UnknownFields unknown = spec::UnknownFields::refuse;
  std::vector<double> truth;  ///< [parameter] generation point
  std::uint64_t seed = 0;
  record::ConstraintMode constraints = record::ConstraintMode::randomize;
  EngineChoice engine = EngineChoice::automatic;
  double max_event_memory = 0;  ///< bytes
  std::string tables;           ///< of toys, serialised
};

/// A generation point of an ensemble, as a note.
struct PointNote {
  std::vector<double> truth;  ///< [parameter]
  std::string tables;         ///< of toys, serialised
  std::uint64_t key = 0;      ///< StudySetup::point_key
  std::uint64_t first = 0;    ///< number of its first toy, among those of the point
  std::uint64_t n_toys = 0;
  std::vector<Hypothesis> hypotheses{1};  ///< as many as at every other point
};

/// What an ensemble is a function of.
struct EnsembleNote {
  SetupNote common;  ///< its generation point and tables are nobody's
  std::vector<PointNote> points;
};

[[nodiscard]] std::string encode_ensemble(EnsembleNote const& note);
/// The ensemble that encode_ensemble, or encode_setup, noted; throws as decode_setup.
[[nodiscard]] Ensemble decode_ensemble(std::string_view bytes);

[[nodiscard]] std::string encode_setup(SetupNote const& note);
/// The set-up that a note describes. Throws core::RuntimeFailure(internal) for bytes that are not
/// those of encode_setup, and as reading the spec does.
[[nodiscard]] StudySetup decode_setup(std::string_view bytes);

}  // namespace toyfarm::study
