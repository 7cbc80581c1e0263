#pragma once
#include <cstdint>
#include <vector>

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>

#include "toyfarm/parallel/job.hpp"

namespace toyfarm::parallel {

/// MPI itself, for the files of this room.
struct Job::Impl {
  /// Throws core::RuntimeFailure if the library gives less than MPI_THREAD_FUNNELED.
  Impl(int& argc, char**& argv);

  /// Sizes of all ranks' bytes, at rank 0. @collective
  [[nodiscard]] std::vector<std::uint64_t> gather_sizes(std::uint64_t n) const;

  boost::mpi::environment environment;
  boost::mpi::communicator world;
};

}  // namespace toyfarm::parallel
