#include "toyfarm/toys/generate.hpp"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

#include "toys/toy_specs.hpp"

namespace {

namespace toys = toyfarm::toys;
namespace model = toyfarm::model;
namespace test = toyfarm::test;

std::string const gauss = R"({"type":"gaussian","observable":"x","params":["m","s"]})";
std::string const falling = R"({"type":"exponential","observable":"x","params":["l"]})";
std::string const gauss_y = R"({"type":"gaussian","observable":"y","params":["m","s"]})";
std::string const falling_y = R"({"type":"exponential","observable":"y","params":["l"]})";
std::string const y_observable = R"({"name":"y","bounds":[-2,8]})";
std::string const parameters = test::parameters_json({{"m", 3}, {"s", 0.5}, {"l", -0.3, -50}});

std::string product(std::string const& a, std::string const& b) {
  return R"({"type":"product","components":[)" + a + "," + b + "]}";
}

model::Model mixture(double signal, double background) {
  return test::model_of(parameters,
                        test::channel_json("c",
                                           test::x_observable,
                                           test::process_json("sig", gauss, signal) + "," +
                                               test::process_json("bkg", falling, background)));
}

model::Sample toy(toys::GenerationTables const& tables, std::uint64_t seed, std::uint64_t id) {
  model::Sample sample;
  toys::generate(tables, seed, {id}, sample);
  return sample;
}

void expect_equal(model::Sample const& a, model::Sample const& b) {
  ASSERT_EQ(a.channels.size(), b.channels.size());
  for (std::size_t c = 0; c < a.channels.size(); ++c) {
    EXPECT_EQ(a.channels[c].columns, b.channels[c].columns);
    EXPECT_EQ(a.channels[c].weights, b.channels[c].weights);
    EXPECT_EQ(a.channels[c].n_events, b.channels[c].n_events);
  }
}

// combine#109: later toys must not see what earlier ones left behind.
TEST(Generate, gives_a_toy_alone_what_it_gives_it_in_a_run) {
  auto const m = test::model_of(
      parameters,
      test::channel_json("a", test::x_observable, test::process_json("sig", gauss, 700)) + "," +
          test::channel_json("b",
                             test::x_observable + "," + y_observable,
                             test::process_json("p", product(gauss, falling_y), 300) + "," +
                                 test::process_json("q", product(falling, gauss_y), 5)));
  auto const tables = toys::build_tables(m, m.init());
  model::Sample reused;
  reused.channels.resize(5);
  for (std::uint64_t id = 0; id < 40; ++id) {
    toys::generate(tables, 42, {id}, reused);
    expect_equal(reused, toy(tables, 42, id));
  }
}

TEST(Generate, keeps_its_memory_from_toy_to_toy) {
  auto const m = mixture(4000, 9000);
  auto const tables = toys::build_tables(m, m.init());
  model::Sample sample;
  toys::generate(tables, 1, {0}, sample);
  auto const* const data = sample.channels[0].columns[0].data();
  auto const capacity = sample.channels[0].columns[0].capacity();
  for (std::uint64_t id = 1; id < 300; ++id) {
    toys::generate(tables, 1, {id}, sample);
    ASSERT_EQ(sample.channels[0].columns[0].data(), data);
  }
  EXPECT_EQ(sample.channels[0].columns[0].capacity(), capacity);
}

TEST(Generate, leaves_no_weights_and_columns_of_one_length) {
  auto const m =
      test::model_of(parameters,
                     test::channel_json("b",
                                        test::x_observable + "," + y_observable,
                                        test::process_json("p", product(gauss, falling_y), 300)));
  model::Sample sample;
  sample.channels.resize(1);
  sample.channels[0].columns.resize(4);
  sample.channels[0].weights = {1, 2, 3};
  toys::generate(toys::build_tables(m, m.init()), 42, {3}, sample);
  auto const& channel = sample.channels[0];
  EXPECT_TRUE(channel.weights.empty());
  ASSERT_EQ(channel.columns.size(), 2U);
  EXPECT_EQ(channel.columns[0].size(), channel.n_events);
  EXPECT_EQ(channel.columns[1].size(), channel.n_events);
}

// Total of 3000 toys: mean and variance of a Poisson number within 5 standard deviations, false
// alarm 1e-6 each.
TEST(Generate, draws_a_poisson_number_of_events) {
  constexpr int n = 3000;
  for (bool const as_product : {false, true}) {
    auto const m =
        as_product
            ? test::model_of(
                  parameters,
                  test::channel_json("b",
                                     test::x_observable + "," + y_observable,
                                     test::process_json("p", product(gauss, falling_y), 60) + "," +
                                         test::process_json("q", product(falling, gauss_y), 40)))
            : mixture(60, 40);
    auto const tables = toys::build_tables(m, m.init());
    model::Sample sample;
    double sum = 0;
    double square = 0;
    for (std::uint64_t id = 0; id < n; ++id) {
      toys::generate(tables, 8, {id}, sample);
      double const d = static_cast<double>(sample.channels[0].n_events) - 100;
      sum += d;
      square += d * d;
    }
    EXPECT_LT(std::fabs(sum / n), 5 * 10 / std::sqrt(n));
    EXPECT_LT(std::fabs(square / n - 100), 5 * std::sqrt(20'100.0 / n));
  }
}

// icecube/pisa#33, ldmx-sw#908, FCCSW#434: equal or shifted seeds gave equal toys.
TEST(Generate, never_repeats_an_event_between_toys_and_neighbouring_seeds) {
  auto const m = mixture(10, 20);
  auto const tables = toys::build_tables(m, m.init());
  std::set<double> seen;
  std::size_t drawn = 0;
  model::Sample sample;
  for (std::uint64_t const seed : {42U, 43U}) {
    for (std::uint64_t id = 0; id < 1000; ++id) {
      toys::generate(tables, seed, {id}, sample);
      auto const& x = sample.channels[0].columns[0];
      seen.insert(x.begin(), x.end());
      drawn += x.size();
    }
  }
  EXPECT_GT(drawn, 50'000U);
  EXPECT_EQ(seen.size(), drawn);  // chance of an accidental equality of 53-bit numbers: 1e-6
}

TEST(Generate, leaves_other_channels_alone_when_one_is_added_or_left_out_of_the_fit) {
  auto const a = test::channel_json("a", test::x_observable, test::process_json("sig", gauss, 70));
  auto const a_out = test::channel_json(
      "a", test::x_observable, test::process_json("sig", gauss, 70), R"("include_in_fit":false,)");
  auto const b =
      test::channel_json("b", test::x_observable, test::process_json("bkg", falling, 90));
  auto const generate = [&](std::string const& channels) {
    auto const m = test::model_of(parameters, channels);
    return toy(toys::build_tables(m, m.init()), 42, 9);
  };
  auto const both = generate(a + "," + b);
  expect_equal(both, generate(a_out + "," + b));
  EXPECT_EQ(both.channels[0].columns, generate(a).channels[0].columns);
  EXPECT_NE(both.channels[0].columns, both.channels[1].columns);
}

// Correlation of 20,000 independent pairs within 5 standard deviations; each observable in its own
// moments likewise. False alarm 3e-6.
TEST(Generate, draws_the_observables_of_a_product_independently) {
  constexpr double n = 20'000;
  auto const m =
      test::model_of(parameters,
                     test::channel_json("b",
                                        test::x_observable + "," + y_observable,
                                        test::process_json("p", product(gauss, gauss_y), n)));
  auto const sample = toy(toys::build_tables(m, m.init()), 4, 0);
  auto const& columns = sample.channels[0].columns;
  double sums[5] = {};
  for (std::size_t i = 0; i < columns[0].size(); ++i) {
    double const x = (columns[0][i] - 3) / 0.5;
    double const y = (columns[1][i] - 3) / 0.5;
    double const terms[] = {x, y, x * x - 1, y * y - 1, x * y};
    for (int k = 0; k < 5; ++k) {
      sums[k] += terms[k];
    }
  }
  for (int k = 0; k < 5; ++k) {
    EXPECT_LT(std::fabs(sums[k] / n), 5 * std::sqrt((k == 2 || k == 3 ? 2 : 1) / n)) << k;
  }
}

TEST(Generate, fills_an_observable_of_no_density_uniformly) {
  auto const m = test::model_of(
      parameters,
      test::channel_json(
          "b", test::x_observable + "," + y_observable, test::process_json("p", gauss, 20'000)));
  auto const sample = toy(toys::build_tables(m, m.init()), 4, 0);
  auto const& y = sample.channels[0].columns[1];
  ASSERT_EQ(y.size(), sample.channels[0].n_events);
  double sum = 0;
  double square = 0;
  for (double const v : y) {
    ASSERT_TRUE(-2 <= v && v < 8);
    sum += (v - 3) / 5;
    square += (v - 3) / 5 * ((v - 3) / 5) - 1.0 / 3;
  }
  auto const n = static_cast<double>(y.size());
  EXPECT_LT(std::fabs(sum / n), 5 * std::sqrt(1 / (3 * n)));
  EXPECT_LT(std::fabs(square / n), 5 * std::sqrt((1.0 / 5 - 1.0 / 9) / n));
}

TEST(Generate, draws_nothing_for_yields_of_zero) {
  auto const m = mixture(0, 0);
  EXPECT_EQ(toy(toys::build_tables(m, m.init()), 1, 1).channels[0].n_events, 0U);
  auto const p =
      test::model_of(parameters,
                     test::channel_json("b",
                                        test::x_observable + "," + y_observable,
                                        test::process_json("p", product(gauss, falling_y), 0)));
  EXPECT_EQ(toy(toys::build_tables(p, p.init()), 1, 1).channels[0].n_events, 0U);
}

TEST(BuildTables, refuses_an_observable_that_only_some_processes_describe) {
  auto const m = test::model_of(
      parameters,
      test::channel_json("main",
                         test::x_observable + "," + y_observable,
                         test::process_json("one", gauss, 10) + "," +
                             test::process_json("two", product(gauss, falling_y), 10)));
  try {
    static_cast<void>(toys::build_tables(m, m.init(), "some.json"));
    FAIL() << "accepted";
  } catch (toyfarm::core::SpecError const& e) {
    std::string const what = e.what();
    for (auto const* word : {"some.json", "'main'", "'one'", "'y'"}) {
      EXPECT_NE(what.find(word), std::string::npos) << what;
    }
  }
}

TEST(BuildTables, refuses_a_generation_point_without_density_or_yield) {
  auto const m = mixture(10, 10);
  auto theta = m.init();
  theta[1] = -1;
  EXPECT_THROW(static_cast<void>(toys::build_tables(m, theta)), toyfarm::core::SpecError);
  auto const negative =
      test::model_of(parameters,
                     test::channel_json("c",
                                        test::x_observable,
                                        R"({"name":"p","pdf":)" + gauss +
                                            R"(,"yield":{"type":"parameter","name":"m"}})"));
  EXPECT_THROW(static_cast<void>(toys::build_tables(negative, std::vector<double>{-4, 0.5, 0})),
               toyfarm::core::SpecError);
}

TEST(Serialise, gives_tables_that_draw_the_same_bits) {
  auto const m = test::model_of(
      parameters,
      test::channel_json(
          "a",
          test::x_observable,
          test::process_json("sig", gauss, 700) + "," + test::process_json("bkg", falling, 40)) +
          "," +
          test::channel_json("b",
                             test::x_observable + "," + y_observable,
                             test::process_json("p", product(gauss, falling_y), 300)) +
          "," +
          test::channel_json(
              "c", test::x_observable + "," + y_observable, test::process_json("q", falling, 30)));
  auto const tables = toys::build_tables(m, m.init());
  auto const bytes = toys::serialise(tables);
  auto const copy = toys::deserialise(bytes);
  EXPECT_EQ(toys::serialise(copy), bytes);
  for (std::uint64_t id = 0; id < 20; ++id) {
    expect_equal(toy(tables, 42, id), toy(copy, 42, id));
  }
}

TEST(Deserialise, refuses_damaged_bytes) {
  auto const m = mixture(10, 10);
  auto bytes = toys::serialise(toys::build_tables(m, m.init()));
  for (std::size_t const keep :
       {std::size_t{0}, std::size_t{7}, std::size_t{8}, bytes.size() / 2, bytes.size() - 1}) {
    EXPECT_THROW(static_cast<void>(toys::deserialise(std::string_view(bytes).substr(0, keep))),
                 toyfarm::core::RuntimeFailure)
        << keep;
  }
  EXPECT_THROW(static_cast<void>(toys::deserialise(bytes + "x")), toyfarm::core::RuntimeFailure);
  bytes[0] = static_cast<char>(bytes[0] + 1);
  EXPECT_THROW(static_cast<void>(toys::deserialise(bytes)), toyfarm::core::RuntimeFailure);
}

}  // namespace
