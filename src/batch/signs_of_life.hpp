#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

#include "toyfarm/batch/queue.hpp"
#include "toyfarm/batch/rendered_run.hpp"

// Whether someone is at work on a shard that has no result yet.
namespace toyfarm::batch {

class SignsOfLife {
 public:
  /// Both must outlive it.
  SignsOfLife(RenderedRun const& run, RunCommand const& command);

  /// Whether `file` was written a short while ago. All times are those of the file system: the
  /// clocks of the hosts that write and of this one may differ.
  [[nodiscard]] bool is_fresh(std::filesystem::path const& file) const noexcept;
  /// How the shard's job stands in the queue, which is asked once and only then; nothing if the run
  /// was not submitted from here, or the queue does not answer.
  [[nodiscard]] std::optional<JobState> in_queue(std::uint64_t shard);

 private:
  void ask_queue();

  RenderedRun const& run_;
  RunCommand const& command_;
  double now_;
  bool has_asked_ = false;
  JobReport report_;
};

}  // namespace toyfarm::batch
