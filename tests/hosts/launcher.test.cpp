#include "toyfarm/hosts/launcher.hpp"

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/shell.hpp"

namespace toyfarm::hosts {
namespace {

bool always(std::string const& /*program*/) {
  return true;
}

RemoteShell shell_with_key() {
  RemoteShell shell;
  shell.key = "/keys/id";
  return shell;
}

}  // namespace

TEST(RemoteShell, is_the_first_of_mpiruns_agents_that_exists) {
  EXPECT_EQ(remote_shell("", "", always).agent, (std::vector<std::string>{"ssh"}));
  EXPECT_EQ(remote_shell("ssh : rsh", "", always).agent, (std::vector<std::string>{"ssh"}));
  auto const only_rsh = [](std::string const& program) { return program == "rsh"; };
  EXPECT_EQ(remote_shell("ssh : rsh", "", only_rsh).agent, (std::vector<std::string>{"rsh"}));
  auto const own = remote_shell("/opt/x/netns.sh  rsh", " -v  -q", always);
  EXPECT_EQ(own.agent, (std::vector<std::string>{"/opt/x/netns.sh", "rsh"}));
  EXPECT_EQ(own.arguments, (std::vector<std::string>{"-v", "-q"}));
  EXPECT_FALSE(own.is_ssh());
  EXPECT_TRUE(remote_shell("/usr/bin/ssh -x", "", always).is_ssh());
}

TEST(Probe, never_asks_and_gives_up_in_time) {
  EXPECT_EQ(os::shell_line(probe_words({}, {.host = "node01"}, {})),
            "ssh -o ConnectTimeout=15 -o BatchMode=yes -o StrictHostKeyChecking=accept-new "
            "node01 true");
}

TEST(Probe, logs_in_as_mpirun_will) {
  auto const shell = shell_with_key();
  EXPECT_EQ(os::shell_line(probe_words(shell, {.host = "node01"}, {.user = "me", .port = 24})),
            "ssh -o ConnectTimeout=15 -i /keys/id -o BatchMode=yes -o "
            "StrictHostKeyChecking=accept-new me@node01 -p 24 true");
  EXPECT_EQ(os::shell_line(probe_words(
                shell, {.host = "node01", .user = "a", .port = 2222}, {.user = "me", .port = 24})),
            "ssh -o ConnectTimeout=15 -i /keys/id -o BatchMode=yes -o "
            "StrictHostKeyChecking=accept-new a@node01 -p 2222 true");
}

TEST(Probe, gives_other_shells_no_options_of_ssh) {
  auto shell = remote_shell("agent rsh", "-v", always);
  shell.key = "/keys/id";
  EXPECT_EQ(os::shell_line(probe_words(shell, {.host = "node01"}, {})), "agent rsh -v node01 true");
}

TEST(Mpirun, gets_key_and_time_limit_only_by_its_remote_shell) {
  MpirunRequest request{.hostfile = "H", .n_hosts = 3, .ranks_per_host = 2};
  request.shell = shell_with_key();
  request.exported = {"PATH", "TOYFARM_ISA"};
  EXPECT_EQ(os::shell_line(mpirun_words(request)),
            "mpirun --hostfile H -n 6 --map-by ppr:2:node --bind-to none --mca "
            "plm_rsh_no_tree_spawn 1 --mca oob_tcp_keepalive_time 5 --mca oob_tcp_keepalive_intvl "
            "2 --mca oob_tcp_keepalive_probes 5 --mca plm_rsh_args '-o ConnectTimeout=15 -i "
            "/keys/id' -x PATH "
            "-x TOYFARM_ISA");
}

TEST(Mpirun, keeps_arguments_that_its_settings_have) {
  MpirunRequest request{.hostfile = "H"};
  request.shell = remote_shell("ssh", "-q -4", always);
  EXPECT_NE(os::shell_line(mpirun_words(request)).find("'-q -4 -o ConnectTimeout=15'"),
            std::string::npos);
  request.shell = remote_shell("agent", "-q", always);
  EXPECT_EQ(os::shell_line(mpirun_words(request)).find("plm_rsh_args"), std::string::npos);
}

TEST(Mpirun, is_told_not_to_cut_domains_off) {
  MpirunRequest request{.hostfile = "H", .has_full_names = true};
  EXPECT_NE(os::shell_line(mpirun_words(request)).find("--mca orte_keep_fqdn_hostnames 1"),
            std::string::npos);
}

TEST(Key, is_refused_when_open_mpi_would_split_its_path) {
  EXPECT_NO_THROW(check_key("/home/a/.ssh/id_ed25519"));
  for (char const* const key : {"", "/my keys/id", "a\tb", "a\nb"}) {
    EXPECT_THROW(check_key(key), core::UsageError) << key;
  }
}

}  // namespace toyfarm::hosts
