#include "run/workers.hpp"

#include "toyfarm/core/thread_team.hpp"

namespace toyfarm::run {

Workers::Workers(study::StudySetup const& setup, int threads)
    : setup_(setup),
      layout_{setup.model.parameters.size(),
              setup.model.channels.size(),
              setup.model.constraints.size()},
      runners_(static_cast<std::size_t>(threads)) {}

study::ToyRunner& Workers::runner(int thread) {
  auto& runner = runners_[static_cast<std::size_t>(thread)];
  if (!runner) {
    runner = std::make_unique<study::ToyRunner>(setup_);
  }
  return *runner;
}

std::vector<study::Difference> Workers::verify(std::vector<core::ToyId> const& toys) {
  std::vector<study::Difference> out(toys.size());
  core::parallel_for(
      toys.size(), static_cast<int>(runners_.size()), [&](std::size_t i, int thread) {
        out[i] = study::verify(runner(thread), toys[i]);
      });
  return out;
}

}  // namespace toyfarm::run
