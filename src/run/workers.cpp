#include "run/workers.hpp"

#include <utility>

#include "toyfarm/core/thread_team.hpp"

namespace toyfarm::run {
namespace {

record::RowLayout layout_of(study::Ensemble const& ensemble) {
  auto const& model = ensemble.points.front().setup.model;
  return {
      model.parameters.size(), model.channels.size(), model.constraints.size(), ensemble.n_fits()};
}

}  // namespace

Workers::Workers(study::Ensemble const& ensemble, int threads, std::unique_ptr<EventFiles> files)
    : ensemble_(ensemble),
      layout_(layout_of(ensemble)),
      workers_(static_cast<std::size_t>(threads)),
      files_(std::move(files)) {}

study::ToyRunner& Workers::runner(int thread, std::size_t point) {
  auto& worker = workers_[static_cast<std::size_t>(thread)];
  if (!worker.runner || worker.point != point) {
    worker.runner.reset();
    worker = {point, std::make_unique<study::ToyRunner>(ensemble_.points[point].setup)};
  }
  return *worker.runner;
}

void Workers::run(core::ToyId toy, int thread, std::span<std::uint64_t> row) {
  auto const place = ensemble_.place_of(toy);
  auto& one = runner(thread, place.point);
  record::encode(one.run(place.toy), layout_, row);
  row.front() = toy.value;
  if (files_) {
    files_->write(ensemble_.points[place.point].setup, place.toy, one);
  }
}

std::vector<study::Difference> Workers::verify(std::vector<core::ToyId> const& toys) {
  std::vector<study::Difference> out(toys.size());
  core::parallel_for(
      toys.size(), static_cast<int>(workers_.size()), [&](std::size_t i, int thread) {
        auto const place = ensemble_.place_of(toys[i]);
        out[i] = study::verify(runner(thread, place.point), place.toy);
      });
  return out;
}

}  // namespace toyfarm::run
