#pragma once
#include <string>
#include <vector>

#include "toyfarm/batch/merge.hpp"

namespace toyfarm::batch {

/// Rows of one file, and where they came from.
struct Piece {
  std::string path;
  record::StudyInfo study;
  record::RowTable rows;
  io::MergeSource source;
  bool is_vouched = false;  ///< something tells that its bytes are those that were written
  std::vector<io::MergeSource> ranks{};  ///< in its place, where it is known who made the rows
};

/// As merge_pieces, of pieces that are read; each sorted and without a toy twice.
[[nodiscard]] MergedStudy put_together(std::vector<Piece> pieces);

}  // namespace toyfarm::batch
