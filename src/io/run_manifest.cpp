#include "toyfarm/io/run_manifest.hpp"

#include <cmath>

#include "toyfarm/core/error.hpp"
#include "toyfarm/io/run_json.hpp"
#include "toyfarm/io/sealed_text.hpp"

#include "io/json_parts.hpp"

namespace toyfarm::io {
namespace {

std::vector<FileEntry> entries(Json const& root, char const* key) {
  return root.contains(key) ? file_entries_of(root.at(key)) : std::vector<FileEntry>();
}

/// Nothing for one that no code or time has.
std::optional<double> small_number_of(Json const& object, char const* key) {
  auto const found = object.find(key);
  return found != object.end() && found->is_number() && std::abs(found->get<double>()) < 1e9
             ? std::optional(found->get<double>())
             : std::nullopt;
}

std::string result_host_of(Json const& root) {
  auto const results = root.find("results");
  return results != root.end() && results->is_array() && !results->empty() &&
                 results->front().is_object()
             ? text_of(results->front(), "host")
             : "";
}

}  // namespace

RunManifest read_run_manifest(std::filesystem::path const& file) {
  auto const text = read_sealed_text(file);
  try {
    auto const root = Json::parse(text);
    if (!root.is_object()) {
      throw core::DataError(file.string(), "is no manifest: no JSON object");
    }
    RunManifest manifest;
    manifest.path = file;
    manifest.is_rendered = root.contains("uuid");
    manifest.files = entries(root, "files");
    manifest.outputs = entries(root, "outputs");
    manifest.start_utc = text_of(root, "start_utc");
    manifest.end_utc = text_of(root, "end_utc");
    manifest.host = result_host_of(root);
    if (auto const code = small_number_of(root, "exit_code")) {
      manifest.exit_code = static_cast<int>(*code);
    }
    manifest.wall_s = small_number_of(root, "wall_s").value_or(0);
    return manifest;
  } catch (Json::exception const& error) {
    throw core::DataError(file.string(),
                          std::string("is no manifest, or a damaged one: ") + error.what());
  }
}

}  // namespace toyfarm::io
