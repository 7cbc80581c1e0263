#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "toyfarm/io/journal.hpp"
#include "toyfarm/run/run_record.hpp"

#include "app/options.hpp"

namespace toyfarm::app {

/// What a run directory's journal, or a frozen study, keeps of the command.
[[nodiscard]] std::string record_text(ToysOptions const& options,
                                      std::vector<io::DataFileEntry> const& data);

/// A journal's record, as options.
struct SavedRun {
  ToysOptions options;  ///< config = the copy of the spec in the run directory
  std::string config;   ///< as the command that began it, or froze its study, named the spec
  std::vector<io::DataFileEntry> data;
};
/// Throws DataError naming `directory` if the journal's text is not one of `record_text`.
[[nodiscard]] SavedRun saved_run(io::JournalHeader const& header,
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
