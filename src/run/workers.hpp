#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/record/toy_record.hpp"
#include "toyfarm/run/event_files.hpp"
#include "toyfarm/study/ensemble.hpp"
#include "toyfarm/study/toy_runner.hpp"
#include "toyfarm/study/verify.hpp"

namespace toyfarm::run {

/// Generates and fits toys on the threads of a rank.
class Workers {
 public:
  /// `ensemble` must outlive it. `files`: of each toy's events; null: none are wanted.
  Workers(study::Ensemble const& ensemble,
          int threads,
          std::unique_ptr<EventFiles> files = nullptr);
  [[nodiscard]] record::RowLayout const& layout() const noexcept { return layout_; }
  [[nodiscard]] std::size_t n_threads() const noexcept { return workers_.size(); }
  /// Fills `row` with the encoded row of `toy`, by the runner of `thread`.
  void run(core::ToyId toy, int thread, std::span<std::uint64_t> row);
  /// [toy] of `toys`: the study's engine against event by event.
  [[nodiscard]] std::vector<study::Difference> verify(std::vector<core::ToyId> const& toys);

 private:
  /// The runner of a thread's last point; toys of a block are mostly of one.
  struct Worker {
    std::size_t point = 0;
    std::unique_ptr<study::ToyRunner> runner;
  };
  study::ToyRunner& runner(int thread, std::size_t point);

  study::Ensemble const& ensemble_;
  record::RowLayout layout_;
  std::vector<Worker> workers_;  ///< [thread]
  std::unique_ptr<EventFiles> files_;
};

}  // namespace toyfarm::run
