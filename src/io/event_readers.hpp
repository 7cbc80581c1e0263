#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyfarm/io/events.hpp"

#include "io/read_limit.hpp"

// What each format hands over: whole columns of numbers, unchecked. Rows in messages count data
// rows from 1.
namespace toyfarm::io {

inline constexpr char const* weight_column = "_weight";
inline constexpr char const* channel_column = "_channel";

/// A column of words, each kept once: rows may share one long text.
class Labels {
 public:
  Labels() = default;
  Labels(Labels&&) = default;  // a copy's last_ would be of the other
  Labels& operator=(Labels&&) = default;
  void add(std::string_view word);
  [[nodiscard]] std::uint64_t size() const noexcept { return rows_.size(); }
  /// Which of `words` a row has.
  [[nodiscard]] std::uint32_t of(std::uint64_t row) const { return rows_[row]; }
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view word) const;
  [[nodiscard]] std::vector<std::string> words() const;
  /// Refuses words that are too much together.
  void require(ReadLimit const& limit) const;

 private:
  std::map<std::string, std::uint32_t, std::less<>> codes_;
  std::vector<std::uint32_t> rows_;
  std::string_view last_;  ///< of codes_: neighbours often are alike
  std::uint64_t bytes_ = 0;
};

struct RawEvents {
  std::uint64_t n_rows = 0;
  std::vector<core::Column> columns;    ///< [column as asked][row]
  std::optional<core::Column> weights;  ///< `_weight`
  std::optional<Labels> labels;         ///< `_channel`, only read when a channel is asked for
  bool has_labels = false;
  bool is_of_channel = false;  ///< all rows are of the channel asked for, whatever their labels
  std::map<std::string, double> globals;  ///< global observables by the parameter's name
};

[[nodiscard]] RawEvents read_csv(EventRequest const& request);
[[nodiscard]] RawEvents read_hdf5(EventRequest const& request);
[[nodiscard]] RawEvents read_parquet(EventRequest const& request);

/// Refuses rows beyond the limit before memory for them is asked for.
void require_room(ReadLimit const& limit, std::uint64_t n_rows, std::size_t n_columns);

/// "column 'mas' is missing; did you mean 'mass'? The file has: mass, time".
[[nodiscard]] std::string missing_column(std::string const& name,
                                         std::vector<std::string> const& present);

/// "column 'mass', row 17: ".
[[nodiscard]] std::string place(std::string const& column, std::uint64_t row_from_0);

}  // namespace toyfarm::io
