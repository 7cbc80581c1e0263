#include "toyfarm/hosts/hosts_file.hpp"

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

namespace toyfarm::hosts {
namespace {

std::string shown(HostEntry const& host) {
  std::string text = host.host;
  text += host.weight ? " w" + std::to_string(*host.weight).substr(0, 4) : "";
  text += host.threads ? " t" + std::to_string(*host.threads) : "";
  text += host.user.empty() ? "" : " u" + host.user;
  text += host.port ? " p" + std::to_string(*host.port) : "";
  return text;
}

/// The hosts of a file, one a piece of text.
std::vector<std::string> read(std::string const& text) {
  std::vector<std::string> hosts;
  for (auto const& host : parse_hosts(text, "hosts.txt")) {
    hosts.push_back(shown(host));
  }
  return hosts;
}

/// What the reader says against a file.
std::string complaint(std::string const& text) {
  try {
    static_cast<void>(parse_hosts(text, "hosts.txt"));
  } catch (core::DataError const& error) {
    return error.what();
  }
  return "accepted";
}

using Hosts = std::vector<std::string>;

struct Accepted {
  char const* text;
  Hosts hosts;
};

struct Refused {
  std::string text;
  char const* place;
  char const* problem;
};

}  // namespace

TEST(HostsFile, is_read_as_the_old_launcher_read_it) {
  std::vector<Accepted> const cases{
      {"node01\nnode02\n", {"node01", "node02"}},
      {"node01", {"node01"}},
      {"\n\n  \n\t\n# only a comment\nnode01\n", {"node01"}},
      {"  node01  \n\tnode02\t48\t\n", {"node01", "node02 w48.0"}},
      {"node01\r\nnode02 weight=2\r\n", {"node01", "node02 w2.00"}},
      {"\xEF\xBB\xBFnode01 3\n", {"node01 w3.00"}},
      {"node01 48", {"node01 w48.0"}},
      {"node01 weight=0.5", {"node01 w0.50"}},
      {"node01 weight=+1e2", {"node01 w100."}},
      {"node01 weight=.5", {"node01 w0.50"}},
      {"node01 threads=8", {"node01 t8"}},
      {"node01 threads=007", {"node01 t7"}},
      {"node01 threads=+4", {"node01 t4"}},
      {"node01 user=analysis port=2222", {"node01 uanalysis p2222"}},
      {"node01 port=65535", {"node01 p65535"}},
      {"node01 user=", {"node01"}},
      {"node01 WEIGHT=3 Threads=2 uSeR=a PORT=23", {"node01 w3.00 t2 ua p23"}},
      {"node01 weight=3 weight=5", {"node01 w5.00"}},
      {"node01 5 weight=7", {"node01 w7.00"}},
      {"node01 weight=3#x", {"node01 w3.00"}},
      {"node01 # threads=2", {"node01"}},
      {"node01#x threads=2", {"node01"}},
      {"node01 # don't mind the quote", {"node01"}},
      {"# 'neither\nnode01", {"node01"}},
      {"'node01' \"weight=3\"", {"node01 w3.00"}},
      {"no'de'01 we\"igh\"t=' 3 '", {"node01 w3.00"}},
      {"node01 weight=\\3", {"node01 w3.00"}},
      {"\"node01\" user='analysis'", {"node01 uanalysis"}},
      {"analysis@node01 2", {"node01 w2.00 uanalysis"}},
      {"analysis@node01 user=other", {"node01 uother"}},
      {"node01.example.org\nnode02.example.org", {"node01.example.org", "node02.example.org"}},
      {"a.site1\na.site2", {"a.site1", "a.site2"}},
      {"10.0.0.1\n10.0.0.11\n10", {"10.0.0.1", "10.0.0.11", "10"}},
      {"fd00::1 2\nfd00::2", {"fd00::1 w2.00", "fd00::2"}},
      {"node_1\nnode-2", {"node_1", "node-2"}},
      {"node01 1e308\nnode02 7", {"node01 w1000", "node02 w7.00"}},
      {"node01 # K\xC3\xBC"
       "che",
       {"node01"}},
  };
  EXPECT_GE(cases.size(), 30);
  for (auto const& [text, hosts] : cases) {
    EXPECT_EQ(read(text), hosts) << text;
  }
}

// Where the old launcher ended in a traceback, or passed on what could only fail later.
TEST(HostsFile, is_refused_with_file_and_line) {
  std::vector<Refused> const cases{
      {"node01 weight=0", ":1: ", "weight must be a finite number > 0, not '0'"},
      {"node01\nnode02 -3", ":2: ", "weight must be a finite number > 0"},
      {"node01 weight=nan", ":1: ", "weight must be a finite number > 0"},
      {"node01 inf", ":1: ", "weight must be a finite number > 0"},
      {"node01 weight=1e400", ":1: ", "weight must be a finite number > 0"},
      {"node01 weight=", ":1: ", "weight must be a finite number > 0"},
      {"node01 weight = 3", ":1: ", "weight must be a finite number > 0, not 'weight'"},
      {"node01 weight=3x", ":1: ", "weight must be a finite number > 0"},
      {"node01 weight=+-3", ":1: ", "weight must be a finite number > 0"},
      {"node01 ''", ":1: ", "weight must be a finite number > 0"},
      {"node01 1e308\n\nnode02 1e308", ":3: ", "add up to more"},
      {"node01 5 7", ":1: ", "ambiguous word '7'"},
      {"node01 weight=5 7", ":1: ", "ambiguous word '7'"},
      {"node01 threads=0", ":1: ", "threads must be a whole number from 1"},
      {"node01 threads=-2", ":1: ", "threads must be a whole number from 1"},
      {"node01 threads=2.5", ":1: ", "threads must be a whole number from 1"},
      {"node01 threads=99999999999", ":1: ", "threads must be a whole number from 1"},
      {"node01 port=0", ":1: ", "port must be a whole number from 1 to 65535"},
      {"node01 port=99999", ":1: ", "port must be a whole number from 1 to 65535"},
      {"#\nnode01 slots=4", ":2: ", "unknown word 'slots=4'"},
      {"node01 =4", ":1: ", "unknown word '=4'"},
      {"node01\nnode02\nnode01 3", ":3: ", "host 'node01' is on line 1 already"},
      {"node01\nnode01.example.org", ":2: ", "is on line 1 as 'node01' already"},
      {"Node01\nnode01", ":2: ", "is on line 1 as 'Node01' already"},
      {"-oProxyCommand=touch", ":1: ", "ssh would take it for an option"},
      {"a@-oProxyCommand", ":1: ", "ssh would take it for an option"},
      {"weight=3", ":1: ", "a host's name"},
      {"node01:2", ":1: ", "a host's name"},
      {"'node 01'", ":1: ", "a host's name"},
      {"''", ":1: ", "a host's name"},
      {"$(touch x)", ":1: ", "a host's name"},
      {"n\xC3\xB6"
       "de",
       ":1: ",
       "a host's name"},
      {"node01 user=-x", ":1: ", "user '-x'"},
      {"node01 user='a b'", ":1: ", "user 'a b'"},
      {"-x@node01", ":1: ", "user '-x'"},
      {"node01 'weight=3", ":1: ", "a quote is not closed"},
      {"node01 weight=3\\", ":1: ", "backslash"},
      {"node01\nnode\x01", ":2: ", "control character"},
      {"node01\x7f", ":1: ", "control character"},
      {"node01\rnode02", ":1: ", "control character"},
      {std::string("node01\0", 7), ":1: ", "control character"},
      {"", ": ", "there is no host in it"},
      {"\n# nothing\n", ": ", "there is no host in it"},
  };
  for (auto const& [text, place, problem] : cases) {
    auto const said = complaint(text);
    EXPECT_TRUE(said.starts_with(std::string("hosts.txt") + place)) << text << ": " << said;
    EXPECT_NE(said.find(problem), std::string::npos) << text << ": " << said;
  }
}

TEST(HostsFile, counts_lines_from_one_with_comments_and_empty_ones) {
  auto const hosts = parse_hosts("# first\n\nnode01\n#\nnode02", "f");
  EXPECT_EQ(hosts[0].line, 3);
  EXPECT_EQ(hosts[1].line, 5);
}

TEST(HostName, is_the_same_in_short_and_in_full) {
  EXPECT_TRUE(same_host("node01", "node01"));
  EXPECT_TRUE(same_host("node01", "NODE01.example.org"));
  EXPECT_TRUE(same_host("node01.example.org", "node01"));
  EXPECT_FALSE(same_host("node01.a", "node01.b"));
  EXPECT_FALSE(same_host("node01.a", "node01.a.b"));
  EXPECT_FALSE(same_host("node0", "node01"));
  EXPECT_FALSE(same_host("node01", "node010.example.org"));
  EXPECT_FALSE(same_host("10", "10.0.0.1"));
  EXPECT_TRUE(same_host("10.0.0.1", "10.0.0.1"));
  EXPECT_FALSE(same_host("fd00::1", "fd00::1.1"));
}

TEST(Hostfile, has_the_words_that_open_mpi_knows) {
  auto const hosts = parse_hosts(
      "node01 48 threads=8\nnode02 user=a port=2222\nnode03 user=b\nnode04 port=23", "f");
  EXPECT_EQ(open_mpi_hostfile(hosts, {}, 1),
            "node01 slots=1\n"
            "node02 slots=1 username=a port=2222\n"
            "node03 slots=1 username=b\n"
            "node04 slots=1 port=23\n");
}

TEST(Hostfile, has_defaults_only_where_a_line_is_silent) {
  auto const hosts = parse_hosts("node01\nnode02 user=a port=2222\nnode03 user=b", "f");
  EXPECT_EQ(open_mpi_hostfile(hosts, {.user = "me", .port = 24}, 4),
            "node01 slots=4 username=me port=24\n"
            "node02 slots=4 username=a port=2222\n"
            "node03 slots=4 username=b port=24\n");
  EXPECT_EQ(ssh_target(hosts[0], {.user = "me"}), "me@node01");
  EXPECT_EQ(ssh_target(hosts[1], {.user = "me"}), "a@node02");
  EXPECT_EQ(ssh_target(hosts[0], {}), "node01");
}

// Found with 4.1.4: the first ends mpirun, the second logs in as somebody else.
TEST(Hostfile, is_refused_where_open_mpi_would_not_do_what_it_says) {
  auto const host = [](char const* text) { return parse_hosts(text, "f"); };
  EXPECT_THROW((void)open_mpi_hostfile(host("node_1"), {}, 1), core::UsageError);
  EXPECT_THROW((void)open_mpi_hostfile(host("node1 user=a.b"), {}, 1), core::UsageError);
  EXPECT_THROW((void)open_mpi_hostfile(host("node1"), {.user = "a.b"}, 1), core::UsageError);
  EXPECT_NO_THROW((void)open_mpi_hostfile(host("node1 user=a_b-c"), {.user = "a.b"}, 1));
}

TEST(HostName, is_full_when_it_has_a_domain) {
  EXPECT_TRUE(is_full_name("node01.example.org"));
  EXPECT_FALSE(is_full_name("node01"));
  EXPECT_FALSE(is_full_name("10.0.0.1"));
}

}  // namespace toyfarm::hosts
