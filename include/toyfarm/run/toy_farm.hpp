#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "toyfarm/io/journal.hpp"
#include "toyfarm/parallel/job.hpp"
#include "toyfarm/run/input.hpp"
#include "toyfarm/run/order.hpp"
#include "toyfarm/study/setup_codec.hpp"

// Ensembles of toys that a question asks for, one after the other, on all ranks of a job.
namespace toyfarm::run {

/// Toys at one generation point.
struct ToyPoint {
  std::vector<double> truth;  ///< [parameter]
  std::uint64_t first = 0;    ///< number of the first one, among those of the point
  std::uint64_t n_toys = 0;
  std::vector<study::Hypothesis> hypotheses;  ///< under which they are fitted; the first is free
};

/// Toys of some points, each fitted under as many hypotheses as the others.
struct ToyOrder {
  std::string name;                     ///< of its journal in the run directory, unlike all others
  std::vector<std::string> hypotheses;  ///< what fits are called
  std::vector<ToyPoint> points;
  /// Another model that is fitted to the toys; null: the one that they come from. Fits begin at its
  /// init, with POI and constrained parameters where the point has its own.
  Input const* fitted = nullptr;
};

/// The fitted model's parameters for toys of a point. Throws SpecError where it has not the
/// channels, observables and constraints of `input`, or not its POI.
[[nodiscard]] std::vector<double> start_of_fitted(Input const& input,
                                                  Input const& fitted,
                                                  std::vector<double> const& truth);

/// What decides about the toys of a question besides their points.
struct ToySettings {
  std::uint64_t seed = 42;
  record::ConstraintMode constraints = record::ConstraintMode::randomize;
  study::EngineChoice engine = study::EngineChoice::automatic;
};

/// Rank 0's side. Toys are shared out, journalled and taken over from dead ranks as those of a run.
class ToyFarm {
 public:
  /// Journals lie in `directory`; empty: nowhere, once the process is gone. `input` and `job` must
  /// outlive the object. @collective with serve_toys
  ToyFarm(parallel::Job const& job,
          Input const& input,
          ToySettings settings,
          Conduct conduct,
          std::filesystem::path directory = {});
  ~ToyFarm();

  /// The rows of an ensemble, in order of its points: those that are journalled already are not run
  /// again. Throws core::Error: stopped (75) if it was asked to stop or lost a rank, what a toy
  /// threw, or DataError for a journal of other toys.
  [[nodiscard]] std::unique_ptr<io::Journal> run(ToyOrder const& order);
  [[nodiscard]] std::uint64_t n_toys() const noexcept { return n_toys_; }

  /// Sends the other ranks home; to be called last, whatever happened. Returns `code`, or leaves
  /// the process with it where waiting for others would hang.
  int end(int code);

 private:
  struct Ranks;
  parallel::Job const& job_;
  Input const& input_;
  ToySettings settings_;
  Conduct conduct_;
  std::filesystem::path directory_;
  std::unique_ptr<Ranks> ranks_;
  std::uint64_t n_toys_ = 0;
};

/// Any other rank: runs toys of one ensemble after the other until rank 0 ends. Returns, or leaves
/// with, the exit code. @collective
int serve_toys(parallel::Job const& job, Conduct const& conduct);

}  // namespace toyfarm::run
