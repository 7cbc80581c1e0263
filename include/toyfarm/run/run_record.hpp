#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "toyfarm/io/reports.hpp"
#include "toyfarm/run/request.hpp"

namespace toyfarm::run {

/// What a run directory, or a frozen study, keeps of how it was asked for: named data in words,
/// from which the run goes on anywhere. Paths are absolute.
struct RunRecord {
  std::string command_line;  ///< for people
  std::string study;         ///< the frozen study that the run is of; empty = none
  std::string spec_copy;     ///< name of the spec's copy in the run directory
  Request request;  ///< `config` as it was named; changes of the model are in the copy already
  Conduct conduct;
  Destination to;
  std::vector<io::DataFileEntry> data;
};

/// As JSON text, with a version of its own.
[[nodiscard]] std::string encode(RunRecord const& record);

/// Throws DataError naming `place` where the text is not one of `encode`: a member that is missing,
/// of another type or unknown, a word that no enum has, another version.
[[nodiscard]] RunRecord decode_run_record(std::string const& text,
                                          std::filesystem::path const& place);

}  // namespace toyfarm::run
