#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The hosts file of the old farm: one host a line, then what differs there. Pure functions.
namespace toyfarm::hosts {

/// Above it a number of threads is a slip of the keyboard, not a node.
inline constexpr int max_threads_per_node = 65536;

/// One line of a hosts file; what it leaves out is up to the command line and the hosts.
struct HostEntry {
  std::string host{};
  std::optional<double> weight{};  ///< finite, > 0
  std::optional<int> threads{};    ///< > 0, of the whole host
  std::string user{};              ///< empty: not given
  std::optional<int> port{};       ///< 1 to 65535
  int line = 0;
  std::vector<std::string> addresses{};  ///< that its name stands for, where that was looked up
};

/// Reads `HOST [WEIGHT] [weight=W] [threads=N] [user=U] [port=P]` lines: words as a shell splits
/// them, `#` starts a comment anywhere outside quotes, keys in any case, the last of two wins;
/// `user@HOST` works too. Throws core::DataError "FILE:LINE: problem": for a word nobody knows, a
/// number out of range, a host that occurs twice or whose name could be taken for an option, a file
/// without hosts.
[[nodiscard]] std::vector<HostEntry> parse_hosts(std::string_view text, std::string const& file);

/// parse_hosts of a file. Throws what os::read_file and it throw.
[[nodiscard]] std::vector<HostEntry> read_hosts(std::string const& file);

/// True for two names of one host: equal but for case, or one the other's first part (node01 and
/// node01.example.org). Addresses are equal or not.
[[nodiscard]] bool same_host(std::string_view a, std::string_view b);

/// True for a name with its domain, which Open MPI cuts off unless told not to.
[[nodiscard]] bool is_full_name(std::string_view host);

/// The host's part of an ssh target: without `user@`.
[[nodiscard]] std::string_view without_user(std::string_view target);

/// How to log in to hosts whose line does not say.
struct Login {
  std::string user{};  ///< empty: as ssh chooses
  std::optional<int> port{};
};

/// What to give a remote shell for this host: `user@host`, or `host`.
[[nodiscard]] std::string ssh_target(HostEntry const& host, Login const& defaults);

/// The text of an Open MPI hostfile. The defaults are written into each host's line that has none
/// of its own: options of the remote shell would win over a host's. Throws core::UsageError for a
/// name that Open MPI would not take ('_' in a host's) or lose ('.' in a user's).
[[nodiscard]] std::string open_mpi_hostfile(std::vector<HostEntry> const& hosts,
                                            Login const& defaults,
                                            int slots);

/// `user` of an option or a line. Throws core::UsageError naming `where` unless it is letters,
/// digits, '.', '_' and '-', not starting with '-'.
void check_user(std::string_view user, std::string const& where);

}  // namespace toyfarm::hosts
