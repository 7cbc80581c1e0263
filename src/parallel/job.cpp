#include "toyfarm/parallel/job.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <boost/mpi/collectives/all_reduce.hpp>
#include <boost/mpi/collectives/gather.hpp>
#include <boost/mpi/operations.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>

#include "toyfarm/core/error.hpp"

#include "parallel/job_impl.hpp"
#include "parallel/pieces.hpp"

namespace toyfarm::parallel {

namespace bmpi = boost::mpi;

/// For Boost.Serialization, which finds it by argument-dependent look-up.
template <class Archive>
void serialize(Archive& archive, RankReport& report, unsigned /*version*/) {
  archive& report.rank& report.host& report.logical_cores& report.physical_cores& report
      .cpuset& report.cores& report.host_cores;
  archive& report.cpu_model& report.isa& report.pid& report.numa& report.memory_bytes& report
      .toys_per_s& report.addresses;
}

Job::Impl::Impl(int& argc, char**& argv) : environment(argc, argv, bmpi::threading::funneled) {
  if (bmpi::environment::thread_level() < bmpi::threading::funneled) {
    throw core::RuntimeFailure(core::ExitCode::internal,
                               "this MPI library does not allow threads (MPI_THREAD_FUNNELED)");
  }
}

std::vector<std::uint64_t> Job::Impl::gather_sizes(std::uint64_t n) const {
  std::vector<std::uint64_t> sizes;
  bmpi::gather(world, n, sizes, 0);
  return sizes;
}

Job::Job(Kind kind, int& argc, char**& argv)
    : impl_(kind == Kind::mpi ? std::make_unique<Impl>(argc, argv) : nullptr) {}

Job::~Job() = default;

int Job::rank() const noexcept {
  return impl_ ? impl_->world.rank() : 0;
}

int Job::size() const noexcept {
  return impl_ ? impl_->world.size() : 1;
}

void Job::broadcast(std::string& bytes) const {
  if (impl_) {
    broadcast_pieces(impl_->world, bytes);
  }
}

std::vector<RankReport> Job::gather(RankReport const& mine) const {
  auto report = mine;
  report.rank = rank();
  std::vector<RankReport> all{report};
  if (impl_) {
    all.clear();
    bmpi::gather(impl_->world, report, all, 0);
  }
  return all;
}

std::vector<std::string> Job::gather(std::string const& mine) const {
  if (!impl_) {
    return {mine};
  }
  auto const sizes = impl_->gather_sizes(mine.size());
  if (rank() != 0) {
    send_pieces(impl_->world, 0, mine.data(), mine.size());
    return {};
  }
  std::vector<std::string> all{mine};
  for (int from = 1; from < size(); ++from) {
    auto& text = all.emplace_back(sizes[static_cast<std::size_t>(from)], '\0');
    receive_pieces(impl_->world, from, text.data(), text.size());
  }
  return all;
}

int Job::max(int value) const {
  return impl_ ? bmpi::all_reduce(impl_->world, value, bmpi::maximum<int>()) : value;
}

void Job::abort(int code) const noexcept {
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  if (impl_) {
    MPI_Abort(impl_->world, code);
  }
  std::_Exit(code);
}

void Job::leave(int code, Farewell farewell) const noexcept {
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  if (impl_ && farewell == Farewell::abort) {
    MPI_Abort(impl_->world, code);
  } else if (impl_) {
    MPI_Finalize();
  }
  std::_Exit(code);
}

std::string Job::library() const {
  return impl_ ? mpi_library() : "none";
}

bool has_mpi() noexcept {
  return true;
}

std::string mpi_library() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);  // may be called before MPI begins
  std::string name(text.data());
  name.resize(std::min(name.size(), name.find_first_of(",\n\r\t")));
  if (auto const v = name.find(" v"); v != std::string::npos) {  // "Open MPI v4.1.4"
    name.erase(v + 1, 1);
  }
  return name;
}

}  // namespace toyfarm::parallel
