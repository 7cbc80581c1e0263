// T3: toys of signals that may move and vanish. Each has one answer, whatever stands for its
// events.
#include <numeric>

#include "study/weak_models.hpp"

namespace toyfarm::study {
namespace {

class WeakSignals : public testing::TestWithParam<test::WeakModel> {};

TEST_P(WeakSignals, have_one_answer_by_nodes_and_by_events) {
  test::expect_one_answer(test::setup_of(GetParam().spec, 7), 60);
}

INSTANTIATE_TEST_SUITE_P(T3,
                         WeakSignals,
                         testing::ValuesIn(test::weak_models()),
                         [](auto const& named) { return named.param.name; });

class WeakGaussians : public testing::TestWithParam<std::tuple<double, double>> {};

TEST_P(WeakGaussians, have_one_answer_by_nodes_and_by_events) {
  auto const [events, narrowest] = GetParam();
  test::expect_one_answer(test::setup_of(test::weak_gaussian(events, narrowest), 7), 40);
}

INSTANTIATE_TEST_SUITE_P(T3,
                         WeakGaussians,
                         testing::Combine(testing::Values(0, 3, 10, 40),
                                          testing::Values(1, 0.5, 0.01)));

TEST(WeakSignal, of_two_observables_has_one_answer) {
  auto const setup = test::setup_of(test::weak_product(), 7);
  auto const c = test::compare_engines(setup, 20);
  EXPECT_EQ(c.n_certified, 20U);
  EXPECT_EQ(c.n_harmed, 0U);
}

TEST(WeakSignal, does_not_shape_the_cells) {
  auto const of = [](double events) { return test::setup_of(test::weak_gaussian(events, 0.5)); };
  auto const few = of(3);
  auto const many = of(40);
  auto const none = of(0);
  auto const narrower = test::setup_of(test::weak_gaussian(3, 0.01));
  ASSERT_EQ(few.tables.channels[0].cells.lower, narrower.tables.channels[0].cells.lower);
  ASSERT_EQ(few.tables.channels[0].cells.lower, many.tables.channels[0].cells.lower);
  ASSERT_EQ(few.tables.channels[0].cells.lower, none.tables.channels[0].cells.lower);
  // So that toys of all of them share the events of the background.
  model::Sample background;
  model::Sample with_few;
  toys::generate(none.tables, 5, {3}, background);
  toys::generate(few.tables, 5, {3}, with_few);
  auto const& all = with_few.channels[0].columns[0];
  auto const& shared = background.channels[0].columns[0];
  ASSERT_GT(shared.size(), 19'000U);
  ASSERT_GE(all.size(), shared.size());
  EXPECT_TRUE(std::equal(shared.begin(), shared.end(), all.begin()));
}

TEST(WeakSignal, that_is_strong_is_laid_out_as_ever) {
  auto const tables = test::setup_of(test::weak_gaussian(2000, 0.5)).tables;
  EXPECT_TRUE(tables.channels[0].weak.empty());
  EXPECT_TRUE(tables.channels[0].singles.empty());
}

TEST(WeakSignal, is_drawn_with_its_yield_apart_from_the_others) {
  auto const setup = test::setup_of(test::weak_gaussian(40, 1));
  auto const& channel = setup.tables.channels[0];
  ASSERT_EQ(channel.singles.size(), 1U);
  double const expected =
      std::accumulate(channel.cells.events.begin(), channel.cells.events.end(), 0.0);
  EXPECT_NEAR(expected, 2e4, 1e-6);
  double sum = 0;
  double near = 0;
  model::Sample sample;
  constexpr std::uint64_t n_toys = 400;
  for (std::uint64_t i = 0; i < n_toys; ++i) {
    toys::generate(setup.tables, 1, {i}, sample);
    sum += static_cast<double>(sample.channels[0].n_events);
    for (double const x : sample.channels[0].columns[0]) {
      near += x > 47 && x < 53 ? 1 : 0;
    }
  }
  double const toys = n_toys;
  EXPECT_NEAR(sum / toys, 20'040, 5 * std::sqrt(20'040 / toys));
  double const background = 2e4 * (std::exp(-0.94) - std::exp(-1.06)) / (1 - std::exp(-2));
  double const signal = 40 * std::erf(3 / std::sqrt(2));
  EXPECT_NEAR(near / toys, background + signal, 5 * std::sqrt((background + signal) / toys));
}

// The same toy, whatever ran before and whichever engine: rows are functions of the toy's number.
TEST(WeakSignal, gives_rows_that_do_not_depend_on_their_order) {
  auto const setup = test::setup_of(test::weak_gaussian(10, 0.5), 3);
  ToyRunner forwards(setup);
  ToyRunner backwards(setup);
  std::vector<record::ToyRecord> rows;
  for (std::uint64_t i = 0; i < 6; ++i) {
    rows.push_back(forwards.run({i}));
  }
  for (std::uint64_t i = 6; i-- > 0;) {
    auto const& row = backwards.run({i});
    EXPECT_EQ(row.fit().nll, rows[i].fit().nll);
    EXPECT_EQ(row.fit().values, rows[i].fit().values);
    EXPECT_EQ(row.fit().attempts, rows[i].fit().attempts);
  }
}

}  // namespace
}  // namespace toyfarm::study
