#include "toyfarm/hosts/probe.hpp"

#include <chrono>
#include <cstdlib>

#include <gtest/gtest.h>

namespace toyfarm::hosts {
namespace {

TEST(Probes, answer_in_the_order_of_their_commands) {
  auto const results = run_probes({{"true"},
                                   {"sh", "-c", "echo one >&2; echo two >&2; exit 3"},
                                   {"sh", "-c", "echo not an error; exit 4"},
                                   {"/nowhere/ssh"}},
                                  2,
                                  20);
  ASSERT_EQ(results.size(), 4U);
  EXPECT_TRUE(results[0].ok);
  EXPECT_EQ(results[0].error, "");
  EXPECT_FALSE(results[1].ok);
  EXPECT_EQ(results[1].error, "two");
  EXPECT_EQ(results[2].error, "exit code 4");
  EXPECT_EQ(results[3].error, "/nowhere/ssh cannot be started: No such file or directory");
}

TEST(Probes, are_ended_when_their_time_is_over) {
  auto const begin = std::chrono::steady_clock::now();
  auto const results = run_probes({{"sleep", "60"}, {"true"}}, 0, 1);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
  EXPECT_EQ(results[0].error, "no answer within 1 s");
  EXPECT_TRUE(results[1].ok);
}

TEST(Probes, of_this_host_need_no_remote_shell) {
  ::setenv("OMPI_MCA_plm_rsh_agent", "/nowhere/agent", 1);
  auto const results = probe_hosts({{.host = "localhost"}, {.host = "no.such.host.invalid"}}, {});
  ::unsetenv("OMPI_MCA_plm_rsh_agent");
  EXPECT_TRUE(results[0].ok) << results[0].error;
  EXPECT_FALSE(results[1].ok);
}

TEST(Probes, use_the_shell_of_mpirun_with_the_key_given) {
  ::setenv("OMPI_MCA_plm_rsh_agent", "/opt/agent -v", 1);
  auto const shell = remote_shell_of({.ssh_key = "/k", .connect_timeout_s = 7});
  ::unsetenv("OMPI_MCA_plm_rsh_agent");
  EXPECT_EQ(shell.agent, (std::vector<std::string>{"/opt/agent", "-v"}));
  EXPECT_EQ(shell.key, "/k");
  EXPECT_EQ(shell.connect_timeout_s, 7);
}

}  // namespace
}  // namespace toyfarm::hosts
