// Job and Mailbox for programs that link no MPI: jobs of one rank.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/core/error.hpp"
#include "toyfarm/parallel/job.hpp"

#include "parallel/mailbox.hpp"

namespace toyfarm::parallel {
namespace {

void flush_all() noexcept {
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
}

}  // namespace

struct Job::Impl {};  // never made

Job::Job(Kind kind, int& /*argc*/, char**& /*argv*/) {
  if (kind == Kind::mpi) {
    throw core::UsageError(
        "this program is linked without MPI and runs alone; start `toyfarm` under mpirun or srun");
  }
}

Job::~Job() = default;

int Job::rank() const noexcept {
  return 0;
}

int Job::size() const noexcept {
  return 1;
}

void Job::broadcast(std::string& /*bytes*/) const {}

std::vector<RankReport> Job::gather(RankReport const& mine) const {
  auto report = mine;
  report.rank = 0;
  return {report};
}

std::vector<std::string> Job::gather(std::string const& mine) const {
  return {mine};
}

int Job::max(int value) const {
  return value;
}

void Job::abort(int code) const noexcept {
  flush_all();
  std::_Exit(code);
}

void Job::leave(int code, Farewell /*farewell*/) const noexcept {
  flush_all();
  std::_Exit(code);
}

std::string Job::library() const {
  return mpi_library();
}

bool has_mpi() noexcept {
  return false;
}

std::string mpi_library() {
  return "none";
}

struct Mailbox::Slots {};

Mailbox::Mailbox(Job const& job) : job_(job) {}

Mailbox::~Mailbox() = default;

// NOLINTNEXTLINE(performance-unnecessary-value-param): where there is MPI, they are kept
bool Mailbox::send(int to, std::vector<std::uint64_t> /*words*/) {
  TOYFARM_EXPECTS(to != job_.rank());
  return false;
}

std::optional<Mailbox::Message> Mailbox::receive() {
  return std::nullopt;
}

std::size_t Mailbox::push() {
  return 0;
}

}  // namespace toyfarm::parallel
