#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/core/aligned.hpp"
#include "toyfarm/core/words.hpp"
#include "toyfarm/spec/spec.hpp"

namespace toyfarm::io {

enum class OutsidePolicy { refuse, drop };
constexpr core::WordTable<OutsidePolicy, 2> words_of(OutsidePolicy /*any*/) {
  return {{{OutsidePolicy::refuse, "error"}, {OutsidePolicy::drop, "drop"}}};
}

/// Whether a file from which one channel's rows are asked must have `_channel`; one that need not
/// is all of that channel.
enum class ChannelColumn { required, optional };

struct ColumnRequest {
  std::string name;
  double lower;
  double upper;  ///< closed window [lower, upper]
};

/// What to read of an event file. HDF5: one 1-D dataset per column in `group` (default: the root
/// group), or a file of write_toy_events. Parquet, CSV with header: columns by name.
struct EventRequest {
  std::filesystem::path path;
  /// Of `path` itself, a spec that has its events written in it; they outlive the request.
  spec::WrittenEvents const* written = nullptr;
  std::optional<std::string>
      format;  ///< parquet, hdf5, csv; default by extension (.pq, .h5, …), else by first bytes
  std::optional<std::string> group;    ///< HDF5 group
  std::optional<std::string> channel;  ///< keep rows whose `_channel` is this
  std::string spec_channel;            ///< the channel's name in files of write_toy_events
  ChannelColumn channel_column = ChannelColumn::required;
  /// Labels of all channels of the study; a file that has none of them is refused. Empty: no check.
  std::vector<std::string> known_channels;
  std::vector<ColumnRequest> columns;
  /// Most rows to read, which may then be packed as tightly as they like. Without it a file whose
  /// content takes more than 1 GB and 1000 times the file's size is refused.
  std::optional<std::uint64_t> max_rows;
  OutsidePolicy outside = OutsidePolicy::refuse;
};

/// Events of one channel after cuts.
struct EventTable {
  std::vector<core::Column> columns;  ///< [column as asked][row], all finite and inside the window
  core::Column weights;  ///< `_weight`, finite and >= 0, not all 0; empty when the file has none
  std::uint64_t n_rows = 0;     ///< rows kept
  std::uint64_t n_dropped = 0;  ///< rows cut by OutsidePolicy::drop
  /// Global observables by the name of their parameter, where the file has some.
  std::map<std::string, double> globals;
};

/// Reads a file whole, or takes the events that a spec has written. Throws core::RuntimeFailure
/// (66: absent, not a regular file, no permission; 74: unreadable halfway) and core::DataError (65:
/// unknown format, missing column, wrong type, NaN, outside the window with count and first row,
/// negative weight, a column twice, data that are not in the file itself or were never written, too
/// large), naming file, column, row.
[[nodiscard]] EventTable read_events(EventRequest const& request);

/// SHA-256 over all channels' columns and weights after cuts, in order, independent of file names
/// and formats.
[[nodiscard]] std::string data_hash(std::vector<EventTable> const& channels);

}  // namespace toyfarm::io
