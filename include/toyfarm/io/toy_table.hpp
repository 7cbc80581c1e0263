#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "toyfarm/core/aligned.hpp"
#include "toyfarm/io/vouched_file.hpp"
#include "toyfarm/record/study_info.hpp"
#include "toyfarm/record/toy_record.hpp"

namespace toyfarm::io {

/// Writes toys.h5: rows and what identifies the study; byte-identical for equal arguments. Holds
/// one block of rows at a time. Not atomic: use with `publish`.
void write_toy_table(std::filesystem::path const& file,
                     record::StudyInfo const& study,
                     record::RowSource const& rows);

struct ToyTableFile {
  record::StudyInfo study;
  record::RowTable rows;
};
/// Reads what write_toy_table wrote, bit for bit; of version 1, which lacks them, `won` is 0 and
/// `next_end` NaN. Throws core::RuntimeFailure (66, 74) or core::DataError (65: not such a file, a
/// version that is not known).
[[nodiscard]] ToyTableFile read_toy_table(VouchedFile const& file);
/// Likewise, of what open_vouched opens.
[[nodiscard]] ToyTableFile read_toy_table(std::filesystem::path const& file);

/// One toy's events, or Asimov data, for a look and for a fit of just these: from where they come
/// from (`toyfarm fit --toy F`), or as any data (read_events).
struct ToyEvents {
  std::string model_hash;
  std::uint64_t seed = 0;
  std::uint64_t toy = 0;
  std::vector<double> truth;               ///< [parameter] generation point, where the fit starts
  std::vector<double> global_observables;  ///< [constraint]
  std::vector<std::string> constrained;    ///< [constraint] parameter; none in version 1 of files
  struct Channel {
    std::string name;
    std::vector<std::string> observables;
    std::vector<core::Column> columns;  ///< [observable][event]
    core::Column weights{};             ///< [event]; none: all are 1
  };
  std::vector<Channel> channels;
};
/// HDF5: group `channel_<index>` (attribute `name`) with one dataset per observable, and `_weight`
/// where there are weights; attributes and datasets for the rest.
void write_toy_events(std::filesystem::path const& file, ToyEvents const& events);
[[nodiscard]] ToyEvents read_toy_events(std::filesystem::path const& file);

}  // namespace toyfarm::io
