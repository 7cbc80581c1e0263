#include "toyfarm/batch/old_results.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/file.hpp"

#include "batch/pieces.hpp"

namespace toyfarm::batch {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// One old file, before it is known which toys its rows are.
struct OldPiece {
  fs::path path;
  Json json;
  std::uint64_t seed = 0;
  std::uint64_t n_rows = 0;
  std::optional<std::uint64_t> start;  ///< of its `shard` block
  std::uint64_t shard_index = 0;
};

Json parsed(fs::path const& file) {
  auto json = Json::parse(os::read_file(file), nullptr, false);
  if (!json.is_object()) {
    throw core::DataError(file.string(), "is no JSON object: cut off, or another kind of file");
  }
  return json;
}

/// Turns any failure of nlohmann (missing key, wrong type) into a DataError with the file's name.
template <class Read>
auto guarded(fs::path const& file, Read const& read) {
  try {
    return read();
  } catch (Json::exception const& error) {
    throw core::DataError(file.string(),
                          std::string("is not a result of the old program (") + error.what() + ")");
  }
}

OldPiece read_old(fs::path const& file) {
  OldPiece piece{file, parsed(file), 0, 0, {}, 0};
  guarded(file, [&] {
    auto const& json = piece.json;
    piece.seed = json.at("gen").at("seed").get<std::uint64_t>();
    auto const& results = json.at("results");
    piece.n_rows = results.at("n_toys").get<std::uint64_t>();
    for (char const* const name : {"converged", "poi_hat", "poi_sigma", "nll"}) {
      if (!results.at(name).is_array() || results.at(name).size() != piece.n_rows) {
        throw core::DataError(file.string(),
                              std::string("results.") + name +
                                  " has not n_toys = " + std::to_string(piece.n_rows) + " entries");
      }
    }
    if (json.contains("shard") && json.at("shard").is_object()) {
      piece.start = json.at("shard").at("shard_start").get<std::uint64_t>();
      piece.shard_index = json.at("shard").at("shard_index").get<std::uint64_t>();
    }
    return 0;
  });
  return piece;
}

record::StudyInfo study_of(OldPiece const& piece) {
  auto const& json = piece.json;
  auto const& gen = json.at("gen");
  auto const infinity = std::numeric_limits<double>::infinity();
  record::StudyInfo study;
  study.input_schema_version = json.at("input_schema_version").get<std::string>();
  study.parameter_names = json.at("parameter_names").get<std::vector<std::string>>();
  auto const n = study.parameter_names.size();
  study.lower.assign(n, -infinity);
  study.upper.assign(n, infinity);
  study.fixed.assign(n, false);
  study.used.assign(n, true);
  study.poi = json.at("poi_index").get<std::size_t>();
  study.gen_point = gen.at("point").get<std::string>();
  study.truth = gen.at("params").get<std::vector<double>>();
  study.overrides = gen.at("overrides").get<std::map<std::string, double>>();
  study.engine = "nextstat";
  study.arithmetic = "unknown";
  if (study.truth.size() != n || *study.poi >= n) {
    throw core::DataError(piece.path.string(),
                          "its gen.params or poi_index do not fit its parameters");
  }
  return study;
}

/// A number or null; nlohmann itself would take true for 1.
double number(OldPiece const& piece, Json const& value) {
  if (!value.is_null() && !value.is_number()) {
    throw core::DataError(
        piece.path.string(),
        std::string("a value of type ") + value.type_name() + " stands where a number should");
  }
  return value.is_null() ? nan : value.get<double>();
}

record::ToyRecord row_of(OldPiece const& piece, record::StudyInfo const& study, std::size_t i) {
  auto const& results = piece.json.at("results");
  auto const n = study.parameter_names.size();
  record::ToyRecord row;
  auto& fit = row.fit();
  auto const& converged = results.at("converged").at(i);
  if (!converged.is_boolean() && !converged.is_null()) {
    throw core::DataError(
        piece.path.string(),
        std::string("a value of type ") + converged.type_name() + " stands where true should");
  }
  fit.status = converged.is_boolean() && converged.get<bool>() ? core::FitStatus::converged
                                                               : core::FitStatus::failed;
  fit.nll = number(piece, results.at("nll").at(i));
  fit.edm = nan;
  fit.values.assign(n, nan);
  fit.errors.assign(n, nan);
  fit.held.assign(n, core::Held::none);
  fit.values[*study.poi] = number(piece, results.at("poi_hat").at(i));
  double const error = number(piece, results.at("poi_sigma").at(i));
  fit.errors[*study.poi] = error > 0 ? error : nan;  // 0: it had computed none
  return row;
}

/// Sets where each piece begins, its seed and number of toys; pieces without a `shard` block differ
/// in their seed by their first toy.
void place(std::vector<OldPiece> const& pieces, std::vector<Piece>& out) {
  auto const n_placed = std::ranges::count_if(pieces, [](auto const& p) { return !!p.start; });
  if (n_placed != 0 && static_cast<std::size_t>(n_placed) != pieces.size()) {
    throw core::DataError(pieces.front().path.string(),
                          "some of the pieces have a shard block and some have none");
  }
  auto const base = std::ranges::min(pieces, {}, &OldPiece::seed).seed;
  std::uint64_t n_toys = 0;
  for (auto const& piece : pieces) {
    auto const planned = piece.json.at("gen").at("n_toys").get<std::uint64_t>();
    n_toys = std::max(n_toys, piece.start ? planned : piece.seed - base + piece.n_rows);
  }
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    auto const& piece = pieces[p];
    auto const start = piece.start.value_or(piece.seed - base);
    auto& study = out[p].study;
    study.seed = piece.start ? piece.seed : base;
    study.n_toys = n_toys;
    if (start > n_toys || piece.n_rows > n_toys - start) {
      throw core::DataError(piece.path.string(),
                            "holds toys beyond the " + std::to_string(n_toys) + " of its study");
    }
    for (std::size_t i = 0; i < piece.n_rows; ++i) {
      auto row = row_of(piece, study, i);
      row.toy = {start + i};
      out[p].rows.append(row);
    }
    out[p].source.range = {{start}, piece.n_rows};
  }
}

}  // namespace

MergedStudy merge_old_results(std::vector<fs::path> const& inputs) {
  std::vector<OldPiece> old;
  std::vector<Piece> pieces;
  for (auto const& input : inputs) {
    old.push_back(read_old(input));
    auto const study = guarded(input, [&] { return study_of(old.back()); });
    pieces.push_back({input.string(),
                      study,
                      record::RowTable(study.layout()),
                      {old.back().shard_index, "unknown", {}, input.string()}});
  }
  if (!pieces.empty()) {
    guarded(inputs.front(), [&] {
      place(old, pieces);
      return 0;
    });
  }
  return put_together(std::move(pieces));
}

std::vector<fs::path> old_pieces(fs::path const& manifest) {
  auto const json = parsed(manifest);
  return guarded(manifest, [&] {
    std::vector<fs::path> files;
    for (auto const& result : json.at("results")) {
      auto const& output = result.at("local_output");
      auto const index = std::to_string(result.at("shard_index").get<std::uint64_t>());
      if (result.at("status") != "ok" || output.is_null()) {
        throw core::DataError(manifest.string(),
                              "shard " + index +
                                  " has no result; merge what "
                                  "there is with --input and --allow-partial");
      }
      // Relative ones were meant from where the launcher was started; the folder may have moved.
      fs::path const named(output.get<std::string>());
      auto const beside = fs::absolute(manifest).parent_path() / "shards" /
                          named.parent_path().filename() / named.filename();
      std::error_code error;
      files.push_back(!fs::exists(named, error) && fs::exists(beside, error) ? beside : named);
    }
    return files;
  });
}

}  // namespace toyfarm::batch
