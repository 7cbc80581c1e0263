#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/record/toy_record.hpp"
#include "toyfarm/study/toy_runner.hpp"
#include "toyfarm/study/verify.hpp"

namespace toyfarm::run {

/// Generates and fits toys on the threads of a rank, one ToyRunner each for as long as it lives.
class Workers {
 public:
  /// `setup` must outlive it.
  Workers(study::StudySetup const& setup, int threads);
  [[nodiscard]] record::RowLayout const& layout() const noexcept { return layout_; }
  [[nodiscard]] std::size_t n_threads() const noexcept { return runners_.size(); }
  /// Fills `row` with the encoded row of `toy`, by the runner of `thread`.
  void run(core::ToyId toy, int thread, std::span<std::uint64_t> row) {
    record::encode(runner(thread).run(toy), layout_, row);
  }
  /// [toy] of `toys`: the study's engine against event by event.
  [[nodiscard]] std::vector<study::Difference> verify(std::vector<core::ToyId> const& toys);

 private:
  study::ToyRunner& runner(int thread);

  study::StudySetup const& setup_;
  record::RowLayout layout_;
  std::vector<std::unique_ptr<study::ToyRunner>> runners_;  ///< [thread]
};

}  // namespace toyfarm::run
