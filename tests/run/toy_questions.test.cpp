// Answers by toys about experiments whose distributions are known exactly, and the studies of the
// reference material.
#include <cmath>
#include <memory>

#include "toyfarm/inference/normal.hpp"
#include "toyfarm/run/question_run.hpp"

#include "run/counting.hpp"
#include "support/shared.hpp"

namespace toyfarm::run {
namespace {

using nlohmann::json;
using test::channel;
using test::fixed;
using test::number;

std::string const signal = R"({"name": "mu", "init": 1, "bounds": [0, 60]})";

/// The answer of this process alone.
json ask(ToyQuestion question) {
  int argc = 0;
  char** argv = nullptr;
  parallel::Job const job(parallel::Job::Kind::single, argc, argv);
  auto const run = open_question(std::move(question));
  ToyFarm farm(job, run.input, settings_of(run.question), Conduct());
  auto const found = answer(run, farm);
  EXPECT_EQ(farm.end(0), 0);
  EXPECT_EQ(found.code, core::ExitCode::success) << found.table;
  return json::parse(found.json);
}

/// That a number is what it should be, within three of its own errors, which are small enough to
/// tell.
void expect_agrees(json const& found, double exact, double enough, std::string const& what) {
  ASSERT_TRUE(found["value"].is_number()) << what << found;
  EXPECT_LT(number(found["error"]), enough) << what;
  EXPECT_NEAR(number(found["value"]), exact, 3 * number(found["error"])) << what;
}

class ToyQuestions : public test::Counting {
 protected:
  json limit_of(int n, double b) {
    LimitQuestion question;
    question.input = counting(1, b, n, signal);
    question.method = Method::toys;
    return ask(question);
  }
  json interval_of(InputRequest const& input, double cl) {
    IntervalQuestion question;
    question.input = input;
    question.cl = {cl};
    return ask(question)["intervals"][0];
  }
  /// A measurement x of mu with variance 1: the global observable of a constraint on the POI.
  InputRequest gaussian_mean(double x, double lower) {
    return spec(R"({"name": "mu", "init": 1, "bounds": [)" + std::to_string(lower) +
                    R"(, 20], "constraint": {"type": "gaussian", "mean": )" + std::to_string(x) +
                    R"(, "sigma": 1}})",
                channel("c", {fixed(2)}, events("c.csv", 2)));
  }
};

// P(n <= observed | s + b) / P(n <= observed | b) = 0.05, solved.
TEST_F(ToyQuestions, limits_of_counts_are_exact_ones) {
  struct Case {
    int n;
    double b, limit;
  };
  for (auto const& [n, b, exact] :
       {Case{0, 3, 2.9957}, Case{1, 1, 4.1130}, Case{3, 3, 5.3954}, Case{5, 3, 7.6631}}) {
    auto const out = limit_of(n, b);
    auto const what = std::to_string(n) + " over " + std::to_string(b);
    expect_agrees(out["observed"], exact, 0.05 * exact, what);
    EXPECT_EQ(out["n_failed"], 0) << what;
    for (auto const& point : out["cls"]) {
      EXPECT_GE(number(point["cls"]["value"]), number(point["p_sb"]["value"])) << what;
      EXPECT_LE(number(point["p_sb"]["value"]), 1) << what;
    }
  }
}

TEST_F(ToyQuestions, limits_do_not_depend_on_the_grid) {
  LimitQuestion question;
  question.input = counting(1, 3, 3, signal);
  question.method = Method::toys;
  question.toys.n_toys = 5000;
  question.toys.grid = Grid{3, 8, 6};
  auto const coarse = ask(question)["observed"];
  question.toys.grid = Grid{2, 9, 15};
  auto const fine = ask(question)["observed"];
  expect_agrees(coarse, 5.3954, 0.3, "coarse");
  expect_agrees(fine, 5.3954, 0.3, "fine");
}

TEST_F(ToyQuestions, a_grid_that_does_not_reach_the_limit_is_widened) {
  LimitQuestion question;
  question.input = counting(1, 3, 3, signal);
  question.method = Method::toys;
  question.toys.n_toys = 2000;
  question.toys.grid = Grid{1, 2, 3};
  auto const out = ask(question);
  EXPECT_GT(out["n_rounds"], 1);
  EXPECT_EQ(out["grid_widened"], true);
  expect_agrees(out["observed"], 5.3954, 0.5, "widened");
}

TEST_F(ToyQuestions, limits_without_data_are_what_is_expected) {
  LimitQuestion question;
  question.input = counting(1, 3, 3, signal);
  question.method = Method::toys;
  auto const shown = ask(question);
  question.observed = Observed::blind;
  auto const blind = ask(question);
  EXPECT_TRUE(blind["observed"].is_null());
  for (auto const& point : blind["cls"]) {
    EXPECT_TRUE(point["cls"].is_null());
  }
  EXPECT_NEAR(number(blind["expected"]["A"]["0"]["value"]),
              number(shown["expected"]["A"]["0"]["value"]),
              0.4);
}

TEST_F(ToyQuestions, significance_of_370_events_over_340) {
  SignificanceQuestion question;
  question.input = counting(10, 340, 370);
  question.method = Method::toys;
  question.toys.n_toys = 40'000;
  question.expect = 3;
  auto const out = ask(question);
  double const p = inference::p_of_z(1.5864);
  double const error = std::sqrt(p * (1 - p) / 40'000);
  EXPECT_NEAR(number(out["p0"]["value"]), p, 3 * error);
  EXPECT_LT(number(out["p0"]["low"]), number(out["p0"]["value"]));
  EXPECT_EQ(out["p0"]["low_failed"], out["p0"]["value"]) << "no toy failed";
  EXPECT_NEAR(number(out["asymptotic"]["z"]), 1.6039, 1e-4);
  EXPECT_NEAR(number(out["share_zero"]), 0.5, 0.05);
  double const median = number(out["expected_by_toys"]["0"]);
  EXPECT_NEAR(median, number(out["expected"]["0"]), 0.05);
}

// Exact enumeration of both counts, the background profiled.
TEST_F(ToyQuestions, significance_on_and_off) {
  struct Case {
    int on, off;
    double tau, z;
  };
  for (auto const& [on, off, tau, z] :
       {Case{4, 5, 5, 1.953}, Case{50, 55, 2, 3.025}, Case{200, 10, 0.1, 2.329}}) {
    SignificanceQuestion question;
    question.input = spec(
        R"({"name": "mu", "init": 1, "bounds": [0, 500]}, {"name": "b", "init": 5, "bounds": [0, 1000]})",
        channel("on",
                {R"({"type": "parameter", "name": "mu"})", R"({"type": "parameter", "name": "b"})"},
                events("on.csv", on)) +
            ", " + channel("off", {test::scaled(tau, "b")}, events("off.csv", off)));
    question.method = Method::toys;
    question.toys.n_toys = 100'000;
    auto const out = ask(question);
    double const p = inference::p_of_z(z);
    EXPECT_NEAR(number(out["p0"]["value"]), p, 3 * std::sqrt(p / 100'000) + 0.002 * p) << z;
    EXPECT_EQ(out["n_failed"], 0);
  }
}

TEST_F(ToyQuestions, nothing_over_no_background_is_certain) {
  SignificanceQuestion question;
  question.input = counting(1, 0, 3, signal);
  question.method = Method::toys;
  question.toys.n_toys = 1000;
  auto const out = ask(question);
  EXPECT_EQ(out["q0_observed"], "inf");
  EXPECT_EQ(out["p0"]["value"], 0);
  EXPECT_EQ(out["z"]["value"], "inf");
}

TEST_F(ToyQuestions, intervals_of_counts_are_those_of_feldman_and_cousins) {
  struct Case {
    int n;
    double b, low, high;
  };
  for (auto const& [n, b, low, high] :
       {Case{4, 0, 1.47, 8.60}, Case{3, 3, 0, 4.42}, Case{7, 3, 0.9, 9.53}}) {
    auto const found = interval_of(counting(1, b, n, signal), 0.9);
    auto const what = found.dump();
    ASSERT_FALSE(found["pieces"].empty()) << what;
    auto const& errors = found["errors"];
    double const error_low = number(errors.front()[0]) + 0.005;  // digits of the paper
    double const error_high = number(errors.back()[1]) + 0.005;
    EXPECT_NEAR(number(found["interval"][0]), low, 3 * error_low) << what;
    EXPECT_NEAR(number(found["interval"][1]), high, 3 * error_high) << what;
    EXPECT_LT(error_high, 0.5) << what;
  }
}

TEST_F(ToyQuestions, intervals_of_a_bounded_mean_are_those_of_feldman_and_cousins) {
  struct Case {
    double x, low, high;
  };
  for (auto const& [x, low, high] :
       {Case{-1, 0, 0.81}, Case{1.5, 0.22, 3.14}, Case{3, 1.37, 4.64}}) {
    auto const found = interval_of(gaussian_mean(x, 0), 0.9);
    auto const what = found.dump();
    double const error_low = number(found["errors"].front()[0]) + 0.005;
    double const error_high = number(found["errors"].back()[1]) + 0.005;
    EXPECT_NEAR(number(found["interval"][0]), low, 3 * error_low) << what;
    EXPECT_NEAR(number(found["interval"][1]), high, 3 * error_high) << what;
  }
}

// The same with a POI that may be negative and a physical bound.
TEST_F(ToyQuestions, a_physical_bound_is_as_good_as_one_of_the_fit) {
  auto const found = interval_of(gaussian_mean(1.5, -20), 0.9);
  EXPECT_NEAR(number(found["interval"][0]), 0.22, 3 * number(found["errors"][0][0]) + 0.005);
  EXPECT_NEAR(number(found["interval"][1]), 3.14, 3 * number(found["errors"][0][1]) + 0.005);
}

// A mean of variance 1 that may be anything: t is chi^2, and estimates are accepted within its
// root.
TEST_F(ToyQuestions, belts_need_no_data) {
  IntervalQuestion question;
  question.observed = Observed::blind;
  question.is_bounded = false;
  question.cl = {0.6827, 0.9};
  question.input = gaussian_mean(1, -20);
  question.toys.n_toys = 20'000;
  question.toys.grid = Grid{-2, 3, 2};
  auto const out = ask(question);
  EXPECT_TRUE(out["intervals"].empty());
  ASSERT_EQ(out["belt"].size(), 2U);
  for (auto const& point : out["belt"]) {
    double const truth = number(point["truth"]);
    for (auto const& critical : point["critical"]) {
      double const cl = number(critical["cl"]);
      double const root = std::sqrt(inference::chi2_quantile(cl, 1));
      // Of a quantile of z: sqrt(cl (1 - cl) / n) over the density of |z| there.
      double const density = 2 * std::exp(-root * root / 2) / std::sqrt(2 * std::acos(-1.0));
      double const error = std::sqrt(cl * (1 - cl) / 20'000) / density;
      EXPECT_NEAR(std::sqrt(number(critical["value"])), root, 4 * error) << point;
      EXPECT_NEAR(number(critical["estimates"][0]), truth - root, 6 * error) << point;
      EXPECT_NEAR(number(critical["estimates"][1]), truth + root, 6 * error) << point;
    }
  }
  question.toys.grid.reset();
  EXPECT_THROW(static_cast<void>(ask(question)), core::UsageError);
}

TEST_F(ToyQuestions, grids_that_do_not_hold_an_interval_are_widened) {
  IntervalQuestion question;
  question.cl = {0.9};
  question.input = gaussian_mean(3, 0);
  question.toys.grid = Grid{2, 3, 3};  // within [1.37, 4.64]
  for (bool const in_rounds : {false, true}) {
    question.toys.n_toys = in_rounds ? std::nullopt : std::optional<std::uint64_t>(4000);
    auto const out = ask(question);
    EXPECT_EQ(out["grid_widened"], true);
    auto const& found = out["intervals"][0];
    ASSERT_EQ(found["pieces"].size(), 1U) << found;
    EXPECT_EQ(found["ends"][0], json({"crossing", "crossing"}));
    EXPECT_NEAR(number(found["interval"][0]), 1.37, 3 * number(found["errors"][0][0]) + 0.005);
    EXPECT_NEAR(number(found["interval"][1]), 4.64, 3 * number(found["errors"][0][1]) + 0.005);
  }
  question.toys.n_toys.reset();
  question.input = gaussian_mean(1.5, 0);
  question.toys.grid = Grid{10, 12, 3};  // beyond [0.22, 3.14]
  auto const far = ask(question)["intervals"][0];
  ASSERT_EQ(far["pieces"].size(), 1U) << far;
  EXPECT_NEAR(number(far["interval"][0]), 0.22, 3 * number(far["errors"][0][0]) + 0.005);
  EXPECT_NEAR(number(far["interval"][1]), 3.14, 3 * number(far["errors"][0][1]) + 0.005);
  question.toys.grid = Grid{0, 4, 9};
  EXPECT_EQ(ask(question)["grid_widened"], false);
}

TEST_F(ToyQuestions, coverage_and_bias_of_a_mean_are_exact) {
  CoverageQuestion question;
  question.input = gaussian_mean(1, -20);
  question.toys.n_toys = 20'000;
  question.toys.grid = Grid{-1, 1, 2};
  auto const out = ask(question);
  ASSERT_EQ(out["points"].size(), 8U) << "two truths, two levels, two methods";
  for (auto const& point : out["points"]) {
    double const cl = number(point["cl"]);
    EXPECT_NEAR(number(point["coverage"]["value"]), cl, 3 * std::sqrt(cl * (1 - cl) / 20'000))
        << point;
  }
  BiasQuestion other;
  other.input = question.input;
  other.toys = question.toys;
  for (auto const& point : ask(other)["points"]) {
    expect_agrees(point["pull_mean"], 0, 0.01, point.dump());
    expect_agrees(point["pull_width"], 1, 0.01, point.dump());
    expect_agrees(point["signed_root_mean"], 0, 0.01, point.dump());
  }
}

TEST_F(ToyQuestions, that_need_what_is_not_there_are_refused) {
  LimitQuestion question;
  question.input = counting(1, 3, 3, signal);
  question.method = Method::toys;
  question.toys.grid = Grid{-1, 5, 4};
  EXPECT_THROW(static_cast<void>(ask(question)), core::UsageError);
  question.toys.grid.reset();
  question.observed = Observed::blind;
  question.toys.nuisances = Nuisances::profiled;
  EXPECT_THROW(static_cast<void>(ask(question)), core::UsageError);
  IntervalQuestion without;
  without.input = spec(signal, channel("on", {test::scaled(1, "mu"), fixed(3)}, ""));
  EXPECT_THROW(static_cast<void>(ask(without)), core::SpecError);
}

// Numbers of independent programs, by toys of theirs, with the errors that they are given with.
TEST(ToyStudies, have_the_answers_of_other_programs) {
  TOYFARM_SKIP_WITHOUT_SHARED(shared);
  auto const folder = shared / "reference" / "inference" / "specs";
  auto const expect_near = [](json const& found, double value, double error, char const* what) {
    double const both = std::hypot(number(found["error"]), error);
    EXPECT_NEAR(number(found["value"]), value, 3 * both) << what;
  };
  LimitQuestion question;
  question.input.config = (folder / "s1.json").string();
  question.method = Method::toys;
  question.toys.n_toys = 4000;
  question.toys.grid = Grid{0.6, 2.7, 10};
  auto const s1 = ask(question);
  expect_near(s1["observed"], 1.7875, 0.0059, "S1");
  expect_near(s1["expected"]["A"]["0"], 1.2173, 0.0090, "S1 median");
  expect_near(s1["expected"]["A"]["+1"], 1.7355, 0.0074, "S1 +1");
  expect_near(s1["expected"]["B"]["0"], 1.2168, 0.0090, "S1 median B");
  EXPECT_EQ(s1["n_failed"], 0);
  question.input.config = (folder / "s3.json").string();
  question.toys.seed = 1;  // over 25 seeds (value - 7.858) / error has mean -0.6 and width 1.2
  question.toys.n_toys = 20'000;
  question.toys.grid = Grid{3, 10, 8};
  auto const s3 = ask(question);
  expect_near(s3["observed"], 7.858, 0.009, "S3");
  expect_near(s3["expected"]["A"]["0"], 3.705, 0.012, "S3 median");
  expect_near(s3["expected"]["A"]["+1"], 5.137, 0.010, "S3 +1");
  SignificanceQuestion discovery;
  discovery.input.config = (folder / "s1.json").string();
  discovery.method = Method::toys;
  discovery.toys.n_toys = 20'000;
  auto const p0 = ask(discovery);
  EXPECT_NEAR(number(p0["p0"]["value"]), 0.13115, 3 * std::hypot(0.00053, 0.0024));
  EXPECT_NEAR(number(p0["share_zero"]), 0.5034, 3 * std::hypot(0.0008, 0.0035));
  CoverageQuestion covered;
  covered.input.config = (folder / "s3.json").string();
  covered.toys.n_toys = 40'000;
  covered.toys.grid = Grid{1, 3, 2};
  auto const share = ask(covered)["points"];
  auto const expect_covers = [&](std::size_t point, double value, double error) {
    auto const& found = share[point];
    EXPECT_EQ(found["method"], "profile");
    EXPECT_NEAR(number(found["coverage"]["value"]), value, 3 * std::hypot(error, 0.0023)) << found;
  };
  expect_covers(1, 0.6389, 0.0011);
  expect_covers(3, 0.9783, 0.0003);
  expect_covers(5, 0.6763, 0.0010);
  expect_covers(7, 0.9422, 0.0005);
}

}  // namespace
}  // namespace toyfarm::run
