#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/io/events.hpp"

// What each format hands over: whole columns of numbers, unchecked. Rows in messages count data
// rows from 1.
namespace toyfarm::io {

inline constexpr char const* weight_column = "_weight";
inline constexpr char const* channel_column = "_channel";

struct RawEvents {
  std::uint64_t n_rows = 0;
  std::vector<core::Column> columns;    ///< [column as asked][row]
  std::optional<core::Column> weights;  ///< `_weight`
  std::optional<std::vector<std::string>>
      labels;  ///< `_channel`, only read when a channel is asked for
  bool has_labels = false;
};

[[nodiscard]] RawEvents read_csv(EventRequest const& request);
[[nodiscard]] RawEvents read_hdf5(EventRequest const& request);
[[nodiscard]] RawEvents read_parquet(EventRequest const& request);

/// "column 'mas' is missing; did you mean 'mass'? The file has: mass, time".
[[nodiscard]] std::string missing_column(std::string const& name,
                                         std::vector<std::string> const& present);

/// "column 'mass', row 17: ".
[[nodiscard]] std::string place(std::string const& column, std::uint64_t row_from_0);

}  // namespace toyfarm::io
