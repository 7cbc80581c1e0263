#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/io/toy_table.hpp"
#include "toyfarm/model/sample.hpp"
#include "toyfarm/run/order.hpp"
#include "toyfarm/study/toy_runner.hpp"

namespace toyfarm::run {

/// Adds a sample of the model, and whose its global observables are, to what a file tells.
void add_events(model::Model const& model, model::Sample const& sample, io::ToyEvents& events);

/// Events of toys in files of a folder, `toy_<number>.h5`: one each, so that ranks and threads need
/// not wait for each other's, and each can be named where data are asked for.
class EventFiles {
 public:
  /// Makes the folder. Throws RuntimeFailure (73).
  explicit EventFiles(std::filesystem::path folder);
  /// The toy that `runner` has run last; it appears whole under its name, in place of an older one.
  /// For any number of threads. Throws as io::write_toy_events, or RuntimeFailure (74).
  void write(study::StudySetup const& setup, core::ToyId toy, study::ToyRunner& runner);

 private:
  std::filesystem::path folder_;
  std::string mark_;  // of this process among all that write there
  std::mutex one_;    // HDF5 bears one thread at a time
};

/// Those that a run is to write; null where none are wanted.
[[nodiscard]] std::unique_ptr<EventFiles> event_files(Conduct const& conduct);

/// Throws RuntimeFailure (73) where a file of one of the toys is there already.
void refuse_event_files_of(core::ToyRange range, std::filesystem::path const& folder);

}  // namespace toyfarm::run
