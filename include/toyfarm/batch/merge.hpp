#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "toyfarm/io/reports.hpp"

namespace toyfarm::batch {

struct MergedStudy {
  record::StudyInfo study;
  record::RowTable rows;  ///< sorted, each toy once
  std::vector<io::MergeSource> sources;
  std::vector<core::ToyRange> missing;  ///< toys of [0, n_toys) without a row
  std::vector<std::string> unvouched;   ///< files whose bytes nothing vouches for
};

/// Puts pieces of one study together. An input is a run directory (its toys.h5), a toys.h5, or the
/// JSON of a --shard run. Throws DataError naming the file for a piece of another study (model,
/// data, seed, generation point, stream version, …), for a toy that occurs twice and for a file
/// that is not what the manifest beside it names; gaps are returned in `missing`.
[[nodiscard]] MergedStudy merge_pieces(std::vector<std::filesystem::path> const& inputs);

/// Where the toy table stands beside a result file: merged.out.json -> toys.h5, S.out.json ->
/// S.toys.h5, S.json -> S.toys.h5.
[[nodiscard]] std::filesystem::path toy_table_beside(std::filesystem::path const& result);

}  // namespace toyfarm::batch
