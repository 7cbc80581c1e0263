#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "toyfarm/io/journal.hpp"
#include "toyfarm/run/order.hpp"
#include "toyfarm/run/run_record.hpp"

namespace toyfarm::run {

/// What a run directory's journal, or a frozen study, keeps of the order.
[[nodiscard]] std::string record_text(Order const& order,
                                      std::vector<io::DataFileEntry> const& data);

/// A journal's record, as an order.
struct SavedRun {
  Order order;         ///< config = the copy of the spec in the run directory
  std::string config;  ///< as the command that began it, or froze its study, named the spec
  std::vector<io::DataFileEntry> data;
};
/// Throws DataError naming `directory` if the journal's text is not one of `record_text`.
[[nodiscard]] SavedRun saved_run(io::JournalHeader const& header,
                                 std::filesystem::path const& directory);

/// Name of the copy of the spec in a run directory.
[[nodiscard]] std::string spec_copy_name(std::filesystem::path const& spec);

/// `saved` with what is asked for now, as far as it may: how to run, never what.
[[nodiscard]] Order resumed_order(Order saved, Order const& now);

/// A frozen study's order with what is asked for now, likewise. A shard gets no guardrails: they
/// are for all toys together.
[[nodiscard]] Order order_of_study(SavedRun const& saved, Order const& now);

}  // namespace toyfarm::run
