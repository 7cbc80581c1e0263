#pragma once
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/core/error.hpp"

#include "app/cli/command_line.hpp"

namespace toyfarm::app {

/// For a process that no launcher started: where the command is one that runs as a job and names a
/// hosts file, runs mpirun over those hosts, with the same program and words, and returns its exit
/// code; under --launch none prints that line instead. Nothing where this process is to run the
/// command itself. Throws core::Error.
[[nodiscard]] std::optional<int> launch_over_hosts(CommandLine const& line);

/// mpirun and its arguments up to the program, for `n_hosts` hosts of this hostfile.
[[nodiscard]] std::vector<std::string> mpirun_words_of(run::FarmRequest const& options,
                                                       std::string const& hostfile,
                                                       std::vector<hosts::HostEntry> const& hosts);

/// The path of the program that mpirun starts: this one, or toyfarm beside it if this one has no
/// MPI.
[[nodiscard]] std::string program_of_jobs();

/// Says once which options of the old launcher were given and mean nothing any more.
void tell_options_without_effect(run::FarmRequest const& options);

}  // namespace toyfarm::app
