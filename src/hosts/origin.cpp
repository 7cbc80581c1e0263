#include "toyfarm/hosts/origin.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <sstream>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/file.hpp"

namespace toyfarm::hosts {
namespace {

struct Launcher {
  char const* name;
  char const* rank;
  char const* size;  ///< null: it tells none
};

constexpr char const* slurm = "Slurm";
constexpr char const* pmix = "PMIx";
constexpr char const* open_mpi = "Open MPI";

// MPI's own launchers before the batch system's, which starts theirs.
constexpr std::array launchers{
    Launcher{open_mpi, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
    Launcher{pmix, "PMIX_RANK", nullptr},
    Launcher{"MPICH or Intel MPI", "PMI_RANK", "PMI_SIZE"},
    Launcher{"MVAPICH", "MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"},
    Launcher{"jsrun", "JSM_NAMESPACE_RANK", "JSM_NAMESPACE_SIZE"},
    Launcher{"PALS", "PALS_RANKID", nullptr},
    Launcher{"ALPS", "ALPS_APP_PE", nullptr},
    Launcher{"Flux", "FLUX_TASK_RANK", "FLUX_JOB_SIZE"},
    Launcher{slurm, "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"},
};

constexpr std::array pmix_servers{"PMIX_SERVER_URI",
                                  "PMIX_SERVER_URI2",
                                  "PMIX_SERVER_URI21",
                                  "PMIX_SERVER_URI3",
                                  "PMIX_SERVER_URI4",
                                  "PMIX_SERVER_URI41"};

/// The whole number, from `least` on, that a variable holds.
std::optional<int> number(Surroundings const& around, char const* name, int least) {
  char const* const value = name ? around.variable(name) : nullptr;
  std::string_view const text = value ? value : "";
  int n = -1;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  bool const is_number =
      !text.empty() && error == std::errc() && end == text.data() + text.size() && n >= least;
  return is_number ? std::optional(n) : std::nullopt;
}

std::optional<Claim> claim_of(Surroundings const& around, Launcher const& launcher) {
  auto const rank = number(around, launcher.rank, 0);
  auto const size = number(around, launcher.size, 1);
  if (!rank && !size) {
    return std::nullopt;
  }
  Claim claim{launcher.name, {}, {}, rank.value_or(0), 1};
  claim.size = std::max(size.value_or(1), claim.rank + 1);
  auto const add = [&](char const* name, std::optional<int> value) {
    if (value) {
      claim.told_by.append(claim.told_by.empty() ? "" : ", ").append(name);
      claim.told_by.append("=").append(std::to_string(*value));
      claim.names.append(claim.names.empty() ? "" : " ").append(name);
    }
  };
  add(launcher.rank, rank);
  add(launcher.size, size);
  return claim;
}

enum class Server { none, gone, answers };

Server pmix_server(Surroundings const& around) {
  auto found = Server::none;
  for (char const* const name : pmix_servers) {
    if (char const* const uri = around.variable(name)) {
      if (around.answers(uri)) {
        return Server::answers;
      }
      found = Server::gone;
    }
  }
  return found;
}

bool is_pmix(Claim const& claim) {
  return claim.launcher == open_mpi || claim.launcher == pmix;
}

/// mpirun runs here, and did not have srun start its daemon here.
bool is_beside_mpirun(Surroundings const& around) {
  char const* const first = around.variable("OMPI_MCA_orte_hnp_uri");
  char const* const own = around.variable("OMPI_MCA_orte_local_daemon_uri");
  return first && own && std::string_view(first) == own;
}

bool may_reach_others(Surroundings const& around, Server server, bool has_claims) {
  if (around.mpi_library == no_mpi || !has_claims) {
    return false;
  }
  // Open MPI knows PMIx, and where built for it PMI of Slurm, whose servers hand over a descriptor.
  bool const is_open_mpi = around.mpi_library.starts_with("Open MPI");
  return !is_open_mpi || server == Server::answers ||
         (server == Server::none && around.variable("PMI_FD") != nullptr);
}

/// The port at the end of "tcp4://127.0.0.1:4711".
std::optional<unsigned> port_of(std::string_view address) {
  auto const colon = address.rfind(':');
  unsigned port = 0;
  auto const digits = address.substr(std::min(address.size(), colon + 1));
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return error == std::errc() && end != digits.data() ? std::optional(port) : std::nullopt;
}

/// Whether a table as /proc/net/tcp has a socket in state LISTEN (0A) at `port`: its lines are
/// "number: ADDRESS:PORT ADDRESS:PORT STATE ...", in hexadecimal.
bool lists(std::string_view table, unsigned port) {
  std::istringstream lines{std::string(table)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number, local, remote, state;
    words >> number >> local >> remote >> state;
    auto const colon = local.rfind(':');
    unsigned found = 0;
    if (state == "0A" && colon != std::string::npos &&
        std::from_chars(local.data() + colon + 1, local.data() + local.size(), found, 16).ec ==
            std::errc() &&
        found == port) {
      return true;
    }
  }
  return false;
}

[[noreturn]] void refuse(Claim const& claim, std::string const& why, std::string const& remedy) {
  throw core::UsageError(claim.launcher + " started this as one of " + std::to_string(claim.size) +
                         " processes (" + claim.told_by + "), but " + why +
                         ": each would run every toy. " + remedy +
                         "; if the variables are left over from another job, unset " + claim.names);
}

}  // namespace

bool listens_at(std::string const& uri, std::string_view tcp4_table, std::string_view tcp6_table) {
  auto const tcp4 = uri.find("tcp4://");
  auto const tcp6 = uri.find("tcp6://");
  if (tcp4 == std::string::npos && tcp6 == std::string::npos) {
    return true;
  }
  auto const port = port_of(uri);
  return port && (lists(tcp4_table, *port) || lists(tcp6_table, *port));
}

Origin find_origin(Surroundings const& around) {
  auto const server = pmix_server(around);
  Origin origin;
  for (auto const& launcher : launchers) {
    if (auto const claim = claim_of(around, launcher)) {
      origin.claims.push_back(*claim);
    }
  }
  auto const leads = [&](Claim const& claim) {
    return is_pmix(claim) && server == Server::answers;
  };
  if (server != Server::answers) {
    // Their words are nobody's: others' come first.
    std::stable_partition(origin.claims.begin(), origin.claims.end(), [](Claim const& claim) {
      return !is_pmix(claim);
    });
  }
  origin.asks_mpi = may_reach_others(around, server, !origin.claims.empty());
  origin.may_end_in_mpi = origin.asks_mpi && server != Server::answers;
  bool const has_mpirun = std::ranges::any_of(
      origin.claims, [&](Claim const& c) { return leads(c) && c.launcher == open_mpi; });
  // Slurm counts what it started: with mpirun in between, mpirun's daemons on other hosts.
  if (has_mpirun) {
    auto const of_slurm = std::ranges::find(origin.claims, slurm, &Claim::launcher);
    if (of_slurm != origin.claims.end()) {
      if (of_slurm->is_of_many() && is_beside_mpirun(around)) {
        origin.repeated = *of_slurm;
      }
      origin.claims.erase(of_slurm);
    }
  }
  return origin;
}

Origin find_origin(std::string const& mpi_library) {
  std::optional<std::array<std::string, 2>> tables;
  return find_origin({[](char const* name) -> char const* { return std::getenv(name); },
                      [&](std::string const& uri) {
                        if (!tables) {
                          tables = {os::read_if_there("/proc/net/tcp").value_or(""),
                                    os::read_if_there("/proc/net/tcp6").value_or("")};
                        }
                        bool const is_known = !(*tables)[0].empty() || !(*tables)[1].empty();
                        return !is_known || listens_at(uri, (*tables)[0], (*tables)[1]);
                      },
                      mpi_library});
}

void require_whole(Origin const& origin, int mpi_size, std::string const& mpi_library) {
  if (origin.repeated) {
    refuse(*origin.repeated, "each is an mpirun of its own", "Leave srun out, or mpirun");
  }
  auto const many = std::ranges::find_if(origin.claims, &Claim::is_of_many);
  if (mpi_size > 1 || many == origin.claims.end()) {
    return;
  }
  if (mpi_library == no_mpi) {
    refuse(
        *many, "this is the program without MPI", "Start `toyfarm` instead, or a single process");
  }
  refuse(*many,
         "this program's MPI (" + mpi_library + ") knows of no other",
         many->launcher == slurm ? "Start it by `srun --mpi=pmix`, or by mpirun without srun"
                                 : "Start it by mpirun of the MPI that it was built with");
}

}  // namespace toyfarm::hosts
