// What an HS3 document becomes, and what is refused of it.
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/hs3/read_model.hpp"
#include "toyfarm/model/model.hpp"

#include "hs3/document_text.hpp"

namespace toyfarm::hs3 {
namespace {

using test::DocumentText;
using test::one_shape;

spec::Spec read(std::string const& text,
                Choice const& choice = {},
                spec::UnknownFields unknown = spec::UnknownFields::refuse) {
  return parse_model(text, "dir/document.json", unknown, choice);
}

/// A sound document, to be spoilt.
DocumentText sound() {
  return {one_shape(R"("type": "gaussian_dist", "x": "x", "mean": "m", "sigma": "s")"),
          {{"n", 9, 0, 100}, {"m", 2.2, 1, 4}, {"s", 0.7, 0.1, 2}}};
}

std::string replaced(std::string text, std::string const& old, std::string const& with) {
  auto const at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return text.replace(at, old.size(), with);
}

std::string refusal(std::string const& text, core::ExitCode code = core::ExitCode::bad_data) {
  try {
    static_cast<void>(model::build_model(read(text)));
  } catch (core::Error const& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "accepted";
}

TEST(Documents, become_specs_that_need_no_document_any_more) {
  auto document = sound();
  document.constants =
      R"({"name": "unused", "value": 1}, {"name": "mu", "value": 2.5, "const": true})";
  auto const text = replaced(document.text(), R"("mean": "m")", R"("mean": "mu")");
  auto const spec = read(text);
  auto const again = spec::parse_spec(spec.text, spec.path, spec::UnknownFields::refuse);
  EXPECT_EQ(spec::model_hash(again), spec::model_hash(spec));
  EXPECT_EQ(again.channels.at(0).data->events->entries, spec.channels.at(0).data->events->entries);
  ASSERT_EQ(spec.parameters.size(), 3U);
  EXPECT_EQ(spec.parameters[0].name, "n");
  EXPECT_EQ(spec.parameters[1].bounds.lower, 0.1);
  EXPECT_EQ(spec.parameters[2].name, "mu");
  EXPECT_TRUE(spec.parameters[2].fixed);
  EXPECT_EQ(spec.channels[0].name, "model");
  EXPECT_EQ(spec.channels[0].processes.at(0).name, "shape");
  EXPECT_FALSE(spec.poi);
}

TEST(Documents, may_have_weighted_events_and_parameters_without_bounds) {
  auto document = sound();
  document.parameters.erase(document.parameters.begin() + 1);
  document.constants = R"({"name": "m", "value": 2})";
  auto const text =
      replaced(document.text(), R"([4.4]])", R"([4.4]], "weights": [1, 1, 2, 1, 1, 0.5])");
  auto const spec = read(text);
  EXPECT_EQ(spec.channels[0].data->events->weights, (std::vector<double>{1, 1, 2, 1, 1, 0.5}));
  EXPECT_EQ(spec.parameters.at(2).bounds.lower, -INFINITY);
  auto const ones = read(replaced(text, "[1, 1, 2, 1, 1, 0.5]", "[1, 1, 1, 1, 1, 1]"));
  EXPECT_TRUE(ones.channels[0].data->events->weights.empty());
}

TEST(Documents, have_constants_that_root_tags_and_lower_bounds_of_yields) {
  auto const text =
      replaced(sound().text(), R"("name": "n", "min": 0)", R"("name": "n", "min": -5)");
  EXPECT_EQ(read(text).parameters.at(0).bounds.lower, 0);
  auto const tagged = replaced(
      text,
      R"("metadata")",
      R"("misc": {"ROOT_internal": {"attributes": {"s": {"tags": ["Constant"]}}}}, "metadata")");
  EXPECT_TRUE(read(tagged).parameters.at(2).fixed);
}

TEST(Documents, of_several_analyses_ask_which) {
  auto document = sound();
  document.more =
      R"(, "analyses": [{"name": "A", "likelihood": "L", "parameters_of_interest": ["m"]},
                                    {"name": "B", "likelihood": "L", "parameters_of_interest": ["n", "s"],
                                     "domains": ["narrow"], "init": "here"}])";
  auto text = replaced(document.text(), R"("domains": [)", R"("domains": [{"name": "narrow",
      "type": "product_domain", "axes": [{"name": "m", "min": 2, "max": 3}]}, )");
  text = replaced(text, R"("parameter_points": [)", R"("parameter_points": [{"name": "here",
      "parameters": [{"name": "m", "value": 2.75}]}, )");
  auto const asked = refusal(text, core::ExitCode::usage);
  EXPECT_NE(asked.find("A, B"), std::string::npos) << asked;
  EXPECT_EQ(read(text, {.analysis = "A"}).poi, "m");
  auto const b = read(text, {.analysis = "B", .likelihood = "L"});
  EXPECT_EQ(b.poi, "n");
  EXPECT_EQ(b.parameters.at(0).name, "m");
  EXPECT_EQ(b.parameters.at(0).init, 2.75);
  EXPECT_EQ(b.parameters.at(0).bounds.upper, 3);
  EXPECT_EQ(b.parameters.at(1).bounds.upper, 100);
  EXPECT_FALSE(read(text, {.likelihood = "L"}).poi);  // two analyses are of it
  EXPECT_THROW(static_cast<void>(read(text, {.analysis = "C"})), core::UsageError);
  EXPECT_THROW(static_cast<void>(read(text, {.analysis = "A", .likelihood = "M"})),
               core::UsageError);
  EXPECT_THROW(static_cast<void>(read(text, {.likelihood = "M"})), core::UsageError);
}

TEST(Documents, name_all_that_cannot_be_represented_in_one_message) {
  DocumentText document{
      R"({"name": "model", "type": "mixture_dist", "summands": ["a", "b", "c", "d"], "coefficients": ["n", 1, "sum", 2]},
         {"name": "a", "type": "landau_dist", "x": "x", "mean": "m", "sigma": "s"},
         {"name": "b"},
         {"name": "c", "type": "gaussian_dist", "x": "x", "mean": "strange", "sigma": "s"},
         {"name": "d", "type": "gaussian_dist", "x": "x", "mean": "x", "sigma": "unheard"},
         {"name": "told", "type": "multivariate_normal_dist", "x": "m0"})",
      {{"n", 9, 0, 100}, {"m", 2.2, 1, 4}, {"s", 0.7, 0.1, 2}},
      R"({"name": "sum", "type": "sum", "summands": ["n", "m"]}, {"name": "strange", "type": "interpolation0d"})"};
  document.likelihood += R"(, "aux_distributions": ["told"])";
  auto const said = refusal(document.text());
  for (auto const* part : {"dir/document.json",
                           "/distributions/0/coefficients/2",
                           "product of numbers",
                           "/distributions/1",
                           "'a' has the type 'landau_dist'",
                           "/distributions/2: 'b' has no type",
                           "/functions/1",
                           "'interpolation0d'",
                           "/distributions/4/mean",
                           "observable 'x'",
                           "/distributions/5",
                           "'multivariate_normal_dist'"}) {
    EXPECT_NE(said.find(part), std::string::npos) << part << "\n" << said;
  }
}

struct Refused {
  std::string old, with, place, what;
};

TEST(Documents, that_cannot_be_represented_are_refused_by_name) {
  auto const text = sound().text();
  for (auto const& r : std::vector<Refused>{
           {R"("type": "unbinned")", R"("type": "binned")", "/data/0", "binned channels"},
           {R"("type": "gaussian_dist", "x")",
            R"("type": "histfactory_dist", "x")",
            "/distributions/1",
            "binned"},
           {R"("mean": "m")",
            R"("mean": "m", "skew": 1)",
            "/distributions/1",
            "unknown field \"skew\""},
           {R"("mean": "m")", R"("mean": "mm")", "/distributions/1/mean", "did you mean 'm'?"},
           {R"("x": "x")", R"("x": "m")", "/distributions/1/x", "no observable"},
           {R"(["n"], "extended": true)",
            R"(["n"], "extended": true, "extended2": 1)",
            "/distributions/0",
            "extended2"},
           {R"("name": "n", "value": 9.000000)",
            R"("name": "n", "value": -1)",
            "/parameter_points/0/parameters/0",
            "outside bounds"},
           {R"("type": "product_domain")",
            R"("type": "simplex_domain")",
            "/domains/0/type",
            "simplex_domain"}}) {
    auto const said = refusal(replaced(text, r.old, r.with));
    EXPECT_NE(said.find(": " + r.place + ":"), std::string::npos) << r.place << "\n" << said;
    EXPECT_NE(said.find(r.what), std::string::npos) << r.what << "\n" << said;
  }
}

TEST(Documents, that_are_odd_are_refused_with_the_place) {
  auto const text = sound().text();
  std::string const likelihood = R"("distributions": ["model"], "data": ["events"])";
  for (auto const& r : std::vector<Refused>{
           {R"("name": "shape", )", "", "/distributions/1", "missing field \"name\""},
           {R"("name": "shape", )", R"("name": 7, )", "/distributions/1/name", "expected a string"},
           {R"("name": "shape", )",
            R"("name": "model", )",
            "/distributions/1/name",
            "/distributions/0"},
           {R"("summands": ["shape"])",
            R"("summands": ["form"])",
            "/distributions/0/summands/0",
            "'form'"},
           {R"("summands": ["shape"])", R"("summands": ["model"])", "/distributions/0", "circle"},
           {R"("summands": ["shape"])",
            R"("summands": [["shape"]])",
            "/distributions/0/summands/0",
            "expected a string"},
           {R"("summands": ["shape"])",
            R"("summands": "shape")",
            "/distributions/0/summands",
            "expected a list"},
           {R"("summands": ["shape"])", R"("summands": [])", "/distributions/0", "0 summands"},
           {R"("extended": true)",
            R"("extended": "yes")",
            "/distributions/0/extended",
            "true or false"},
           {R"("mean": "m")", R"("mean": ["m"])", "/distributions/1/mean", "expected a string"},
           {R"("mean": "m", )", "", "/distributions/1", "missing field \"mean\""},
           {R"(["events"])", R"(["event"])", "/likelihoods/0/data/0", "did you mean 'events'?"},
           {R"("data": ["events"])",
            R"("data": [])",
            "/likelihoods/0",
            "1 distributions, but 0 data"},
           {likelihood, R"("distributions": [], "data": [])", "/likelihoods/0", "no distribution"},
           {R"([1.27])", R"([1.27, 3])", "/data/0/entries/1", "2 numbers"},
           {R"([1.27])", R"(["1.27"])", "/data/0/entries/1/0", "expected a number"},
           {R"("min": 0, "max": 5)", R"("min": 5, "max": 0)", "/data/0/axes/0", "above its max"},
           {R"("min": 0, "max": 5)", R"("value": 1)", "/data/0/axes/0", "no min and max"},
           {R"("functions": [])", R"("functions": {})", "/functions", "expected a list"},
           {R"("distributions": [)",
            R"("distributions": null, "more": [)",
            "/likelihoods/0/distributions/0",
            "'model'"}}) {
    auto const said = refusal(replaced(text, r.old, r.with));
    EXPECT_NE(said.find(": " + r.place + ":"), std::string::npos) << r.place << "\n" << said;
    EXPECT_NE(said.find(r.what), std::string::npos) << r.what << "\n" << said;
  }
}

TEST(Documents, whose_functions_go_in_circles_or_without_end_are_refused) {
  auto document = sound();
  auto const with_mean = [&](std::string const& functions) {
    document.functions = functions;
    return refusal(replaced(document.text(), R"("mean": "m")", R"("mean": "f0")"));
  };
  auto const circle = with_mean(R"({"name": "f0", "type": "sum", "summands": ["f1", 1]},
                                   {"name": "f1", "type": "generic_function", "expression": "2*f0"})");
  EXPECT_NE(circle.find("/functions/0: functions refer to each other in a circle"),
            std::string::npos)
      << circle;
  std::string chain;
  std::string doubling;
  for (int i = 0; i < 5000; ++i) {
    auto const name =
        R"({"name": "f)" + std::to_string(i) + R"(", "type": "product", "factors": [")";
    auto const next = "f" + std::to_string(i + 1) + "\"";
    chain += name + next + "]}, ";
    doubling += i < 40 ? name + next + ", \"" + next + "]}, " : "";
  }
  auto const end = [](int i) {
    return R"({"name": "f)" + std::to_string(i) + R"(", "type": "sum", "summands": ["m"]})";
  };
  EXPECT_NE(with_mean(chain + end(5000)).find("nested deeper than"), std::string::npos);
  EXPECT_NE(with_mean(doubling + end(40)).find("characters"), std::string::npos);
  EXPECT_NE(with_mean(R"({"name": "f0", "type": "generic_function", "expression": "@0 + 1"})")
                .find("by position"),
            std::string::npos);
  EXPECT_NE(with_mean(R"({"name": "f0", "type": "generic_function", "expression": "m + "})")
                .find("expected"),
            std::string::npos);
}

TEST(Documents, whose_distributions_are_nested_without_end_are_refused) {
  auto document = sound();
  for (int i = 0; i < 5000; ++i) {
    document.distributions += R"(, {"name": "p)" + std::to_string(i) +
                              R"(", "type": "product_dist", "factors": ["p)" +
                              std::to_string(i + 1) + R"("]})";
  }
  document.distributions += R"(, {"name": "p5000", "type": "uniform_dist", "x": "x"})";
  auto const said = refusal(replaced(document.text(), R"(["model"])", R"(["p0"])"));
  EXPECT_NE(said.find("nested deeper"), std::string::npos) << said;
}

TEST(Documents, whose_mixtures_grow_without_end_are_refused) {
  auto document = sound();
  for (int i = 0; i < 60; ++i) {
    auto const next = "\"m" + std::to_string(i + 1) + "\"";
    document.distributions += R"(, {"name": "m)" + std::to_string(i) +
                              R"(", "type": "mixture_dist", "coefficients": [0.5], "summands": [)" +
                              next + ", " + next + "]}";
  }
  document.distributions += R"(, {"name": "m60", "type": "uniform_dist", "x": "x"})";
  auto const said = refusal(replaced(document.text(), R"(["model"])", R"(["m0"])"));
  EXPECT_NE(said.find("processes"), std::string::npos) << said;
}

TEST(Documents, whose_unknown_fields_may_pass_are_read) {
  auto const text = replaced(sound().text(), R"("mean": "m")", R"("mean": "m", "note": "wide")");
  EXPECT_NO_THROW(static_cast<void>(read(text, {}, spec::UnknownFields::warn)));
}

TEST(Documents, of_other_formats_are_refused_by_name) {
  for (auto const& [text, what] : std::vector<std::pair<std::string, std::string>>{
           {"# a card\nimax 1\njmax *\n", "datacard of Combine"},
           {"----\r\nimax\t* number of bins\n", "datacard of Combine"},
           {R"({"channels": [], "measurements": [], "observations": [], "version": "1.0.0"})",
            "pyhf"},
           {R"({"metadata": {"HS3": {"version": "experimental"}}, "distributions": {}})", "zfit"},
           {R"({"metadata": {"hs3_version": "0.2"}, "distributions": []})",
            "without likelihoods"}}) {
    auto const said = refusal(text);
    EXPECT_NE(said.find(what), std::string::npos) << said;
  }
  auto const spec = read(sound().text());
  EXPECT_THROW(static_cast<void>(read(spec.text, {.likelihood = "L"})), core::UsageError);
}

}  // namespace
}  // namespace toyfarm::hs3
