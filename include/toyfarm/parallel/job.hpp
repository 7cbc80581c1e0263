#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "toyfarm/parallel/topology.hpp"

namespace toyfarm::parallel {

/// Whether this program is linked with MPI: programs link one of two variants of Job.
[[nodiscard]] bool has_mpi() noexcept;

/// What it is linked with: "Open MPI 4.1.4" or "none".
[[nodiscard]] std::string mpi_library();

/// MPI for the life of this object, or a job of one rank without MPI; Kind::mpi throws
/// core::UsageError where `has_mpi` is false. Make it once, in main, on the main thread;
/// MPI_THREAD_FUNNELED. Catch what is thrown before it leaves this object's scope and
/// call abort(code): unwinding past it ends every rank too, but with code 255.
class Job {
 public:
  enum class Kind { mpi, single };
  Job(Kind kind, int& argc, char**& argv);
  ~Job();
  Job(Job const&) = delete;
  Job& operator=(Job const&) = delete;

  [[nodiscard]] int rank() const noexcept;
  [[nodiscard]] int size() const noexcept;

  /// Rank 0's bytes on every rank. @collective
  void broadcast(std::string& bytes) const;
  /// Every rank's report at rank 0, in rank order; empty elsewhere. @collective
  [[nodiscard]] std::vector<RankReport> gather(RankReport const& mine) const;
  /// Every rank's bytes at rank 0, in rank order; empty elsewhere. @collective
  [[nodiscard]] std::vector<std::string> gather(std::string const& mine) const;
  /// Largest of all ranks' values, on every rank. @collective
  [[nodiscard]] int max(int value) const;
  /// Ends every rank with `code`; does not return.
  [[noreturn]] void abort(int code) const noexcept;
  enum class Farewell {
    finalize,  ///< ends MPI together with all ranks first
    abort      ///< ends all ranks: once one has died MPI_Finalize hangs, and launchers wait for one
               ///< that is frozen, or for ever when all the others end with another code than 0
  };
  /// Ends this process with `code` without waiting for its other threads; does not return.
  [[noreturn]] void leave(int code, Farewell farewell) const noexcept;
  /// `mpi_library`, or "none" for a job without MPI.
  [[nodiscard]] std::string library() const;

 private:
  friend class Mailbox;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace toyfarm::parallel
