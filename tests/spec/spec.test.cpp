#include "toyfarm/spec/spec.hpp"

#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/spec/limits.hpp"
#include "toyfarm/spec/suggestion.hpp"

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
  EXPECT_EQ(spec.parameters[1].constraint->fields.at("mean"), 91.2);
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

TEST(Spec, numbers_formulas_and_functions_stand_for_parameters) {
  auto const params = [](std::string const& functions, std::string const& list) {
    auto const text = replaced(
        json_form, "\"poi\": \"mu\"", "\"poi\": \"mu\", \"functions\": {" + functions + "}");
    return replaced(text, "[\"m\", \"s\"]", list);
  };
  auto const of = [&](std::string const& functions, std::string const& list) {
    return parse(params(functions, list)).channels[0].processes[0].pdf.params;
  };
  std::string const two = R"--("f": "m + 1", "g_2": "2*f - exp(f) + 1e5 + f(m)")--";
  EXPECT_EQ(of(two, R"(["f", "=g_2*s"])"),
            (std::vector<std::string>{"=m + 1", "=(2*(m + 1) - exp((m + 1)) + 1e5 + f(m))*s"}));
  EXPECT_EQ(of("", "[\"m\", 2.5]"), (std::vector<std::string>{"m", "=2.5"}));
  auto const refused = [&](std::string const& functions, std::string const& part) {
    auto const message = failure(params(functions, R"(["f", "s"])"));
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  refused(R"("f": "f + 1")", "/params/0: functions of functions are nested deeper than 20");
  refused(R"("f": "g", "g": "f")", "or in a circle");
  refused(R"("f": 2)", "/model/functions/f: expected a string");
  refused(R"("m": "s", "f": "m")", "/model/functions/m: 'm' is a parameter's name too");
  refused(R"("2f": "s")", "/model/functions/2f: a function's name is letters");
  std::string doubled = R"("f": "f30")";
  for (int i = 30; i > 0; --i) {
    auto const next = "f" + std::to_string(i - 1);
    doubled += ", \"f" + std::to_string(i) + "\": \"" + next + "+" + next + "\"";
  }
  refused(doubled, "nested deeper");
  std::string wide = R"("f": "m)";
  for (int i = 0; i < 3000; ++i) {
    wide += "+g";
  }
  refused(wide + R"(", "g": ")" + std::string(100, '1') + "\"", "more than 100000 characters");
}

TEST(Spec, data_paths_are_relative_to_the_spec) {
  auto const spec =
      parse(replaced(json_form, "\"data\": null", "\"data\": {\"file\": \"sub/x.csv\"}"));
  EXPECT_EQ(data_path(spec, *spec.channels[0].data), std::filesystem::path("dir/sub/x.csv"));
}

TEST(Spec, may_have_its_events_written_in_it) {
  auto const with = [](std::string const& data) {
    return replaced(json_form, "\"data\": null", "\"data\": {" + data + "}");
  };
  auto const plain = parse(json_form);
  auto const n = plain.channels[0].observables.size();
  std::string row = "[0.5";
  for (std::size_t i = 1; i < n; ++i) {
    row += ", 1.5";
  }
  row += "]";
  auto const spec = parse(with("\"entries\": [" + row + ", " + row + "], \"weights\": [1, 0.5]"));
  ASSERT_TRUE(spec.channels[0].data->events);
  EXPECT_EQ(spec.channels[0].data->events->entries.size(), 2U);
  EXPECT_EQ(spec.channels[0].data->events->entries[1].at(0), 0.5);
  EXPECT_EQ(spec.channels[0].data->events->weights, (std::vector<double>{1, 0.5}));
  EXPECT_EQ(model_hash(spec), model_hash(plain));
  std::string const here = "/channels/0/data";
  for (auto const& [data, what] : std::vector<std::pair<std::string, std::string>>{
           {"\"entries\": [" + row + ", []]", here + "/entries/1: an event has"},
           {"\"entries\": [" + row + "], \"weights\": []", here + "/weights: 0 weights of 1 event"},
           {"\"entries\": [], \"file\": \"x.csv\"", here + "/file: the channel's events are in"},
           {"\"file\": \"x.csv\", \"weights\": [1]", here + "/weights: belong to"},
           {"\"weights\": [1]", here + "/weights"}}) {
    auto const message = failure(with(data));
    EXPECT_NE(message.find(what), std::string::npos) << message;
  }
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

// F4: names tell things apart; `--data ee=F` would feed two channels called ee.
TEST(Spec, two_of_one_name_are_refused_with_both_places) {
  auto const first = json_form.find(R"({"name": "main")");
  auto const channel = json_form.substr(first, json_form.rfind("]}") - first);
  auto const two_channels =
      replaced(json_form, R"("channels": [)", R"("channels": [)" + channel + ",");
  EXPECT_EQ(failure(two_channels),
            "dir/spec.json: /channels/1/name: duplicate channel name: 'main', as in "
            "/channels/0/name");
  EXPECT_EQ(failure(replaced(json_form, R"("name": "bkg")", R"("name": "sig")")),
            "dir/spec.json: /channels/0/processes/1/name: duplicate process name: 'sig', as in "
            "/channels/0/processes/0/name");
  EXPECT_EQ(failure(replaced(json_form, R"("name": "a", "init")", R"("name": "mu", "init")")),
            "dir/spec.json: /model/parameters/3/name: duplicate parameter name: 'mu', as in "
            "/model/parameters/0/name");
  EXPECT_EQ(failure(replaced(json_form,
                             R"("observables": [)",
                             R"("observables": [{"name": "x", "bounds": [0, 1]}, )")),
            "dir/spec.json: /channels/0/observables/1/name: duplicate observable name: 'x', as in "
            "/channels/0/observables/0/name");
  auto const renamed = replaced(channel, R"("name": "main")", R"("name": "other")");
  EXPECT_EQ(parse(replaced(json_form, R"("channels": [)", R"("channels": [)" + renamed + ","))
                .channels.size(),
            2U);  // processes of one name in two channels are two processes
}

TEST(Spec, a_modifier_given_twice_is_told) {
  auto const one = std::string(R"({"type": "weight_sys", "param": "a", "lo": 0.9, "hi": 1.1)");
  auto const warnings = [&](std::string const& text) {
    ::testing::internal::CaptureStderr();
    static_cast<void>(parse(text));
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(warnings(json_form), "");
  EXPECT_EQ(warnings(replaced(
                json_form, one, R"({"type": "norm_sys", "param": "a", "lo": 1, "hi": 2}, )" + one)),
            "");
  auto const told = warnings(replaced(json_form, one, one + "}, " + one));
  EXPECT_NE(told.find("/channels/0/processes/0/yield/modifiers/1: process 'sig' has another "
                      "modifier of this type of parameter 'a'"),
            std::string::npos)
      << told;
}

// F6: a spec's texts are quoted in part.
TEST(Spec, long_texts_are_refused_or_quoted_in_part) {
  std::string const long_word(5'000'000, 'A');
  /// The message about the spec with `from` replaced by the long word between two texts.
  auto const short_failure = [&](std::string const& from, std::string to, std::string const& end) {
    to += long_word;
    to += end;
    auto const message = failure(replaced(json_form, from, to));
    EXPECT_LT(message.size(), 500U) << from;
    EXPECT_NE(message, "no error") << from;
    return message;
  };
  auto const name = short_failure(R"("name": "main")", R"("name": ")", R"(")");
  EXPECT_NE(name.find("has 5000000 bytes; at most 1000"), std::string::npos) << name;
  short_failure(R"("init": 91.0)", R"("init": ")", R"(")");
  short_failure("nextstat_unbinned_spec_v0", "", "");
  short_failure(R"("type": "scaled")", R"("type": ")", R"(")");
  short_failure(R"("scale": "mu")", R"("scale": ")", R"(")");
  short_failure(R"("poi": "mu")", R"("poi": ")", R"(")");
  short_failure(R"("params": ["m", "s"])", R"("params": ["m", ")", R"("])");
  short_failure(R"("poi": "mu")", R"("poi": "mu", ")", R"(": 1)");
}

// Each key is compared with those before it.
TEST(Spec, objects_of_very_many_members_end_quickly) {
  std::string text = "{";
  for (int i = 0; i < 1'000'000; ++i) {
    text += i > 0 ? ",\"" : "\"";
    text += std::to_string(i);
    text += "\":0";
  }
  text += '}';
  EXPECT_NE(failure(text).find("more than 1000 members"), std::string::npos);
  std::string yaml;
  for (int i = 0; i < 100'000; ++i) {
    yaml += 'k';
    yaml += std::to_string(i);
    yaml += ": 0\n";
  }
  EXPECT_NE(failure(yaml).find("more than 1000 members"), std::string::npos);
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

TEST(Suggestion, shows_the_nearest_word_so_that_no_terminal_minds) {
  EXPECT_EQ(suggestion("mas", {"mass", "time"}), "; did you mean 'mass'?");
  EXPECT_EQ(suggestion("mas", {"mass", "time"}, '"'), "; did you mean \"mass\"?");
  EXPECT_EQ(suggestion("mas", {"mass", "time"}, '\'', ", "), ", did you mean 'mass'?");
  EXPECT_EQ(suggestion("mas", {"ma\ns"}), "; did you mean 'ma\\ns'?");
  EXPECT_EQ(suggestion("xyz", {"mass", "time"}), "");
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
