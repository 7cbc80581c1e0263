#pragma once
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "toyfarm/io/reports.hpp"

// Parts that a run's journal and a rendered run's manifest have in common. Reading throws
// nlohmann::json::exception for what is no such part.
namespace toyfarm::io {

/// What manifests tell of a study: its fields of that role, by name, and stream_version.
[[nodiscard]] nlohmann::json told_json(record::StudyInfo const& study);

[[nodiscard]] nlohmann::json limits_json(ensemble::GuardrailLimits const& limits);
[[nodiscard]] ensemble::GuardrailLimits limits_of(nlohmann::json const& json);

/// Paths become absolute.
[[nodiscard]] nlohmann::json data_files_json(std::vector<DataFileEntry> const& files);
[[nodiscard]] std::vector<DataFileEntry> data_files_of(nlohmann::json const& json);

/// Files with name, size and SHA-256.
[[nodiscard]] nlohmann::json file_entries_json(std::vector<FileEntry> const& files);
[[nodiscard]] std::vector<FileEntry> file_entries_of(nlohmann::json const& json);

}  // namespace toyfarm::io
