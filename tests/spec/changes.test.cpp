#include "toyfarm/spec/changes.hpp"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

namespace {

using namespace toyfarm::spec;

constexpr char const* text = R"({"schema_version": "nextstat_unbinned_spec_v0",
  "model": {"poi": "n", "parameters": [
    {"name": "n", "init": 50, "bounds": [0, 1000]},
    {"name": "mu", "init": 5, "bounds": [4, 6], "fixed": true},
    {"name": "sigma", "init": 0.1, "bounds": [0.1, 0.1]}]},
  "channels": [{"name": "c \"quoted\" \\ \u00fc", "observables": [{"name": "x", "bounds": [0, 10]}],
    "processes": [{"name": "p", "pdf": {"type": "gaussian", "observable": "x", "params": ["mu", "sigma"]},
                   "yield": {"type": "parameter", "name": "n"}}]}]})";

Spec base() {
  return parse_spec(text, "dir/spec.json", UnknownFields::refuse);
}

Spec with(ModelChanges const& changes) {
  return changed(base(), changes, UnknownFields::refuse);
}

std::string refusal(ModelChanges const& changes) {
  try {
    static_cast<void>(with(changes));
  } catch (toyfarm::core::UsageError const& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ModelChanges, leave_the_spec_as_it_is_where_there_are_none) {
  EXPECT_EQ(with({}).text, text);
}

TEST(ModelChanges, are_in_the_text_that_is_read_again) {
  ModelChanges changes;
  changes.fix = {{"n", 60.5}};
  changes.release = {"mu", "sigma"};
  changes.bounds = {{"mu", {0.1, 7}}, {"sigma", {0.01, INFINITY}}};
  changes.poi = "mu";
  auto const spec = with(changes);
  auto const again = parse_spec(spec.text, "dir/spec.json", UnknownFields::refuse);
  EXPECT_EQ(model_hash(again), model_hash(spec));
  EXPECT_NE(model_hash(spec), model_hash(base()));
  EXPECT_EQ(spec.poi, "mu");
  EXPECT_TRUE(spec.parameters[0].fixed);
  EXPECT_EQ(spec.parameters[0].init, 60.5);
  EXPECT_FALSE(spec.parameters[1].fixed);
  EXPECT_EQ(spec.parameters[1].bounds.lower, 0.1);
  EXPECT_FALSE(spec.parameters[2].fixed);
  EXPECT_EQ(spec.parameters[2].bounds.upper, INFINITY);
  EXPECT_EQ(spec.channels[0].name, base().channels[0].name);
}

TEST(ModelChanges, that_say_what_the_spec_says_give_the_same_model) {
  ModelChanges changes;
  changes.fix = {{"mu", std::nullopt}};
  changes.bounds = {{"n", {0, 1000}}};
  EXPECT_EQ(model_hash(with(changes)), model_hash(base()));
}

TEST(ModelChanges, move_an_init_that_new_bounds_leave_outside) {
  ModelChanges changes;
  changes.bounds = {{"n", {60, 70}}};
  EXPECT_EQ(with(changes).parameters[0].init, 60);
}

TEST(ModelChanges, fix_at_a_value_within_the_new_bounds) {
  ModelChanges changes;
  changes.bounds = {{"mu", {-1, 1}}};
  changes.fix = {{"mu", 0.5}};
  EXPECT_EQ(with(changes).parameters[1].init, 0.5);
}

TEST(ModelChanges, are_refused_by_option_and_name) {
  ModelChanges const unknown{.fix = {{"nn", 1.0}}};
  EXPECT_EQ(refusal(unknown), "--fix nn: the spec has no such parameter; did you mean 'n'?");
  EXPECT_EQ(refusal({.fix = {{"mu", 7.0}}}),
            "--fix mu: 7 is outside its bounds [4, 6]; --bounds changes them");
  EXPECT_EQ(refusal({.fix = {{"mu", std::nan("")}}}),
            "--fix mu: nan is outside its bounds [4, 6]; --bounds changes them");
  EXPECT_EQ(refusal({.fix = {{"mu", 5.0}}, .release = {"mu"}}),
            "--float mu: --fix says the opposite");
  EXPECT_EQ(refusal({.fix = {{"mu", 5.0}, {"mu", 5.5}}}), "--fix mu: given twice");
  EXPECT_EQ(refusal({.release = {"sigma"}}),
            "--float sigma: its bounds leave it one value; --bounds changes them");
  EXPECT_EQ(refusal({.bounds = {{"mu", {2, 1}}}}), "--bounds mu: LO must not be above HI");
  EXPECT_EQ(refusal({.bounds = {{"mu", {0, 1}}, {"mu", {0, 2}}}}), "--bounds mu: given twice");
  EXPECT_EQ(refusal({.poi = "lambda"}), "--poi lambda: the spec has no such parameter");
}

}  // namespace
