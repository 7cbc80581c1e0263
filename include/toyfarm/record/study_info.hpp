#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/record/toy_record.hpp"

namespace toyfarm::record {

enum class ConstraintMode { randomize, fixed };

/// Number of the random streams' definition; toys of different versions must not be mixed.
inline constexpr int stream_version = 2;
/// Number of the layout of toys.h5. Every released one stays readable; 2 has `won` and `next_end`.
inline constexpr int format_version = 2;
inline constexpr int oldest_format_version = 1;

/// What identifies a study and gives its rows meaning: the same for every rank, shard and resume.
/// Holds nothing of how a run went.
struct StudyInfo {
  std::string input_schema_version = "nextstat_unbinned_spec_v0";
  std::vector<std::string> parameter_names;  ///< [parameter]
  std::vector<double> lower;                 ///< [parameter] bounds, may be infinite
  std::vector<double> upper;
  std::vector<bool> fixed;                 ///< [parameter]
  std::vector<bool> used;                  ///< [parameter] enters the NLL
  std::vector<std::string> channel_names;  ///< [channel]
  std::vector<std::size_t> constrained;    ///< [constraint] parameter index
  std::optional<std::size_t> poi;
  std::string gen_point = "init";           ///< "init" or "mle"
  std::vector<double> truth;                ///< [parameter] generation point, after overrides
  std::map<std::string, double> overrides;  ///< --set
  std::uint64_t seed = 42;
  std::uint64_t n_toys = 0;  ///< of the whole study, not of a shard
  ConstraintMode constraint_mode = ConstraintMode::randomize;
  std::string engine = "auto";     ///< as asked: auto, compressed, eventwise
  std::string arithmetic = "fma";  ///< "fma" or "plain": the job's arithmetic class
  std::map<std::string, std::string>
      pdf_variants;         ///< "channel/process" -> "exact" or "nextstat", for pdfs that have both
  std::string layout_hash;  ///< SHA-256 of the layout of cells
  std::string model_hash;   ///< SHA-256, 64 hex digits
  std::string data_hash;    ///< likewise; empty when no channel names data
  std::string spec_text;
  [[nodiscard]] RowLayout layout() const {
    return {parameter_names.size(), channel_names.size(), constrained.size()};
  }
};

/// One piece of a study, as --shard index/total.
struct Shard {
  std::uint64_t index = 0;
  std::uint64_t total = 1;
};

/// Toys of a shard: floor(n/total), the first n mod total shards one more; contiguous, in order.
[[nodiscard]] core::ToyRange shard_range(Shard shard, std::uint64_t n_toys) noexcept;

}  // namespace toyfarm::record
