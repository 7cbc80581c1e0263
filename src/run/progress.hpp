#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "toyfarm/parallel/farm.hpp"
#include "toyfarm/record/row_view.hpp"
#include "toyfarm/record/study_info.hpp"
#include "toyfarm/run/status_text.hpp"

namespace toyfarm::run {

/// What the result says of all toys of a run, those of earlier processes included.
struct FinalFigures {
  std::uint64_t n_done = 0;
  std::uint64_t n_not_converged = 0;
  std::optional<double> toys_per_second;  ///< of this process; nothing if it has run none
  double elapsed_s = 0;                   ///< of this process
  std::optional<double> poi_mean, pull_mean, pull_width;
};

/// Tells people and programs how a run stands: a live line on a terminal, else a line every 30 s in
/// the log, and status.json. Figures of the POI are running ones, in order of arrival, until those
/// of the result are there.
class Progress {
 public:
  /// `directory`: of the run, or empty. Toys in `before` were done earlier and are not in the
  /// running figures.
  Progress(record::StudyInfo const& study, std::filesystem::path directory, RunStatus begin);

  void take(std::span<std::uint64_t const> rows);
  /// Called often; shows what is due.
  void look(parallel::FarmView const& view, std::uint64_t n_acknowledged);
  /// From now on another thread has the word: `look` says nothing any more.
  void hand_over() noexcept { is_handed_over_ = true; }
  /// Rows no longer come: these are on disk, and files are being made of them.
  void begin_publishing(std::uint64_t n_acknowledged, std::uint64_t n_done);
  /// From now on the result's figures stand in place of the running ones.
  void take(FinalFigures const& figures);
  /// The last word on the run. Without a run directory, or where it cannot be written, says
  /// nothing.
  void end(io::RunState state, int exit_code, std::string const& reason);
  [[nodiscard]] RunStatus const& status() const noexcept { return status_; }
  void name_rank(std::string name) { names_.push_back(std::move(name)); }

 private:
  void update(parallel::FarmView const& view, std::uint64_t n_acknowledged);
  void write() noexcept;
  void clear_line();
  /// Another process has taken the run over, and has the word: this one was frozen meanwhile.
  [[nodiscard]] bool is_superseded() const noexcept;

  /// Mean and spread of values as they come (Welford 1962).
  struct Running {
    std::uint64_t n = 0;
    double mean = 0;
    double squares = 0;
    void add(double x) noexcept;
    [[nodiscard]] std::optional<double> width() const;
  };

  record::StudyInfo const& study_;
  record::RowLayout layout_;
  std::filesystem::path directory_;
  RunStatus status_;
  std::vector<std::string> names_;  ///< [rank]
  std::uint64_t n_before_;
  Running estimates_;
  Running pulls_;
  bool is_terminal_;
  bool has_line_ = false;  ///< the live line stands on the terminal
  bool is_handed_over_ = false;
  double next_show_ = 0;
  double next_write_ = 0;
};

}  // namespace toyfarm::run
