#include "toyfarm/batch/merge.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <string_view>
#include <tuple>

#include "toyfarm/batch/run_manifest.hpp"
#include "toyfarm/batch/same_study.hpp"
#include "toyfarm/core/error.hpp"
#include "toyfarm/io/journal.hpp"
#include "toyfarm/io/toy_table.hpp"
#include "toyfarm/io/vouched_file.hpp"
#include "toyfarm/os/file.hpp"
#include "toyfarm/record/row_view.hpp"

#include "batch/pieces.hpp"
#include "batch/side_files.hpp"

namespace toyfarm::batch {
namespace {

namespace fs = std::filesystem;

/// Refuses two pieces that are not of one study, naming both files and the first field that
/// differs.
void check_same_study(Piece const& a, Piece const& b) {
  if (auto const difference = first_difference(a.study, b.study)) {
    throw core::DataError(b.path,
                          "belongs to another study than " + a.path + ": " + difference->field +
                              " is " + difference->second + " here and " + difference->first +
                              " there");
  }
}

bool is_hdf5(io::VouchedFile const& file) {
  constexpr std::string_view magic = "\x89HDF\r\n\x1a\n";
  return os::read_if_there(file.handle(), magic.size()) == magic;
}

/// The I of shard_I.toys.h5, shard_I.out.json.
std::optional<std::uint64_t> shard_in_name(fs::path const& file) {
  auto const name = file.filename().string();
  constexpr std::string_view prefix = "shard_";
  std::uint64_t index = 0;
  if (!name.starts_with(prefix)) {
    return std::nullopt;
  }
  auto const [end, error] =
      std::from_chars(name.data() + prefix.size(), name.data() + name.size(), index);
  return error == std::errc() && end != name.data() + name.size() && *end == '.'
             ? std::optional(index)
             : std::nullopt;
}

/// The host that a shard's wrapper wrote beside it.
std::string host_beside(fs::path const& file) {
  auto const index = shard_in_name(file);
  auto const host =
      index ? read_side_files(file.parent_path(), "shard_" + std::to_string(*index)).host : "";
  return host.empty() ? "unknown" : host;
}

/// What `file` (a table or a shard's JSON) holds, without its source.
Piece read_file(io::VouchedFile const& file) {
  auto const& path = file.path();
  if (is_hdf5(file)) {
    auto table = io::read_toy_table(file);
    return {path.string(),
            std::move(table.study),
            std::move(table.rows),
            {shard_in_name(path).value_or(0), "", {}, path.string()},
            file.is_vouched()};
  }
  try {
    auto result = io::read_result_json(file);
    auto const index = result.shard ? result.shard->index : shard_in_name(path).value_or(0);
    return {path.string(),
            std::move(result.study),
            std::move(result.rows),
            {index, "", {}, path.string()},
            file.is_vouched() || result.is_sealed};
  } catch (core::DataError const&) {
    // Documents of large or whole runs hold no rows; their table stands beside them.
    auto const table = toy_table_beside(path);
    std::error_code error;
    if (!fs::is_regular_file(table, error)) {
      throw;
    }
    return read_file(io::open_vouched(table));
  }
}

/// The rows of a run that was not published. Each of its frames has a checksum.
Piece read_journal(fs::path const& file) {
  auto const journal = io::Journal::open(file, io::JournalAccess::read);
  auto const& header = journal->header();
  Piece piece{file.string(), header.study, record::RowTable(header.study.layout()), {}, true};
  journal->walk([&](std::span<std::uint64_t const> words) { piece.rows.append(words); });
  piece.source = {header.shard ? header.shard->index : 0, "", {}, file.string()};
  return piece;
}

/// A run directory is read from the table that its manifest names, or else from its journal.
Piece read_directory(fs::path const& directory) {
  std::error_code error;
  auto const table = directory / "toys.h5";
  auto const journal = directory / "journal.toyfarm";
  bool const has_journal = fs::exists(journal, error);
  if (!fs::exists(table, error) && has_journal) {
    return read_journal(journal);
  }
  auto const file = io::open_vouched(table);
  return !file.is_vouched() && has_journal ? read_journal(journal) : read_file(file);
}

Piece read_piece(fs::path const& input) {
  std::error_code error;
  bool const is_directory = fs::is_directory(input, error);
  auto const file = is_directory ? input / "toys.h5" : input;
  auto piece = is_directory ? read_directory(input) : read_file(io::open_vouched(input));
  piece.rows.sort();
  auto const n = piece.rows.size();
  piece.source.host = host_beside(file);
  piece.ranks = ranks_beside(piece.path);
  piece.source.range = {n == 0 ? core::ToyId{0} : piece.rows.toy(0), n};
  if (n > 0 && piece.rows.toy(n - 1).value >= piece.study.n_toys) {
    throw core::DataError(piece.path,
                          "holds toy " + std::to_string(piece.rows.toy(n - 1).value) +
                              " of a study of " + std::to_string(piece.study.n_toys) + " toys");
  }
  return piece;
}

/// Refuses a toy that two pieces hold. Each piece is sorted and has no toy twice.
void refuse_duplicates(std::vector<Piece> const& pieces) {
  std::vector<std::pair<std::uint64_t, std::size_t>> toys;
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    for (std::size_t i = 0; i < pieces[p].rows.size(); ++i) {
      toys.emplace_back(pieces[p].rows.toy(i).value, p);
    }
  }
  std::ranges::sort(toys);
  auto const twice =
      std::ranges::adjacent_find(toys, {}, [](auto const& toy) { return toy.first; });
  if (twice == toys.end()) {
    return;
  }
  auto const& first = pieces[twice->second];
  auto const& second = pieces[std::next(twice)->second];
  std::uint64_t n_twice = 0;
  for (std::size_t i = 1; i < toys.size(); ++i) {
    n_twice += toys[i].first == toys[i - 1].first ? 1U : 0U;
  }
  throw core::DataError(second.path,
                        "holds toy " + std::to_string(twice->first) + ", which " + first.path +
                            " holds too (" + std::to_string(n_twice) +
                            " toys occur twice); give each piece once");
}

std::vector<core::ToyRange> gaps(record::RowTable const& rows, std::uint64_t n_toys) {
  std::vector<core::ToyRange> missing;
  std::uint64_t next = 0;
  for (std::size_t i = 0; i <= rows.size(); ++i) {
    auto const toy = i < rows.size() ? rows.toy(i).value : n_toys;
    if (toy > next) {
      missing.push_back({{next}, toy - next});
    }
    next = toy + 1;
  }
  return missing;
}

}  // namespace

MergedStudy put_together(std::vector<Piece> pieces) {
  if (pieces.empty()) {
    throw core::UsageError("there is nothing to merge");
  }
  for (auto const& piece : pieces) {
    check_same_study(pieces.front(), piece);
  }
  refuse_duplicates(pieces);
  // Sources stand in the order of their toys, so that the order of arguments leaves no trace.
  std::ranges::stable_sort(pieces, {}, [](Piece const& piece) {
    return std::tuple(piece.source.range.first, piece.source.shard_index, piece.path);
  });
  MergedStudy merged{
      pieces.front().study, record::RowTable(pieces.front().study.layout()), {}, {}, {}};
  merged.rows.reserve(std::accumulate(
      pieces.begin(), pieces.end(), std::size_t{0}, [](std::size_t n, Piece const& piece) {
        return n + piece.rows.size();
      }));
  for (auto const& piece : pieces) {
    merged.rows.append(piece.rows.words());
    if (!piece.is_vouched) {
      merged.unvouched.push_back(piece.path);
    }
    auto const& ranks = piece.ranks;
    if (ranks.empty()) {
      merged.sources.push_back(piece.source);
    }
    merged.sources.insert(merged.sources.end(), ranks.begin(), ranks.end());
  }
  merged.rows.sort();
  merged.missing = gaps(merged.rows, merged.study.n_toys);
  return merged;
}

MergedStudy merge_pieces(std::vector<fs::path> const& inputs) {
  std::vector<Piece> pieces;
  for (auto const& input : inputs) {
    pieces.push_back(read_piece(input));
  }
  return put_together(std::move(pieces));
}

fs::path toy_table_beside(fs::path const& result) {
  auto const name = result.filename().string();
  if (name == "merged.out.json") {
    return result.parent_path() / "toys.h5";
  }
  for (std::string_view const end : {".out.json", ".json"}) {
    if (name.size() > end.size() && name.ends_with(end)) {
      return result.parent_path() / (name.substr(0, name.size() - end.size()) + ".toys.h5");
    }
  }
  return result.parent_path() / (name + ".toys.h5");
}

}  // namespace toyfarm::batch
