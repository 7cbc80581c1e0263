#include "toyfarm/spec/spec.hpp"

#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/spec/limits.hpp"

#include "support/scratch.hpp"
#include "support/shared.hpp"

namespace toyfarm::spec {
namespace {

std::string const json_form = R"({
  "$schema": "https://example.org/spec.json", "schema_version": "nextstat_unbinned_spec_v0",
  "model": {"poi": "mu", "parameters": [
    {"name": "mu", "init": 1, "bounds": [0, 5]},
    {"name": "m", "init": 91.0, "bounds": [85, 95], "constraint": {"type": "gaussian", "mean": 91.2, "sigma": 0.5}},
    {"name": "s", "init": 2.5, "bounds": [2.5, 2.5], "constraint": null},
    {"name": "a", "init": 0, "bounds": [-5, 5], "fixed": true}]},
  "channels": [{"name": "main", "data": null, "observables": [{"name": "x", "bounds": [60, 120]}], "processes": [
    {"name": "sig", "pdf": {"type": "gaussian", "observable": "x", "params": ["m", "s"]},
     "yield": {"type": "scaled", "base_yield": 100, "scale": "mu", "modifiers": [{"type": "weight_sys", "param": "a", "lo": 0.9, "hi": 1.1, "interp_code": "Code4p"}]}},
    {"name": "bkg", "pdf": {"type": "histogram", "observable": "x", "bin_edges": [60, 120], "bin_content": [3], "pseudo_count": 0.5},
     "yield": {"type": "fixed", "value": 300}}]}]})";

std::string const yaml_form = R"(
schema_version: nextstat_unbinned_spec_v0   # a comment
model:
  poi: mu
  parameters:
    - {name: mu, init: 1.0, bounds: [0, 5.0]}
    - name: m
      init: 91
      bounds: [85, 95]
      constraint: {type: gaussian, mean: 9.12e1, sigma: 0.5}
    - {name: s, init: 2.5, bounds: [2.5, 2.5]}
    - {name: a, init: 0, bounds: &wide [-5, 5], fixed: true}
channels:
  - name: main
    observables: [{name: x, bounds: [60, 120]}]
    processes:
      - name: sig
        pdf: {type: gaussian, observable: x, params: [m, s]}
        yield: {type: scaled, base_yield: 100, scale: mu, modifiers: [{type: weightsys, param: a, lo: 0.9, hi: 1.1, interp_code: code4p}]}
      - name: bkg
        pdf: {type: histogram, observable: x, bin_edges: [60, 120], bin_content: [3], pseudo_count: 0.5}
        yield: {type: fixed, value: 300}
)";

Spec parse(std::string const& text) {
  return parse_spec(text, "dir/spec.json", UnknownFields::refuse);
}

std::string failure(std::string const& text) {
  try {
    static_cast<void>(parse(text));
  } catch (core::SpecError const& error) {
    EXPECT_EQ(error.code(), core::ExitCode::bad_data);
    return error.what();
  }
  return "no error";
}

std::string replaced(std::string text, std::string const& from, std::string const& to) {
  auto const at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Spec, json_and_yaml_form_are_one_model) {
  EXPECT_EQ(canonical_text(parse(json_form)), canonical_text(parse(yaml_form)));
  EXPECT_EQ(model_hash(parse(json_form)).size(), 64U);
}

TEST(Spec, hash_changes_with_what_decides_toys_and_with_nothing_else) {
  auto const hash = model_hash(parse(json_form));
  EXPECT_EQ(
      model_hash(parse(replaced(json_form, "\"data\": null", "\"data\": {\"file\": \"x.csv\"}"))),
      hash);
  EXPECT_NE(model_hash(parse(replaced(json_form, "\"base_yield\": 100", "\"base_yield\": 101"))),
            hash);
  EXPECT_NE(model_hash(parse(replaced(json_form, "\"fixed\": true", "\"fixed\": false"))), hash);
  EXPECT_NE(
      model_hash(parse(replaced(json_form, "\"pseudo_count\": 0.5", "\"pseudo_count\": 0.25"))),
      hash);
  EXPECT_NE(model_hash(parse(replaced(json_form, "\"mean\": 91.2", "\"mean\": 91.3"))), hash);
}

TEST(Spec, fields_arrive_where_they_belong) {
  auto const spec = parse(json_form);
  EXPECT_EQ(spec.poi, "mu");
  ASSERT_EQ(spec.parameters.size(), 4U);
  EXPECT_EQ(spec.parameters[1].constraint->mean, 91.2);
  EXPECT_TRUE(spec.parameters[2].fixed) << "equal bounds fix";
  EXPECT_TRUE(spec.parameters[3].fixed);
  EXPECT_FALSE(spec.parameters[0].fixed);
  auto const& channel = spec.channels.at(0);
  EXPECT_TRUE(channel.include_in_fit);
  EXPECT_FALSE(channel.data.has_value());
  EXPECT_EQ(channel.processes[0].yield.modifiers.at(0).interpolation, Interpolation::code4p);
  EXPECT_EQ(std::get<double>(channel.processes[1].pdf.attributes.at("pseudo_count")), 0.5);
  EXPECT_EQ(
      std::get<std::vector<double>>(channel.processes[1].pdf.attributes.at("bin_edges")).size(),
      2U);
}

TEST(Spec, data_paths_are_relative_to_the_spec) {
  auto const spec =
      parse(replaced(json_form, "\"data\": null", "\"data\": {\"file\": \"sub/x.csv\"}"));
  EXPECT_EQ(data_path(spec, *spec.channels[0].data), std::filesystem::path("dir/sub/x.csv"));
}

TEST(Spec, unknown_fields_are_errors_or_warnings_as_asked) {
  auto const typo = replaced(json_form, "\"fixed\"", "\"fixd\"");
  auto const message = failure(typo);
  EXPECT_NE(message.find("/model/parameters/3"), std::string::npos) << message;
  EXPECT_NE(message.find("did you mean \"fixed\""), std::string::npos) << message;
  EXPECT_NO_THROW(static_cast<void>(parse_spec(typo, "s", UnknownFields::warn)));
}

TEST(Spec, duplicate_keys_are_refused_in_both_formats) {
  EXPECT_NE(failure(replaced(json_form, "\"init\": 1,", "\"init\": 1, \"init\": 2,")).find("twice"),
            std::string::npos);
  EXPECT_NE(failure(replaced(yaml_form, "init: 1.0,", "init: 1.0, init: 2.0,")).find("twice"),
            std::string::npos);
}

TEST(Spec, quoted_numbers_and_odd_notations_are_not_numbers) {
  for (auto const* word : {"\"1.0\"", "'1.0'", "012", "0x10", "yes", "1_000"}) {
    auto const message = failure(replaced(yaml_form, "init: 1.0", std::string("init: ") + word));
    EXPECT_NE(message.find("/model/parameters/0/init"), std::string::npos)
        << word << ": " << message;
  }
  EXPECT_NE(
      failure(replaced(json_form, "\"init\": 1,", "\"init\": \"1\",")).find("expected a number"),
      std::string::npos);
}

TEST(Spec, yaml_may_have_infinite_bounds_but_not_nan) {
  auto const spec = parse(replaced(yaml_form, "bounds: [0, 5.0]", "bounds: [0, .inf]"));
  EXPECT_EQ(spec.parameters[0].bounds.upper, std::numeric_limits<double>::infinity());
  EXPECT_NE(failure(replaced(yaml_form, "bounds: [0, 5.0]", "bounds: [.nan, 5.0]"))
                .find("invalid bounds"),
            std::string::npos);
}

TEST(Spec, a_spec_cut_short_names_line_and_column) {
  EXPECT_NE(failure(json_form.substr(0, 300)).find("line "), std::string::npos);
}

TEST(Spec, depth_and_alias_bombs_end_quickly) {
  EXPECT_NE(failure(std::string(500, '[') + std::string(500, ']')).find("deep"), std::string::npos);
  EXPECT_NE(failure(std::string(100000, '[')).find("deep"), std::string::npos);
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    auto const alias = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) {
      bomb += (k == 0 ? "" : ", ") + alias;
    }
    bomb += "]\n";
  }
  EXPECT_NE(failure(bomb).find("values"), std::string::npos);
}

TEST(Spec, aliases_expand) {
  auto const spec = parse(replaced(replaced(yaml_form, "bounds: [85, 95]", "bounds: &b [85, 95]"),
                                   "bounds: &wide [-5, 5]",
                                   "bounds: &wide [-5, 5]"));
  EXPECT_EQ(spec.parameters[1].bounds.lower, 85);
}

TEST(Spec, byte_order_mark_is_tolerated) {
  EXPECT_NO_THROW(static_cast<void>(parse("\xef\xbb\xbf" + json_form)));
}

/// `n` names in quotes, p0 ….
std::string names(std::size_t n, std::string const& before, std::string const& after) {
  std::string text;
  for (std::size_t i = 0; i < n; ++i) {
    text += (i == 0 ? "" : ", ") + before + "p" + std::to_string(i) + after;
  }
  return text;
}

/// A channel of `observables` with one density of `params` parameters and `modifiers` of its yield.
std::string wide_spec(std::size_t observables, std::size_t params, std::size_t modifiers) {
  return R"({"schema_version": "nextstat_unbinned_spec_v0", "model": {"parameters": [)" +
         names(
             std::max(params, modifiers), R"({"name": ")", R"(", "init": 0, "bounds": [-1, 1]})") +
         R"(]}, "channels": [{"name": "main", "observables": [)" +
         names(observables, R"({"name": ")", R"(", "bounds": [0, 1]})") +
         R"(], "processes": [{"name": "a", "pdf": {"type": "chebyshev", "observable": "p0", "params": [)" +
         names(params, "\"", "\"") +
         R"(]}, "yield": {"type": "fixed", "value": 10, "modifiers": [)" +
         names(modifiers, R"({"type": "normsys", "lo": 0.99, "hi": 1.01, "param": ")", "\"}") +
         "]}}]}]}";
}

// T7: limits of 16 observables, 32 parameters and 48 modifiers stood in three places.
TEST(Spec, has_room_for_thousands_and_says_what_a_density_may_have) {
  EXPECT_NO_THROW(static_cast<void>(parse(wide_spec(3000, max_density_params, 3000))));
  auto const message = failure(wide_spec(1, max_density_params + 1, 1));
  EXPECT_NE(message.find("/channels/0/processes/0/pdf"), std::string::npos) << message;
  EXPECT_NE(message.find("2001 parameters; at most 2000"), std::string::npos) << message;
}

TEST(Spec, files_that_are_no_files_are_refused) {
  for (auto const* path : {"/dev/null", "/", "/nonexistent/spec.json"}) {
    try {
      static_cast<void>(read_spec(path, UnknownFields::refuse));
      ADD_FAILURE() << path;
    } catch (core::RuntimeFailure const& error) {
      EXPECT_EQ(error.code(), core::ExitCode::no_input);
    }
  }
}

TEST(NearestWord, finds_typos_and_leaves_strangers_alone) {
  EXPECT_EQ(nearest_word("bondwidth", {"bandwidth", "centers"}), "bandwidth");
  EXPECT_EQ(nearest_word("xyz", {"bandwidth", "centers"}), "");
}

TEST(OracleSpecs, parse_unless_they_read_root) {
  TOYFARM_SKIP_WITHOUT_SHARED(shared);
  int n = 0;
  for (auto const& entry : std::filesystem::directory_iterator(shared / "reference/oracle/specs")) {
    auto const name = entry.path().filename().string();
    bool const root = name.starts_with("s18") || name.starts_with("s19") || name.starts_with("s20");
    if (root) {
      EXPECT_THROW(static_cast<void>(read_spec(entry.path(), UnknownFields::refuse)),
                   core::SpecError)
          << name;
    } else {
      EXPECT_NO_THROW(static_cast<void>(read_spec(entry.path(), UnknownFields::refuse))) << name;
      ++n;
    }
  }
  EXPECT_GE(n, 14);
}

}  // namespace
}  // namespace toyfarm::spec
