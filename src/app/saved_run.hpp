#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "toyfarm/io/journal.hpp"
#include "toyfarm/io/reports.hpp"

#include "app/prepare.hpp"

namespace toyfarm::app {

/// What a run directory's journal keeps of the command that began the run, as JSON text: what the
/// study's description does not say. Paths are absolute, so that a run goes on from anywhere.
[[nodiscard]] std::string encode_saved_run(ToysOptions const& options,
                                           std::vector<io::DataFileEntry> const& data);

/// A journal's command, read back.
struct SavedRun {
  ToysOptions options;  ///< config = the copy of the spec in the run directory
  std::string config;   ///< as the command that began it, or froze its study, named the spec
  std::vector<io::DataFileEntry> data;
};
/// Throws DataError naming `directory` if the journal's text is not one of encode_saved_run.
[[nodiscard]] SavedRun decode_saved_run(io::JournalHeader const& header,
                                        std::filesystem::path const& directory);

/// Name of the copy of the spec in a run directory.
[[nodiscard]] std::string spec_copy_name(std::filesystem::path const& spec);

/// `saved` with what the command line asks for now, as far as it may: how to run, never what.
/// Throws UsageError for an option that a resumed run cannot have.
[[nodiscard]] ToysOptions resumed_options(ToysOptions saved, ToysOptions const& now);

/// A frozen study's options with what the command line asks for now, likewise. A shard gets no
/// guardrails: they are for all toys together.
[[nodiscard]] ToysOptions study_options(SavedRun const& saved, ToysOptions const& now);

}  // namespace toyfarm::app
