#include "toyfarm/hosts/launcher.hpp"

#include <algorithm>

#include "toyfarm/core/error.hpp"

namespace toyfarm::hosts {
namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    auto const end = std::min(text.find(' '), text.size());
    if (end > 0) {
      words.emplace_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

void append(std::vector<std::string>& words, std::vector<std::string> const& more) {
  words.insert(words.end(), more.begin(), more.end());
}

/// Key and time limit, and nothing that a host's line could name as well.
std::vector<std::string> ssh_options(RemoteShell const& shell) {
  if (!shell.is_ssh()) {
    return {};
  }
  std::vector<std::string> words{"-o", "ConnectTimeout=" + std::to_string(shell.connect_timeout_s)};
  if (!shell.key.empty()) {
    append(words, {"-i", shell.key});
  }
  return words;
}

std::string joined(std::vector<std::string> const& words) {
  std::string text;
  for (auto const& word : words) {
    text += text.empty() ? "" : " ";
    text += word;
  }
  return text;
}

}  // namespace

bool RemoteShell::is_ssh() const {
  auto const& path = agent.front();
  return path.substr(path.rfind('/') + 1) == "ssh";
}

RemoteShell remote_shell(std::string_view agent,
                         std::string_view arguments,
                         std::function<bool(std::string const&)> const& exists) {
  RemoteShell shell;
  while (!agent.empty()) {
    auto const end = std::min(agent.find(':'), agent.size());
    auto words = split(agent.substr(0, end));
    agent.remove_prefix(std::min(end + 1, agent.size()));
    if (!words.empty() && (agent.empty() || exists(words.front()))) {
      shell.agent = std::move(words);
      break;
    }
  }
  shell.arguments = split(arguments);
  return shell;
}

void check_key(std::string const& key) {
  auto const bad = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; };
  if (key.empty() || std::ranges::any_of(key, bad)) {
    throw core::UsageError("--ssh-key: '" + key +
                           "': Open MPI splits ssh's arguments on blanks; give the key a path "
                           "without any, or name it in ~/.ssh/config");
  }
}

std::vector<std::string> probe_words(RemoteShell const& shell,
                                     HostEntry const& host,
                                     Login const& defaults) {
  auto words = shell.agent;
  append(words, shell.arguments);
  append(words, ssh_options(shell));
  if (shell.is_ssh()) {
    append(words, {"-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new"});
  }
  words.push_back(ssh_target(host, defaults));
  if (auto const port = host.port ? host.port : defaults.port) {
    append(words, {"-p", std::to_string(*port)});
  }
  words.push_back("true");
  return words;
}

std::vector<std::string> mpirun_words(MpirunRequest const& request) {
  auto const ranks = request.n_hosts * static_cast<std::size_t>(request.ranks_per_host);
  std::vector<std::string> words{"mpirun",
                                 "--hostfile",
                                 request.hostfile,
                                 "-n",
                                 std::to_string(ranks),
                                 "--map-by",
                                 "ppr:" + std::to_string(request.ranks_per_host) + ":node",
                                 "--bind-to",
                                 "none",
                                 "--mca",
                                 "plm_rsh_no_tree_spawn",
                                 "1"};
  if (!request.has_keepalive) {
    append(words,
           {"--mca", "oob_tcp_keepalive_time", "5", "--mca", "oob_tcp_keepalive_intvl", "2"});
    append(words, {"--mca", "oob_tcp_keepalive_probes", "5"});
  }
  if (request.has_full_names) {
    append(words, {"--mca", "orte_keep_fqdn_hostnames", "1"});
  }
  if (request.shell.is_ssh()) {
    auto arguments = request.shell.arguments;
    append(arguments, ssh_options(request.shell));
    append(words, {"--mca", "plm_rsh_args", joined(arguments)});
  }
  for (auto const& name : request.exported) {
    append(words, {"-x", name});
  }
  return words;
}

}  // namespace toyfarm::hosts
