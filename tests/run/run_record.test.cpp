#include "toyfarm/run/run_record.hpp"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

using namespace toyfarm;
using Json = nlohmann::json;

/// Every member away from its default.
run::RunRecord odd_record() {
  run::RunRecord record;
  record.command_line = "toyfarm toys \"x\"";
  record.study = "/a/study.toyfarm";
  record.spec_copy = "spec.yaml";
  record.data = {{"c", "/a/events.csv", std::string(64, 'a'), 3, 1}};
  auto& request = record.request;
  request.input.config = "/a/b.yaml";
  request.input.unknown = spec::UnknownFields::warn;
  request.input.data = {{"c", "/a/events.csv"}};
  request.input.outside = io::OutsidePolicy::drop;
  request.input.max_rows = 18446744073709551615ULL;
  request.n_toys = 1'000'000'000;
  request.seed = 18446744073709551615ULL;
  request.gen = run::GenerationPoint::mle;
  request.set = {{"n", 0.1}, {"a", -3}};
  request.constraints = record::ConstraintMode::fixed;
  request.engine = study::EngineChoice::eventwise;
  request.max_event_memory = 1e10 / 3;
  auto& conduct = record.conduct;
  conduct.threads = "logical";
  conduct.weight_mode = parallel::WeightMode::speed;
  conduct.schedule = parallel::ScheduleMode::fixed;
  conduct.checkpoint_interval = 0.1;
  conduct.time_limit = 3600.5;
  conduct.checkpoint_exit_code = 85;
  conduct.patience = 7;
  conduct.keep = run::Keep::summary;
  conduct.verify = 12;
  conduct.allow_partial = true;
  conduct.guardrails = {true, 0.25, std::pair(0.5, 1.5), 0.125};
  record.to = {"/o.json", "/runs", "name", "-", true};
  return record;
}

std::string problem_of(Json const& json) {
  try {
    static_cast<void>(run::decode_run_record(json.dump(), "some/run"));
  } catch (core::DataError const& error) {
    return error.what();
  }
  return "none";
}

TEST(RunRecord, is_what_it_was_when_read_back) {
  auto const text = encode(odd_record());
  auto const again = run::decode_run_record(text, "some/run");
  EXPECT_EQ(encode(again), text);
  EXPECT_EQ(again.request.seed, 18446744073709551615ULL);
  EXPECT_EQ(again.request.set, odd_record().request.set);
  EXPECT_EQ(again.conduct.keep, run::Keep::summary);
  EXPECT_EQ(again.conduct.guardrails.poi_pull_std_range, std::pair(0.5, 1.5));
  EXPECT_EQ(again.to.json_metrics, "-");
}

TEST(RunRecord, of_defaults_is_what_it_was_when_read_back) {
  auto const text = encode(run::RunRecord{});
  EXPECT_EQ(encode(run::decode_run_record(text, "r")), text);
}

TEST(RunRecord, has_words_and_no_numbers_for_choices) {
  auto const json = Json::parse(encode(odd_record()));
  auto const& request = json.at("request");
  EXPECT_EQ(request.at("unknown_fields"), "warn");
  EXPECT_EQ(request.at("outside"), "drop");
  EXPECT_EQ(request.at("generation_point"), "mle");
  EXPECT_EQ(request.at("constraints"), "fixed");
  EXPECT_EQ(request.at("engine"), "eventwise");
  EXPECT_EQ(json.at("conduct").at("weight_mode"), "speed");
  EXPECT_EQ(json.at("conduct").at("schedule"), "static");
  EXPECT_EQ(json.at("conduct").at("keep"), "summary");
}

// Each member in turn: left out, of another type, and one that nobody knows beside it.
TEST(RunRecord, is_refused_when_any_member_is_missing_or_of_another_type) {
  auto const whole = Json::parse(encode(odd_record()));
  int n_tried = 0;
  for (auto const* group : {"request", "conduct", "destination"}) {
    for (auto const& [name, value] : whole.at(group).items()) {
      auto without = whole;
      without[group].erase(name);
      EXPECT_NE(problem_of(without).find("no member '" + name + "'"), std::string::npos) << name;
      auto other = whole;
      other[group][name] = Json::array({Json::object(), 1});
      EXPECT_NE(problem_of(other), "none") << name;
      ++n_tried;
    }
    auto more = whole;
    more[group]["colour"] = 1;
    EXPECT_NE(problem_of(more).find("unknown member 'colour'"), std::string::npos);
  }
  EXPECT_GE(n_tried, 28);
}

TEST(RunRecord, is_refused_for_a_word_that_no_choice_has) {
  auto json = Json::parse(encode(odd_record()));
  json["request"]["engine"] = "quantum";
  EXPECT_EQ(problem_of(json),
            "some/run: its journal does not say how the run was begun (engine: 'quantum' is none "
            "of auto, compressed, eventwise); it was written by another version");
}

TEST(RunRecord, is_refused_where_a_count_is_negative_or_no_whole_number) {
  for (auto const& bad : {Json(-1), Json(1.5), Json("1")}) {
    auto json = Json::parse(encode(odd_record()));
    json["request"]["n_toys"] = bad;
    EXPECT_NE(problem_of(json), "none") << bad;
  }
}

TEST(RunRecord, of_another_version_is_refused) {
  auto json = Json::parse(encode(odd_record()));
  json["version"] = 2;
  EXPECT_NE(problem_of(json).find("version 2"), std::string::npos);
  json.erase("version");
  EXPECT_NE(problem_of(json), "none");
  EXPECT_NE(problem_of(Json("text")), "none");
}

}  // namespace
