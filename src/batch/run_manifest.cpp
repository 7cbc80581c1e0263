#include "toyfarm/batch/run_manifest.hpp"

#include <string>

#include <nlohmann/json.hpp>

#include "toyfarm/os/file.hpp"

namespace toyfarm::batch {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

Json document(fs::path const& file) {
  auto const text = os::read_if_there(file);
  return text ? Json::parse(*text, nullptr, false) : Json();
}

std::string text_member(Json const& json, char const* name) {
  return json.is_object() && json.contains(name) && json[name].is_string()
             ? json[name].get<std::string>()
             : "";
}

/// Throws Json::exception for what is none.
std::uint64_t count_member(Json const& json, char const* name) {
  return json.at(name).get_ref<Json::number_unsigned_t const&>();
}

}  // namespace

io::MergeManifest described_in(fs::path const& manifest) {
  auto const json = document(manifest);
  return {text_member(json, "run_id"), manifest.string(), text_member(json, "hosts_file")};
}

std::vector<io::MergeSource> ranks_beside(fs::path const& table) {
  if (table.filename() != "toys.h5") {
    return {};
  }
  auto const json = document(table.parent_path() / "manifest.json");
  try {
    std::vector<io::MergeSource> ranks;
    for (auto const& result : json.at("results")) {
      ranks.push_back({count_member(result, "shard_index"),
                       result.at("host").get<std::string>(),
                       {{count_member(result, "toy_start")}, count_member(result, "n_toys")},
                       table.string()});
    }
    return ranks;
  } catch (Json::exception const&) {
    return {};
  }
}

}  // namespace toyfarm::batch
