#include "app/cli_farm.hpp"

#include <algorithm>
#include <array>

#include "toyfarm/hosts/launcher.hpp"

namespace toyfarm::app {
namespace {

/// A number from `least` to `most`.
int number_in(std::string const& option, std::string const& word, int least, int most) {
  auto const n = count(option, word);
  if (n < static_cast<std::uint64_t>(least) || n > static_cast<std::uint64_t>(most)) {
    throw core::UsageError(option + ": '" + word + "' is not between " + std::to_string(least) +
                           " and " + std::to_string(most));
  }
  return static_cast<int>(n);
}

constexpr int most_ranks = 4096;
constexpr int most_jobs = 1024;
constexpr int most_seconds = 365 * 86400;
constexpr int most_port = 65535;

void bind_login(Binder& b, FarmOptions& o) {
  b.text("--ssh-user", "USER: user on hosts whose line names none", [&o](std::string const& word) {
    hosts::check_user(word, "--ssh-user");
    o.login.user = word;
  });
  b.text("--ssh-port", "PORT: port of hosts whose line names none", [&o](std::string const& word) {
    o.login.port = number_in("--ssh-port", word, 1, most_port);
  });
  b.text("--ssh-key",
         "FILE: identity file for ssh; no blanks in its path",
         [&o](std::string const& word) {
           hosts::check_key(word);
           o.ssh_key = word;
         });
  b.text("--connect-timeout-s,--timeout-s",
         "SECONDS: time a host may take to answer (default 15)",
         [&o](std::string const& word) {
           o.connect_timeout_s = number_in("--connect-timeout-s", word, 1, most_seconds);
         });
  b.text("--jobs", "N: hosts to probe at a time (0 = a few)", [&o](std::string const& word) {
    o.jobs = number_in("--jobs", word, 0, most_jobs);
  });
  b.flag("--drop-unreachable", "leave out hosts that do not answer, and say so", [&o] {
    o.unreachable = UnreachableHosts::leave_out;
  });
}

void bind_ranks_per_host(Binder& b, FarmOptions& o) {
  b.text("--ranks-per-host", "N: ranks on each host (default 1)", [&o](std::string const& word) {
    o.ranks_per_host = number_in("--ranks-per-host", word, 1, most_ranks);
  });
}

void bind_hosts_file(Binder& b, FarmOptions& o, std::string const& help) {
  b.text("--hosts-file", "FILE: " + help, [&o](std::string const& word) {
    if (word.empty()) {
      throw core::UsageError("--hosts-file: the name is empty");
    }
    o.hosts_file = word;
  });
}

struct OldOption {
  std::string_view name;
  bool has_value;
};

/// What the old launcher needed to copy files and start programs over ssh.
constexpr std::array without_effect{OldOption{"--remote-workdir", true},
                                    OldOption{"--remote-base-dir", true},
                                    OldOption{"--upload-config", false},
                                    OldOption{"--no-upload-config", false},
                                    OldOption{"--pin-blas-threads", false},
                                    OldOption{"--no-pin-blas-threads", false}};

/// --ssh-user and --ssh-port stay: they are reported.
constexpr std::array of_launch{OldOption{"--ssh-key", true},
                               OldOption{"--connect-timeout-s", true},
                               OldOption{"--timeout-s", true},
                               OldOption{"--jobs", true},
                               OldOption{"--drop-unreachable", false},
                               OldOption{"--no-check", false},
                               OldOption{"--ranks-per-host", true},
                               OldOption{"--launch", true},
                               OldOption{"--command-timeout-s", true},
                               OldOption{"--toyfarm-bin", true},
                               OldOption{"--nextstat-bin", true}};

OldOption const* find_option(std::string_view name) {
  for (auto const& option : of_launch) {
    if (option.name == name) {
      return &option;
    }
  }
  auto const found = std::ranges::find(without_effect, name, &OldOption::name);
  return found == without_effect.end() ? nullptr : &*found;
}

}  // namespace

void bind_hosts_of_job(Binder& b, FarmOptions& o) {
  bind_hosts_file(b,
                  o,
                  "hosts, with weights and threads that win over --weight-mode and --threads; "
                  "without mpirun or srun the job is started over them");
  b.text(
      "--preflight-json",
      "FILE: cores and speeds of the hosts, by `toyfarm preflight --out`, for a plan without a job",
      [&o](std::string const& word) { o.preflight_json = word; });
  b.flag("--allow-missing-hosts",
         "leave out hosts that are listed but not there, and say so",
         [&o] { o.missing = parallel::MissingHosts::leave_out; });
}

void bind_launch(Binder& b, FarmOptions& o) {
  bind_login(b, o);
  bind_ranks_per_host(b, o);
  b.flag("--no-check", "do not probe the hosts before the job is started over them", [&o] {
    o.reachability = Reachability::trust;
  });
  b.choice("--launch",
           "with --hosts-file, without a launcher: start mpirun (default), or print the line",
           {{"mpirun", Launch::mpirun}, {"none", Launch::none}},
           o.launch);
  b.text("--command-timeout-s",
         "SECONDS: the old name of --time-limit, for a job started over hosts",
         [&o](std::string const& word) {
           o.command_timeout_s = number_in("--command-timeout-s", word, 1, most_seconds);
         });
  b.text("--toyfarm-bin,--nextstat-bin",
         "FILE: program to start on the hosts (default this one)",
         [&o](std::string const& word) { o.program = word; });
  b.many("--unreachable",
         "HOST=REASON: set by the process that started this job",
         [&o](auto const& words) {
           for (auto const& word : words) {
             o.known_unreachable.push_back(assignment("--unreachable", word));
           }
         });
  b.group("Old command lines");
  for (auto const& option : without_effect) {
    std::string const name(option.name);
    auto const note = [&o, name] { o.without_effect.push_back(name); };
    auto const help = "accepted for old command lines, without effect";
    if (option.has_value) {
      b.text(name, help, [note](std::string const& /*word*/) { note(); });
    } else {
      b.flag(name, help, note);
    }
  }
}

void bind_hosts(Binder& b, HostsOptions& o) {
  b.required_text("--hosts-file", "FILE: hosts file to read", [&o](std::string const& word) {
    o.farm.hosts_file = word;
  });
  b.text("--out-hostfile",
         "FILE: write Open MPI's hostfile here and print the mpirun line that goes with it",
         [&o](std::string const& word) { o.out_hostfile = word; });
  o.farm.reachability = Reachability::trust;
  b.flag("--check", "probe every host; one that does not answer keeps mpirun from starting", [&o] {
    o.farm.reachability = Reachability::probe;
  });
  bind_login(b, o.farm);
  bind_ranks_per_host(b, o.farm);
}

void bind_preflight(Binder& b, PreflightOptions& o) {
  bind_hosts_file(
      b, o.farm, "hosts to look at; without mpirun or srun the job is started over them");
  b.text("--out",
         "FILE: write the reports as JSON, for --preflight-json",
         [&o](std::string const& word) { o.out = word; });
  bind_launch(b, o.farm);
}

void bind_sharing(Binder& b, ToysOptions& o) {
  b.n_toys("toys of the whole study (default 100)", [&o](std::uint64_t n) { o.n_toys = n; });
  b.group("Threads and shares");
  b.text("--threads",
         "physical|logical|auto|nextstat-auto|N: threads per node, divided among its ranks: one "
         "per core "
         "(physical, the default), all that are allowed (the other words, and 0), or N",
         [&o](std::string const& word) {
           o.threads = parallel::thread_policy(word);
           o.threads_word = word;
         });
  b.text("--weight-mode",
         "uniform|physical|logical|speed: how toys are shared out over nodes: alike, by cores "
         "(physical, "
         "the default), by hardware threads, or by speed as measured",
         [&o](std::string const& word) { o.weight_mode = parallel::weight_mode(word); });
}

void bind_plan(Binder& b, PlanOptions& o) {
  b.group("Study");
  b.text("--config",
         "SPEC: spec, to tell the expected time of its toys",
         [&o](std::string const& word) { o.toys.input.config = word; });
  b.text("--seed", "K: 64-bit seed (default 42)", [&o](std::string const& word) {
    o.toys.seed = count("--seed", word);
  });
  bind_sharing(b, o.toys);
  b.group("Hosts");
  bind_hosts_of_job(b, o.toys.farm);
  bind_ranks_per_host(b, o.toys.farm);
  b.group("Results");
  b.text("--run-id", "NAME: name the planned run", [&o](std::string const& word) {
    o.toys.run_id = word;
  });
  b.flag(
      "--json", "print the manifest of the planned run instead of tables", [&o] { o.json = true; });
  b.text("--out", "FILE: write the manifest of the planned run", [&o](std::string const& word) {
    o.out = word;
  });
}

std::vector<std::string> without_launch_options(std::vector<std::string> const& words) {
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto const equals = words[i].find('=');
    auto const* const option = find_option(std::string_view(words[i]).substr(0, equals));
    if (option == nullptr) {
      kept.push_back(words[i]);
    } else if (option->has_value && equals == std::string::npos) {
      ++i;
    }
  }
  return kept;
}

void check_farm(FarmOptions const& o) {
  if (o.hosts_file.empty() && o.unreachable == UnreachableHosts::leave_out) {
    throw core::UsageError("--drop-unreachable goes with --hosts-file");
  }
}

}  // namespace toyfarm::app
