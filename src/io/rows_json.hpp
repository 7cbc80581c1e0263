#pragma once
#include <string>

#include "toyfarm/record/toy_record.hpp"

#include "io/json_parts.hpp"
#include "io/json_stream.hpp"

// Studies and rows as JSON that reads back bit for bit.
namespace toyfarm::io {

[[nodiscard]] Json study_block(record::StudyInfo const& study);
/// Throws core::DataError naming `file`.
[[nodiscard]] record::StudyInfo read_study_block(Json const& block, std::string const& file);

/// Lists over toys, one per field of ToyRecord.
[[nodiscard]] Json rows_block(JsonStream& stream);
[[nodiscard]] record::RowTable read_rows_block(Json const& block,
                                               record::RowLayout const& layout,
                                               std::string const& file);

}  // namespace toyfarm::io
