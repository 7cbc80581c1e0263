#include "toyfarm/study/layout.hpp"

#include <cmath>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "toyfarm/spec/spec.hpp"

// What a layout of many parameters takes, and that it is that of fewer parameters which do the
// same.
namespace toyfarm::study {
namespace {

struct Wanted {
  int n_channels = 1;
  int n_modifiers = 1;      ///< of each signal yield, shared by all channels
  double variation = 0.05;  ///< of the logarithm of a signal yield, by all modifiers together
};

std::string spec_of(Wanted const& wanted) {
  std::string parameters = R"({"name": "mu", "init": 1.0, "bounds": [0, 5]})";
  std::string modifiers;
  double const each = wanted.variation / std::sqrt(wanted.n_modifiers);
  for (int j = 0; j < wanted.n_modifiers; ++j) {
    parameters += fmt::format(
        R"(, {{"name": "a{}", "init": 0.0, "bounds": [-5, 5], "constraint": {{"type": "gaussian", "mean": 0.0, "sigma": 1.0}}}})",
        j);
    modifiers += fmt::format(R"({}{{"type": "normsys", "param": "a{}", "lo": {}, "hi": {}}})",
                             j == 0 ? "" : ", ",
                             j,
                             std::exp(-each),
                             std::exp(each));
  }
  std::string channels;
  for (int c = 0; c < wanted.n_channels; ++c) {
    parameters += fmt::format(
        R"(, {{"name": "m{0}", "init": 91.0, "bounds": [85, 97]}}, {{"name": "s{0}", "init": 2.5, "bounds": [0.5, 6]}})"
        R"(, {{"name": "l{0}", "init": -0.03, "bounds": [-0.3, 0.1]}}, {{"name": "n{0}", "init": 8000, "bounds": [0, 200000]}})",
        c);
    channels += fmt::format(
        R"({1}{{"name": "c{0}", "observables": [{{"name": "x", "bounds": [60, 120]}}], "processes": [)"
        R"({{"name": "s", "pdf": {{"type": "gaussian", "observable": "x", "params": ["m{0}", "s{0}"]}},)"
        R"( "yield": {{"type": "scaled", "base_yield": 2000, "scale": "mu", "modifiers": [{2}]}}}},)"
        R"({{"name": "b", "pdf": {{"type": "exponential", "observable": "x", "params": ["l{0}"]}},)"
        R"( "yield": {{"type": "parameter", "name": "n{0}"}}}}]}})",
        c,
        c == 0 ? "" : ", ",
        modifiers);
  }
  return fmt::format(
      R"({{"schema_version": "nextstat_unbinned_spec_v0", "model": {{"poi": "mu", "parameters": [{}]}}, "channels": [{}]}})",
      parameters,
      channels);
}

struct Layout {
  toys::GenerationTables tables;
  std::uint64_t work = 0;
};

Layout layout_of(Wanted const& wanted, int threads = 1) {
  auto const model =
      model::build_model(spec::parse_spec(spec_of(wanted), "t.json", spec::UnknownFields::refuse));
  Layout out;
  out.tables = build_layout(model, model.init(), "t.json", threads, &out.work);
  return out;
}

// Twenty modifiers are one of the same size together. One channel of few parameters is judged by
// the scores of them all.
TEST(Layout, of_many_modifiers_has_the_cells_of_one_that_does_the_same) {
  auto const one = layout_of({1, 1});
  for (int const n_modifiers : {20, 60}) {
    auto const many = layout_of({1, n_modifiers});
    EXPECT_EQ(toys::layout_hash(many.tables), toys::layout_hash(one.tables)) << n_modifiers;
  }
}

// Counted, since a clock would say something else of every machine. Before, the work grew with the
// square of all parameters for every cell.
TEST(Layout, takes_no_more_for_modifiers_of_the_same_yields) {
  auto const few = layout_of({4, 20});
  auto const many = layout_of({4, 100});
  EXPECT_LT(static_cast<double>(many.work), 1.2 * static_cast<double>(few.work));
}

TEST(Layout, takes_as_much_for_a_channel_whatever_the_others) {
  auto const few = layout_of({5, 20});
  auto const many = layout_of({20, 20});
  EXPECT_LT(static_cast<double>(many.work), 1.5 * 4 * static_cast<double>(few.work));
  EXPECT_LT(many.work, 20U * 500'000U);
}

TEST(Layout, is_the_same_whatever_the_threads) {
  auto const alone = layout_of({5, 20});
  for (int const threads : {2, 7}) {
    auto const shared = layout_of({5, 20}, threads);
    EXPECT_EQ(toys::serialise(shared.tables), toys::serialise(alone.tables)) << threads;
    EXPECT_EQ(shared.work, alone.work) << threads;
  }
}

}  // namespace
}  // namespace toyfarm::study
