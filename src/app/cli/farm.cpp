#include "app/cli/farm.hpp"

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

void bind_login(Binder& b, run::FarmRequest& o) {
  b.role(Role::conduct);  // who reports them
  b.text("--ssh-user", "USER: user on hosts whose line names none", [&o](std::string const& word) {
    hosts::check_user(word, "--ssh-user");
    o.login.user = word;
  });
  b.text("--ssh-port", "PORT: port of hosts whose line names none", [&o](std::string const& word) {
    o.login.port = number_in("--ssh-port", word, 1, most_port);
  });
  b.role(Role::launch);
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
    o.unreachable = run::UnreachableHosts::leave_out;
  });
}

void bind_ranks_per_host(Binder& b, run::FarmRequest& o) {
  b.role(Role::launch);
  b.text("--ranks-per-host", "N: ranks on each host (default 1)", [&o](std::string const& word) {
    o.ranks_per_host = number_in("--ranks-per-host", word, 1, most_ranks);
  });
}

void bind_hosts_file(Binder& b, run::FarmRequest& o, std::string const& help) {
  b.text("--hosts-file", "FILE: " + help, [&o](std::string const& word) {
    if (word.empty()) {
      throw core::UsageError("--hosts-file: the name is empty");
    }
    o.hosts_file = word;
  });
}

/// What the old launcher needed to copy files and start programs over ssh, and how many values
/// follow.
constexpr std::array<std::pair<char const*, int>, 6> without_effect{{{"--remote-workdir", 1},
                                                                     {"--remote-base-dir", 1},
                                                                     {"--upload-config", 0},
                                                                     {"--no-upload-config", 0},
                                                                     {"--pin-blas-threads", 0},
                                                                     {"--no-pin-blas-threads", 0}}};

void bind_without_effect(Binder& b, run::FarmRequest& o) {
  b.group("Old command lines");
  b.role(Role::legacy);
  for (auto const& [option, n_values] : without_effect) {
    std::string const name(option);
    auto const note = [&o, name] { o.without_effect.push_back(name); };
    auto const* const help = "accepted for old command lines, without effect";
    if (n_values > 0) {
      b.text(name, help, [note](std::string const& /*word*/) { note(); });
    } else {
      b.flag(name, help, note);
    }
  }
}

}  // namespace

void bind_hosts_of_job(Binder& b, run::FarmRequest& o) {
  b.role(Role::conduct);
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

void bind_launch(Binder& b, run::FarmRequest& o) {
  bind_login(b, o);
  bind_ranks_per_host(b, o);
  b.flag("--no-check", "do not probe the hosts before the job is started over them", [&o] {
    o.reachability = run::Reachability::trust;
  });
  b.choice("--launch",
           "with --hosts-file, without a launcher: start mpirun (default), or print the line",
           o.launch);
  b.text("--command-timeout-s",
         "SECONDS: the old name of --time-limit, for a job started over hosts",
         [&o](std::string const& word) {
           o.command_timeout_s = number_in("--command-timeout-s", word, 1, most_seconds);
         });
  b.text("--toyfarm-bin,--nextstat-bin",
         "FILE: program to start on the hosts (default this one)",
         [&o](std::string const& word) { o.program = word; });
  b.role(Role::conduct);
  b.many("--unreachable",
         "HOST=REASON: set by the process that started this job",
         [&o](auto const& words) {
           for (auto const& word : words) {
             o.known_unreachable.push_back(assignment("--unreachable", word));
           }
         });
  bind_without_effect(b, o);
}

void bind_hosts(Binder& b, HostsOptions& o) {
  b.required_text("--hosts-file", "FILE: hosts file to read", [&o](std::string const& word) {
    o.farm.hosts_file = word;
  });
  b.text("--out-hostfile",
         "FILE: write Open MPI's hostfile here and print the mpirun line that goes with it",
         [&o](std::string const& word) { o.out_hostfile = word; });
  o.farm.reachability = run::Reachability::trust;
  b.flag("--check", "probe every host; one that does not answer keeps mpirun from starting", [&o] {
    o.farm.reachability = run::Reachability::probe;
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
  b.role(Role::conduct);
  b.n_toys("toys of the whole study (default 100)",
           [&o](std::uint64_t n) { o.request.n_toys = n; });
  b.group("Threads and shares");
  b.text("--threads",
         "physical|logical|auto|nextstat-auto|N: threads per node, divided among its ranks: one "
         "per core "
         "(physical, the default), all that are allowed (the other words, and 0), or N",
         [&o](std::string const& word) {
           static_cast<void>(parallel::thread_policy(word));
           o.conduct.threads = word;
         });
  b.choice(
      "--weight-mode",
      "how toys are shared out over nodes: alike, by cores (physical, the default), by hardware "
      "threads, or by speed as measured",
      o.conduct.weight_mode);
}

void bind_plan(Binder& b, PlanOptions& o) {
  b.group("Study");
  b.text("--config",
         "SPEC: spec, to tell the expected time of its toys",
         [&o](std::string const& word) { o.toys.request.input.config = word; });
  b.text("--seed", "K: 64-bit seed (default 42)", [&o](std::string const& word) {
    o.toys.request.seed = count("--seed", word);
  });
  bind_sharing(b, o.toys);
  b.group("Hosts");
  bind_hosts_of_job(b, o.toys.farm);
  bind_ranks_per_host(b, o.toys.farm);
  b.group("Results");
  b.role(Role::command);
  b.text("--run-id", "NAME: name the planned run", [&o](std::string const& word) {
    o.toys.to.run_id = word;
  });
  b.flag(
      "--json", "print the manifest of the planned run instead of tables", [&o] { o.json = true; });
  b.text("--out", "FILE: write the manifest of the planned run", [&o](std::string const& word) {
    o.out = word;
  });
}

void check_farm(run::FarmRequest const& o) {
  if (o.hosts_file.empty() && o.unreachable == run::UnreachableHosts::leave_out) {
    throw core::UsageError("--drop-unreachable goes with --hosts-file");
  }
}

}  // namespace toyfarm::app
