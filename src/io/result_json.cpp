#include <algorithm>
#include <array>

#include "toyfarm/core/error.hpp"
#include "toyfarm/io/reports.hpp"
#include "toyfarm/io/run_json.hpp"
#include "toyfarm/io/sealed_text.hpp"
#include "toyfarm/io/vouched_file.hpp"
#include "toyfarm/record/row_view.hpp"

#include "io/json_parts.hpp"
#include "io/json_stream.hpp"
#include "io/rows_json.hpp"

namespace toyfarm::io {
namespace {

constexpr std::size_t most_rows_with_arrays = 1'000'000;

/// Equal in all shards of a study: the old merge tool compares this block.
Json gen_block(record::StudyInfo const& study) {
  auto block = told_json(study);
  block.erase("gen_point");
  block["point"] = study.gen_point;
  block["params"] = numbers(study.truth);
  block["seed"] = study.seed;
  block["n_toys"] = study.n_toys;
  block["constrained"] =
      each(study.constrained, [&](std::size_t j) { return Json(study.parameter_names[j]); });
  return block;
}

/// The old per-toy lists; a toy without a finite NLL is null in each.
void add_arrays(Json& results, JsonStream& stream, std::optional<std::size_t> poi) {
  using Row = record::RowView const&;
  auto const error = [](Row row) { return ensemble::is_error(row.status(), row.nll()); };
  results["toy"] = stream.list([](Row row) { return Json(row.toy().value); });
  results["status"] = stream.list([](Row row) { return Json(core::to_string(row.status())); });
  results["converged"] = stream.list(
      [=](Row row) { return error(row) ? Json(nullptr) : Json(core::is_converged(row.status())); });
  results["poi_hat"] = stream.list(
      [=](Row row) { return error(row) || !poi ? Json(nullptr) : number(row.estimate(*poi)); });
  results["poi_sigma"] = stream.list(
      [=](Row row) { return error(row) || !poi ? Json(nullptr) : number(row.error(*poi)); });
  results["nll"] =
      stream.list([=](Row row) { return error(row) ? Json(nullptr) : number(row.nll()); });
}

/// Counts by the words of E, whose values number them.
template <class E, std::size_t n>
Json by_word(std::array<std::uint64_t, n> const& counts) {
  Json json = Json::object();
  for (std::size_t i = 0; i < n; ++i) {
    json[std::string(core::to_string(static_cast<E>(i)))] = counts[i];
  }
  return json;
}

Json share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? Json(nullptr) : Json(static_cast<double>(part) / static_cast<double>(whole));
}

Json results_block(ResultDocument const& document, JsonStream& stream) {
  auto const& study = *document.study;
  auto const& summary = *document.summary;
  Json results = {
      {"n_toys", summary.n_rows},
      {"n_requested", summary.n_requested},
      {"n_missing", summary.n_missing},
      {"n_failed", summary.n_failed},
      {"n_converged", summary.n_converged},
      {"n_nonconverged", summary.n_failed - summary.n_error},
      {"n_validation_error", summary.n_error},
      {"n_computation_error", 0},
      {"n_error", summary.n_error},
      {"overall_convergence", share(summary.n_converged, summary.n_rows)},
      {"fittable_convergence", share(summary.n_converged, summary.n_rows - summary.n_error)},
      {"by_status", by_word<core::FitStatus>(summary.by_status)},
      {"by_engine", by_word<core::Engine>(summary.by_engine)},
      {"poi_true", study.poi ? number(study.truth[*study.poi]) : Json(nullptr)},
      {"optimizer_diagnostics", nullptr}};
  results["complete"] = document.missing.empty();
  if (!document.missing.empty()) {
    results["missing_ranges"] = ranges(document.missing);
  }
  bool const omitted = document.summary_only || document.rows->size() > most_rows_with_arrays;
  results["arrays_omitted"] = omitted;
  if (!omitted) {
    add_arrays(results, stream, study.poi);
    if (document.shard) {
      results["rows"] = rows_block(stream);
    }
  }
  return results;
}

Json merge_block(ResultDocument const& document) {
  Json block = {{"schema_version", "nextstat.cpu_farm_unbinned_fit_toys_merged.v1"},
                {"created_at_utc", document.created_at_utc},
                {"n_shards", document.sources.size()},
                {"verified", document.is_verified},
                {"sources", each(document.sources, [](MergeSource const& source) {
                   return Json{{"shard_index", source.shard_index},
                               {"host", source.host},
                               {"toy_start", source.range.first.value},
                               {"n_toys", source.range.count},
                               {"path", source.path}};
                 })}};
  if (document.manifest) {
    auto const& hosts_file = document.manifest->hosts_file;
    block["manifest"] = {{"run_id", document.manifest->run_id},
                         {"path", document.manifest->path},
                         {"hosts_file", hosts_file.empty() ? Json(nullptr) : Json(hosts_file)}};
  }
  if (!document.run_id.empty()) {
    block["run_id"] = document.run_id;
  }
  if (document.table) {
    block["table"] = file_entries_json({*document.table}).front();
  }
  return block;
}

Json shard_block(ResultDocument const& document) {
  if (!document.shard) {
    return nullptr;
  }
  return {{"shard_index", document.shard->index},
          {"shard_total", document.shard->total},
          {"shard_start", document.range.first.value},
          {"shard_n_toys", document.range.count}};
}

ensemble::GuardrailLimits read_limits(Json const& block) {
  ensemble::GuardrailLimits limits;
  limits.require_all_converged = block.at("require_all_converged").get<bool>();
  if (!block.at("max_abs_poi_pull_mean").is_null()) {
    limits.max_abs_poi_pull_mean = block.at("max_abs_poi_pull_mean").get<double>();
  }
  if (!block.at("poi_pull_std_range").is_null()) {
    limits.poi_pull_std_range = {block.at("poi_pull_std_range").at(0).get<double>(),
                                 block.at("poi_pull_std_range").at(1).get<double>()};
  }
  limits.max_fail_frac = block.at("max_fail_frac").get<double>();
  return limits;
}

}  // namespace

void write_result_json(ResultDocument const& document, os::TextSink const& sink) {
  auto const& study = *document.study;
  JsonStream stream(*document.rows);
  Json root = {{"input_schema_version", study.input_schema_version},
               {"parameter_names", study.parameter_names},
               {"poi_index", index(study.poi)},
               {"gen", gen_block(study)},
               {"shard", shard_block(document)},
               {"results", results_block(document, stream)},
               {"summary", summary_block(study, *document.summary)},
               {"guardrails", guardrails_block(*document.guardrails)}};
  if (document.summary_only) {
    root["approximate"] = Json::array();  // all of it was computed from rows before they went
  }
  if (document.shard) {
    root["study"] = study_block(study);
  }
  if (!document.sources.empty()) {
    root["merge"] = merge_block(document);
  }
  Sealer sealer(sink);
  stream.write(root, [&](std::string_view piece) { sealer.take(piece); });
  sealer.finish();
}

ResultFile read_result_json(VouchedFile const& file) {
  auto const name = file.path().string();
  Json root;
  bool is_whole = false;
  try {
    auto const text = file.text();
    is_whole = is_sealed(text, file.path());
    root = Json::parse(text);
  } catch (Json::exception const& error) {
    throw core::DataError(name, std::string("this is not JSON: ") + error.what());
  }
  try {
    if (!root.is_object() || !root.contains("results")) {
      throw core::DataError(name, "this is not a result of toys");
    }
    if (!root.contains("study") || !root.at("results").contains("rows")) {
      throw core::DataError(
          name, "holds no rows of toys; give its toys.h5, or the JSON of a run with --shard");
    }
    auto study = read_study_block(root.at("study"), name);
    auto rows = read_rows_block(root.at("results").at("rows"), study.layout(), name);
    std::optional<record::Shard> shard;
    if (auto const& block = root.at("shard"); !block.is_null()) {
      shard = {block.at("shard_index").get<std::uint64_t>(),
               block.at("shard_total").get<std::uint64_t>()};
    }
    return {std::move(study), std::move(rows), shard, read_limits(root.at("guardrails")), is_whole};
  } catch (Json::exception const& error) {
    throw core::DataError(name, error.what());
  }
}

ResultFile read_result_json(std::filesystem::path const& file) {
  return read_result_json(open_vouched(file));
}

}  // namespace toyfarm::io
