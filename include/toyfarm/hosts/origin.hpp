#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Who started this process, as how many, and whether they can talk: told from the environment,
// before MPI begins and before anything is made.
namespace toyfarm::hosts {

/// What a program without MPI calls its MPI.
inline constexpr char const* no_mpi = "none";

/// What one launcher's variables say of this process.
struct Claim {
  std::string launcher;  ///< "Open MPI", "Slurm"
  std::string told_by;   ///< the variables: "PMI_RANK=2, PMI_SIZE=4"
  std::string names;     ///< their names alone: "PMI_RANK PMI_SIZE"
  int rank = 0;
  int size = 1;  ///< at least rank + 1
  [[nodiscard]] bool is_of_many() const noexcept { return size > 1; }
};

struct Origin {
  std::vector<Claim> claims;    ///< of every launcher that left words, the ones of MPI first
  bool asks_mpi = false;        ///< this program's MPI may reach the others: MPI has to be begun
  bool may_end_in_mpi = false;  ///< MPI_Init may end the process: only PMI, which MPI may not know
  std::optional<Claim> repeated;  ///< srun started mpirun itself this many times

  [[nodiscard]] int rank() const noexcept { return claims.empty() ? 0 : claims.front().rank; }
  [[nodiscard]] int size() const noexcept { return claims.empty() ? 1 : claims.front().size; }
};

/// What `find_origin` looks at: variables (null if not set) and the MPI this program has.
struct Surroundings {
  std::function<char const*(char const*)> variable;
  std::function<bool(std::string const& address)> answers;  ///< of a PMIx server, as in its URI
  std::string mpi_library;                                  ///< "Open MPI 4.1.4", or `no_mpi`
};

/// Words of a launcher that cannot be its own any more (a PMIx server that is gone) are left out
/// where another launcher has some. Numbers that are none do not count, nor does SLURM_NTASKS,
/// which a batch script has as well.
[[nodiscard]] Origin find_origin(Surroundings const& around);
/// Of this process, whose MPI is this one.
[[nodiscard]] Origin find_origin(std::string const& mpi_library);

/// Throws core::UsageError, naming the variables, where a launcher started several processes
/// that would each do the whole job: `mpi_size` is what MPI says once it was asked, else 1.
void require_whole(Origin const& origin, int mpi_size, std::string const& mpi_library);

/// Whether something listens at a PMIx URI's address ("…;tcp4://127.0.0.1:4711"), told from the
/// kernel's table of sockets, without a connection. Other kinds of addresses count as answering.
[[nodiscard]] bool listens_at(std::string const& uri,
                              std::string_view tcp4_table,
                              std::string_view tcp6_table);

}  // namespace toyfarm::hosts
