#include "toyfarm/io/run_json.hpp"

#include <filesystem>

#include "io/json_parts.hpp"

namespace toyfarm::io {

Json limits_json(ensemble::GuardrailLimits const& limits) {
  return {{"require_all_converged", limits.require_all_converged},
          {"max_abs_poi_pull_mean", number(limits.max_abs_poi_pull_mean)},
          {"poi_pull_std_range", pair(limits.poi_pull_std_range)},
          {"max_fail_frac", limits.max_fail_frac}};
}

ensemble::GuardrailLimits limits_of(Json const& json) {
  ensemble::GuardrailLimits limits;
  limits.require_all_converged = json.at("require_all_converged").get<bool>();
  limits.max_fail_frac = json.at("max_fail_frac").get<double>();
  if (auto const& mean = json.at("max_abs_poi_pull_mean"); !mean.is_null()) {
    limits.max_abs_poi_pull_mean = mean.get<double>();
  }
  if (auto const& range = json.at("poi_pull_std_range"); !range.is_null()) {
    limits.poi_pull_std_range = {range.at(0).get<double>(), range.at(1).get<double>()};
  }
  return limits;
}

Json data_files_json(std::vector<DataFileEntry> const& files) {
  return each(files, [](DataFileEntry const& file) {
    return Json{{"channel", file.channel},
                {"path", std::filesystem::absolute(file.path).string()},
                {"sha256", file.sha256},
                {"n_rows", file.n_rows},
                {"n_dropped", file.n_dropped}};
  });
}

std::vector<DataFileEntry> data_files_of(Json const& json) {
  std::vector<DataFileEntry> files;
  for (auto const& file : json) {
    files.push_back({file.at("channel").get<std::string>(),
                     file.at("path").get<std::string>(),
                     file.at("sha256").get<std::string>(),
                     file.at("n_rows").get<std::uint64_t>(),
                     file.at("n_dropped").get<std::uint64_t>()});
  }
  return files;
}

Json file_entries_json(std::vector<FileEntry> const& files) {
  return each(files, [](FileEntry const& file) {
    return Json{{"name", file.name}, {"sha256", file.sha256}, {"bytes", file.bytes}};
  });
}

std::vector<FileEntry> file_entries_of(Json const& json) {
  std::vector<FileEntry> files;
  for (auto const& file : json) {
    files.push_back({file.at("name").get<std::string>(),
                     file.at("sha256").get<std::string>(),
                     file.at("bytes").get<std::uintmax_t>()});
  }
  return files;
}

}  // namespace toyfarm::io
