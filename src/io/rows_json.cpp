#include "io/rows_json.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <limits>

#include "toyfarm/core/error.hpp"

namespace toyfarm::io {
namespace {

/// Finite numbers as numbers, the usual NaN as null, everything else as text: "inf", "-inf",
/// "nan:<16 hex digits>".
Json exact(double x) {
  if (std::isfinite(x)) {
    return x;
  }
  if (std::isinf(x)) {
    return x > 0 ? "inf" : "-inf";
  }
  auto const bits = std::bit_cast<std::uint64_t>(x);
  if (bits == std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN())) {
    return nullptr;
  }
  std::array<char, 16> hex;
  auto const end = std::to_chars(hex.data(), hex.data() + hex.size(), bits, 16).ptr;
  return "nan:" + std::string(hex.data(), end);
}

double from_exact(Json const& value) {
  if (value.is_number()) {
    return value.get<double>();
  }
  if (value.is_null()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  auto const text = value.get<std::string>();
  if (text == "inf" || text == "-inf") {
    return text == "inf" ? std::numeric_limits<double>::infinity()
                         : -std::numeric_limits<double>::infinity();
  }
  std::uint64_t bits = 0;
  auto const* const end = text.data() + text.size();
  if (!text.starts_with("nan:") || std::from_chars(text.data() + 4, end, bits, 16).ptr != end) {
    throw std::invalid_argument("'" + text + "' is not a number");
  }
  return std::bit_cast<double>(bits);
}

/// A list of make(0) to make(n - 1).
template <class Make>
Json up_to(std::size_t n, Make const& make) {
  Json list = Json::array();
  for (std::size_t i = 0; i < n; ++i) {
    list.push_back(make(i));
  }
  return list;
}

Json exact_list(std::vector<double> const& values) {
  return each(values, exact);
}

std::vector<double> from_exact_list(Json const& list) {
  std::vector<double> values;
  for (auto const& value : list) {
    values.push_back(from_exact(value));
  }
  return values;
}

/// Turns any failure of nlohmann (missing key, wrong type) into a DataError with the file's name.
template <class Read>
auto guarded(std::string const& file, std::string const& what, Read const& read) {
  try {
    return read();
  } catch (core::Error const&) {
    throw;
  } catch (std::exception const& error) {
    throw core::DataError(file, "its " + what + " cannot be read: " + error.what());
  }
}

core::Engine engine_of(std::string const& word) {
  auto const engine = core::engine(word);
  if (!engine) {
    throw std::invalid_argument("unknown engine '" + word + "'");
  }
  return *engine;
}

core::FitStatus status_of(std::string const& word) {
  auto const status = core::fit_status(word);
  if (!status) {
    throw std::invalid_argument("unknown status '" + word + "'");
  }
  return *status;
}

std::vector<core::Held> sides(Json const& list) {
  std::vector<core::Held> out;
  for (auto const& value : list) {
    auto const side = value.get<int>();
    if (side < -1 || side >= core::n_held - 1) {
      throw std::invalid_argument("at_bound " + std::to_string(side));
    }
    out.push_back(static_cast<core::Held>(side));
  }
  return out;
}

void check_widths(record::ToyRecord const& row, record::RowLayout const& layout) {
  if (row.n_events.size() != layout.n_channels || row.estimates.size() != layout.n_params ||
      row.errors.size() != layout.n_params || row.held.size() != layout.n_params ||
      row.global_observables.size() != layout.n_constraints) {
    throw std::invalid_argument("toy " + std::to_string(row.toy.value) +
                                " has lists of another length than the study");
  }
}

}  // namespace

Json study_block(record::StudyInfo const& study) {
  Json overrides = Json::object();
  for (auto const& [name, value] : study.overrides) {
    overrides[name] = exact(value);
  }
  return {{"input_schema_version", study.input_schema_version},
          {"parameter_names", study.parameter_names},
          {"lower", exact_list(study.lower)},
          {"upper", exact_list(study.upper)},
          {"fixed", study.fixed},
          {"used", study.used},
          {"channel_names", study.channel_names},
          {"constrained", study.constrained},
          {"poi", index(study.poi)},
          {"gen_point", study.gen_point},
          {"truth", exact_list(study.truth)},
          {"overrides", overrides},
          {"seed", study.seed},
          {"n_toys", study.n_toys},
          {"constraint_mode", to_string(study.constraint_mode)},
          {"engine", study.engine},
          {"arithmetic", study.arithmetic},
          {"layout_hash", study.layout_hash},
          {"pdf_variants", study.pdf_variants},
          {"model_hash", study.model_hash},
          {"data_hash", study.data_hash},
          {"stream_version", record::stream_version},
          {"spec_text", study.spec_text}};
}

record::StudyInfo read_study_block(Json const& block, std::string const& file) {
  return guarded(file, "study", [&] {
    if (auto const version = block.at("stream_version").get<int>();
        version != record::stream_version) {
      throw core::DataError(file,
                            "stream_version is " + std::to_string(version) + ", this program has " +
                                std::to_string(record::stream_version));
    }
    record::StudyInfo study;
    block.at("input_schema_version").get_to(study.input_schema_version);
    block.at("parameter_names").get_to(study.parameter_names);
    study.lower = from_exact_list(block.at("lower"));
    study.upper = from_exact_list(block.at("upper"));
    study.fixed = block.at("fixed").get<std::vector<bool>>();
    study.used = block.at("used").get<std::vector<bool>>();
    block.at("channel_names").get_to(study.channel_names);
    block.at("constrained").get_to(study.constrained);
    if (!block.at("poi").is_null()) {
      study.poi = block.at("poi").get<std::size_t>();
    }
    block.at("gen_point").get_to(study.gen_point);
    study.truth = from_exact_list(block.at("truth"));
    for (auto const& [name, value] : block.at("overrides").items()) {
      study.overrides[name] = from_exact(value);
    }
    block.at("seed").get_to(study.seed);
    block.at("n_toys").get_to(study.n_toys);
    study.constraint_mode = block.at("constraint_mode").get<std::string>() == "fixed"
                                ? record::ConstraintMode::fixed
                                : record::ConstraintMode::randomize;
    block.at("engine").get_to(study.engine);
    block.at("arithmetic").get_to(study.arithmetic);
    block.at("layout_hash").get_to(study.layout_hash);
    block.at("pdf_variants").get_to(study.pdf_variants);
    block.at("model_hash").get_to(study.model_hash);
    block.at("data_hash").get_to(study.data_hash);
    block.at("spec_text").get_to(study.spec_text);
    auto const n = study.parameter_names.size();
    if (study.lower.size() != n || study.upper.size() != n || study.fixed.size() != n ||
        study.used.size() != n || study.truth.size() != n || (study.poi && *study.poi >= n)) {
      throw std::invalid_argument("lists over parameters differ in length");
    }
    return study;
  });
}

Json rows_block(JsonStream& stream) {
  using Row = record::RowView const&;
  auto const [n_params, n_channels, n_constraints] = stream.layout();
  return {{"toy", stream.list([](Row row) { return Json(row.toy().value); })},
          {"status", stream.list([](Row row) { return Json(core::to_string(row.status())); })},
          {"engine", stream.list([](Row row) { return Json(core::to_string(row.engine())); })},
          {"iterations", stream.list([](Row row) { return Json(row.iterations()); })},
          {"attempts", stream.list([](Row row) { return Json(row.attempts()); })},
          {"won", stream.list([](Row row) { return Json(row.won()); })},
          {"next_end", stream.list([](Row row) { return exact(row.next_end()); })},
          {"nll", stream.list([](Row row) { return exact(row.nll()); })},
          {"edm", stream.list([](Row row) { return exact(row.edm()); })},
          {"bound", stream.list([](Row row) { return exact(row.bound()); })},
          {"n_events", stream.list([n = n_channels](Row row) {
             return up_to(n, [&](std::size_t c) { return Json(row.n_events(c)); });
           })},
          {"estimate", stream.list([n = n_params](Row row) {
             return up_to(n, [&](std::size_t j) { return exact(row.estimate(j)); });
           })},
          {"error", stream.list([n = n_params](Row row) {
             return up_to(n, [&](std::size_t j) { return exact(row.error(j)); });
           })},
          {"at_bound", stream.list([n = n_params](Row row) {
             return up_to(n, [&](std::size_t j) { return Json(static_cast<int>(row.held(j))); });
           })},
          {"global_observables", stream.list([n = n_constraints](Row row) {
             return up_to(n, [&](std::size_t k) { return exact(row.global_observable(k)); });
           })}};
}

record::RowTable read_rows_block(Json const& block,
                                 record::RowLayout const& layout,
                                 std::string const& file) {
  return guarded(file, "rows", [&] {
    record::RowTable rows(layout);
    auto const n = block.at("toy").size();
    for (auto const& [name, list] : block.items()) {
      if (list.size() != n) {
        throw std::invalid_argument("'" + name + "' has " + std::to_string(list.size()) +
                                    " entries, 'toy' has " + std::to_string(n));
      }
    }
    // Documents of format version 1 know nothing of the starts but their number.
    bool const has_starts = block.contains("won") || block.contains("next_end");
    for (std::size_t i = 0; i < n; ++i) {
      auto const at = [&](char const* name) -> Json const& { return block.at(name).at(i); };
      record::ToyRecord row;
      row.toy = {at("toy").get<std::uint64_t>()};
      row.status = status_of(at("status").get<std::string>());
      row.engine = engine_of(at("engine").get<std::string>());
      row.iterations = at("iterations").get<std::uint32_t>();
      row.attempts = at("attempts").get<std::uint32_t>();
      if (has_starts) {
        row.won = at("won").get<std::uint32_t>();
        row.next_end = from_exact(at("next_end"));
      }
      row.nll = from_exact(at("nll"));
      row.edm = from_exact(at("edm"));
      row.bound = from_exact(at("bound"));
      row.n_events = at("n_events").get<std::vector<std::uint64_t>>();
      row.estimates = from_exact_list(at("estimate"));
      row.errors = from_exact_list(at("error"));
      row.held = sides(at("at_bound"));
      row.global_observables = from_exact_list(at("global_observables"));
      check_widths(row, layout);
      rows.append(row);
    }
    return rows;
  });
}

}  // namespace toyfarm::io
