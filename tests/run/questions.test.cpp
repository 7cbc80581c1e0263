// Answers about counting experiments (flat densities), whose profile likelihoods are known in
// closed form; and the studies of the reference material.
#include "toyfarm/run/questions.hpp"

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "toyfarm/inference/normal.hpp"

#include "run/counting.hpp"
#include "support/shared.hpp"

namespace toyfarm::run {
namespace {

using nlohmann::json;
using test::channel;
using test::fixed;
using test::flat;
using test::mu;
using test::number;
using test::scaled;
using Questions = test::Counting;

/// 2 Delta NLL of n events where nu are expected, against the best nu.
double poisson_rise(double nu, double n) {
  return 2 * (nu - n + (n > 0 ? n * std::log(n / nu) : 0));
}

TEST_F(Questions, scan_of_a_count_is_its_closed_form) {
  ScanQuestion question;
  question.input = counting(10, 5, 20);
  question.axes = {{"mu", {0, 5, 11}}};
  auto const answer = scan(question);
  ASSERT_EQ(answer.code, core::ExitCode::success);
  auto const out = json::parse(answer.json);
  ASSERT_EQ(out["points"].size(), 11U);
  for (auto const& point : out["points"]) {
    double const value = number(point["values"][0]);
    EXPECT_NEAR(number(point["two_delta_nll"]), poisson_rise(10 * value + 5, 20), 1e-9) << value;
  }
  ASSERT_EQ(out["intervals"].size(), 2U);
  for (auto const& interval : out["intervals"]) {
    double const quantile = inference::chi2_quantile(number(interval["cl"]), 1);
    for (char const* const end : {"low", "high"}) {
      double const value = number(interval[end]);
      EXPECT_NEAR(poisson_rise(10 * value + 5, 20), quantile, 2e-5) << end;
      EXPECT_EQ(interval[std::string(end) + "_state"], "crossing");
    }
  }
}

TEST_F(Questions, scan_says_where_an_interval_ends_at_a_bound) {
  ScanQuestion question;
  question.input = counting(10, 5, 5);
  question.axes = {{"mu", {0, 1, 3}}};
  auto const out = json::parse(scan(question).json);
  EXPECT_EQ(out["intervals"][0]["low_state"], "at_bound");
  EXPECT_EQ(out["intervals"][0]["low"], 0);
  EXPECT_EQ(out["intervals"][0]["high_state"], "crossing");
}

TEST_F(Questions, scan_of_two_counts_is_their_sum) {
  auto const parameters = mu + R"(, {"name": "b", "init": 1, "bounds": [0.01, 50]})";
  ScanQuestion question;
  question.input = spec(parameters,
                        channel("on", {scaled(8, "mu")}, events("on.csv", 9)) + ", " +
                            channel("off", {scaled(3, "b")}, events("off.csv", 4)));
  question.axes = {{"mu", {0.5, 2, 4}}, {"b", {0.5, 3, 3}}};
  auto const out = json::parse(scan(question).json);
  ASSERT_EQ(out["points"].size(), 12U);
  for (auto const& point : out["points"]) {
    double const a = number(point["values"][0]);
    double const b = number(point["values"][1]);
    EXPECT_NEAR(
        number(point["two_delta_nll"]), poisson_rise(8 * a, 9) + poisson_rise(3 * b, 4), 1e-9);
  }
}

// A count whose signal may fluctuate by 10 %: held, the scan is that of the count alone.
TEST_F(Questions, statistical_scan_holds_what_is_constrained) {
  auto const parameters =
      mu +
      R"(, {"name": "a", "init": 0, "bounds": [-5, 5], "constraint": {"type": "gaussian", "mean": 0, "sigma": 1}})";
  auto const yield =
      R"({"type": "scaled", "base_yield": 100, "scale": "mu", "modifiers": [{"type": "normsys", "param": "a", "lo": 0.909090909090909, "hi": 1.1}]})";
  ScanQuestion question;
  question.input = spec(parameters, channel("on", {yield}, events("on.csv", 100)));
  question.axes = {{"mu", {0.8, 1.2, 3}}};
  question.stat_only = true;
  auto const out = json::parse(scan(question).json);
  double const all = number(out["points"][0]["two_delta_nll"]);
  double const statistical = number(out["points"][0]["two_delta_nll_stat_only"]);
  EXPECT_NEAR(statistical, poisson_rise(80, 100), 1e-6);
  EXPECT_LT(all, 0.6 * statistical);
}

TEST_F(Questions, significance_of_370_events_over_340) {
  SignificanceQuestion question;
  question.input = counting(30, 340, 370);
  auto const out = json::parse(significance(question).json);
  EXPECT_NEAR(number(out["z"]), 1.6039, 5e-5);
  EXPECT_NEAR(number(out["q0_observed"]), poisson_rise(340, 370), 1e-9);
  EXPECT_EQ(out["method"], "asymptotic");
}

TEST_F(Questions, significance_of_a_deficit_is_none) {
  SignificanceQuestion question;
  question.input = counting(10, 100, 90);
  auto const out = json::parse(significance(question).json);
  EXPECT_EQ(out["q0_observed"], 0);
  EXPECT_EQ(out["p0"], 0.5);
  EXPECT_EQ(out["z"], 0);
}

struct Expected {
  double s, b, sigma, z;
};

// arXiv:1007.1727 eq. 97, and the same with a background measured beside.
TEST_F(Questions, expected_significance_is_that_of_asimov_data) {
  SignificanceQuestion question;
  question.observed = Observed::blind;
  question.expect = 1;
  auto const z = [&] {
    return json::parse(significance(question).json)["expected"]["0"].get<double>();
  };
  for (auto const& e : {Expected{2, 1, 0, 1.6099},
                        Expected{5, 1, 0, 3.3913},
                        Expected{10, 10, 0, 2.7795},
                        Expected{10, 50, 0, 1.3706}}) {
    question.input = counting(e.s, e.b, 0);
    EXPECT_NEAR(z(), e.z, 5e-5) << e.s << " " << e.b;
  }
  for (auto const& e :
       {Expected{10, 10, 2, 2.2600}, Expected{10, 100, 10, 0.6902}, Expected{5, 1, 0.3, 3.1103}}) {
    double const tau = e.b / (e.sigma * e.sigma);
    question.input =
        spec(mu + R"(, {"name": "nb", "init": )" + std::to_string(e.b) + R"(, "bounds": [0, 1e4]})",
             channel("on", {scaled(e.s, "mu"), scaled(1, "nb")}, "") + ", " +
                 channel("off", {scaled(tau, "nb")}, ""));
    EXPECT_NEAR(z(), e.z, 5e-5) << e.s << " " << e.b << " " << e.sigma;
  }
  for (auto const& e :
       {Expected{10, 10, 2, 2.3154}, Expected{10, 100, 10, 0.6958}, Expected{5, 1, 0.3, 3.1539}}) {
    question.input =
        spec(mu + R"(, {"name": "nb", "init": )" + std::to_string(e.b) +
                 R"(, "bounds": [0, 1e4], "constraint": {"type": "gaussian", "mean": )" +
                 std::to_string(e.b) + R"(, "sigma": )" + std::to_string(e.sigma) + "}}",
             channel("on", {scaled(e.s, "mu"), scaled(1, "nb")}, ""));
    EXPECT_NEAR(z(), e.z, 5e-5) << e.s << " " << e.b << " " << e.sigma;
  }
}

// Of a Gaussian likelihood the limit is known: many events, sigma(mu) nearly constant.
TEST_F(Questions, limit_of_many_events_is_that_of_a_gaussian) {
  LimitQuestion question;
  question.input = counting(1000, 1e6, 1'000'000);
  auto const out = json::parse(limit(question).json);
  EXPECT_NEAR(number(out["asymptotic"]["observed"]), 1.959964, 3e-3);  // estimate 0, error 1
  EXPECT_NEAR(number(out["asymptotic"]["expected"]["0"]), 1.959964, 3e-3);
  EXPECT_NEAR(number(out["asymptotic"]["expected"]["+1"]),
              1 + inference::z_of_p(0.05 * inference::normal_cdf(1)),
              5e-3);
  EXPECT_EQ(out["observed"]["value"], out["asymptotic"]["observed"]);
}

TEST_F(Questions, limit_without_data_is_what_is_expected) {
  LimitQuestion question;
  question.input = spec(mu, channel("on", {scaled(10, "mu"), fixed(5)}, ""));
  auto const answer = limit(question);
  ASSERT_EQ(answer.code, core::ExitCode::success);
  auto const out = json::parse(answer.json);
  EXPECT_TRUE(out["observed"].is_null());
  EXPECT_FALSE(out["asymptotic"].contains("observed"));
  EXPECT_GT(number(out["asymptotic"]["expected"]["0"]), 0.4);
}

TEST_F(Questions, that_are_blind_tell_nothing_observed) {
  LimitQuestion question;
  question.input = counting(10, 5, 8);
  question.observed = Observed::blind;
  auto const blind = limit(question);
  question.input = counting(10, 5, 30);
  EXPECT_EQ(limit(question).json, blind.json);
  EXPECT_EQ(limit(question).table, blind.table);
}

// mu 100 1.1^a = n: the estimate goes as 1.1^-a, and a is known by its constraint alone.
TEST_F(Questions, impact_of_a_normalisation_is_its_factor) {
  auto const parameters =
      mu +
      R"(, {"name": "a", "init": 0, "bounds": [-5, 5], "constraint": {"type": "gaussian", "mean": 0, "sigma": 1}})";
  auto const yield =
      R"({"type": "scaled", "base_yield": 100, "scale": "mu", "modifiers": [{"type": "normsys", "param": "a", "lo": 0.909090909090909, "hi": 1.1}]})";
  ImpactsQuestion question;
  question.input = spec(parameters, channel("on", {yield}, events("on.csv", 120)));
  auto const out = json::parse(impacts(question).json);
  ASSERT_EQ(out["impacts"].size(), 1U);
  auto const& impact = out["impacts"][0];
  EXPECT_EQ(impact["name"], "a");
  EXPECT_NEAR(number(impact["pull"]), 0, 1e-6);
  EXPECT_NEAR(number(impact["constraint"]), 1, 1e-5);
  EXPECT_NEAR(number(impact["post_up"]), 1.2 * (1 / 1.1 - 1), 1e-5);
  EXPECT_NEAR(number(impact["post_down"]), 1.2 * (1.1 - 1), 1e-5);
  EXPECT_NEAR(number(impact["pre_up"]), 1.2 * (1 / 1.1 - 1), 1e-5);
  EXPECT_NEAR(number(out["best_fit"]["statistical_error"]), std::sqrt(120.0) / 100, 1e-5);
  question.method = ImpactMethod::hessian;
  auto const fast = json::parse(impacts(question).json);
  EXPECT_NEAR(number(fast["impacts"][0]["post_up"]), -1.2 * std::log(1.1), 1e-3);
}

// Asimov data must resolve a peak that has no yield in them.
TEST_F(Questions, limit_of_a_narrow_peak_does_not_depend_on_the_window) {
  auto const in_window_of = [&](double length) {
    std::ostringstream text;
    text
        << R"({"schema_version": "nextstat_unbinned_spec_v0", "model": {"poi": "mu", "parameters": [)"
        << mu << R"(, {"name": "m", "init": )" << length / 2
        << R"(, "bounds": [0, 1e6], "fixed": true},
         {"name": "w", "init": 1, "bounds": [0.1, 10], "fixed": true}]}, "channels": [{"name": "c",
         "observables": [{"name": "x", "bounds": [0, )"
        << length << R"(]}], "processes": [{"name": "s", "pdf": {"type": "gaussian",
         "observable": "x", "params": ["m", "w"]}, "yield": )"
        << scaled(10, "mu") << R"(}, {"name": "b", )" << flat << fixed(5 * length) << "}]}]}";
    LimitQuestion question;
    question.observed = Observed::blind;
    question.input.config = (scratch_ / "peak.json").string();
    std::ofstream(question.input.config) << text.str();
    return number(json::parse(limit(question).json)["asymptotic"]["expected"]["0"]);
  };
  // The same density of background beneath the same peak.
  double const wide = in_window_of(100);
  EXPECT_NEAR(in_window_of(1000), wide, 1e-4 * wide);
  EXPECT_NEAR(in_window_of(20000), wide, 1e-4 * wide);
}

TEST_F(Questions, limit_counts_from_the_physical_bound) {
  LimitQuestion question;
  question.input = counting(1, 3, 50, R"({"name": "mu", "init": 50, "bounds": [40, 200]})");
  auto const out = json::parse(limit(question).json)["asymptotic"];
  EXPECT_NEAR(number(out["observed"]), 60.2561, 1e-4);
  EXPECT_NEAR(number(out["expected"]["-2"]), 47.2704, 1e-4);
  EXPECT_NEAR(number(out["expected"]["-1"]), 49.9352, 1e-4);
  EXPECT_NEAR(number(out["expected"]["0"]), 54.1635, 1e-4);
}

TEST_F(Questions, events_where_nothing_is_expected_have_a_limit) {
  LimitQuestion question;
  question.input = counting(1, 0, 3);
  EXPECT_NEAR(number(json::parse(limit(question).json)["asymptotic"]["observed"]), 6.84318, 1e-4);
  SignificanceQuestion other;
  other.input = question.input;
  other.observed = Observed::blind;
  other.expect = 5;
  EXPECT_EQ(json::parse(significance(other).json)["expected"]["0"], "inf");
}

// A nuisance whose estimate is in the kink of its yield has no Hessian, but an interval.
TEST_F(Questions, impacts_have_nuisances_in_a_kink) {
  auto const with = [&](std::string const& lo, std::string const& hi) {
    ImpactsQuestion question;
    question.observed = Observed::blind;
    question.input = spec(
        mu +
            R"(, {"name": "a", "init": 0, "bounds": [-5, 5], "constraint": {"type": "gaussian", "mean": 0, "sigma": 1}})",
        channel(
            "on",
            {R"({"type": "scaled", "base_yield": 100, "scale": "mu", "modifiers": [{"type": "normsys", "param": "a", "lo": )" +
             lo + R"(, "hi": )" + hi + "}]}"},
            ""));
    return json::parse(impacts(question).json);
  };
  auto const out = with("0.9", "1.2");
  ASSERT_EQ(out["impacts"].size(), 1U);
  EXPECT_NEAR(number(out["impacts"][0]["pre_up"]), 1 / 1.2 - 1, 1e-6);
  EXPECT_NEAR(number(out["impacts"][0]["pre_down"]), 1 / 0.9 - 1, 1e-6);
  // lo = 1 / hi is no kink, however it is rounded.
  for (char const* const hi : {"1.05", "1.1", "1.25", "1.3", "1.5"}) {
    std::ostringstream lo;
    lo.precision(17);
    lo << 1 / std::stod(hi);
    auto const smooth = with(lo.str(), hi);
    ASSERT_EQ(smooth["impacts"].size(), 1U) << hi;
    double const logarithm = std::log(std::stod(hi));
    EXPECT_NEAR(number(smooth["best_fit"]["error"]), std::sqrt(0.01 + logarithm * logarithm), 1e-6)
        << hi;
  }
}

TEST_F(Questions, that_are_blind_do_not_open_the_data) {
  LimitQuestion question;
  question.input = counting(10, 5, 3);
  question.observed = Observed::blind;
  question.input.data["on"] = (scratch_ / "nowhere.csv").string();
  EXPECT_EQ(limit(question).code, core::ExitCode::success);
}

TEST_F(Questions, about_what_cannot_move_are_refused) {
  SignificanceQuestion question;
  question.input = counting(10, 5, 8, R"({"name": "mu", "init": 1, "bounds": [1, 1]})");
  EXPECT_THROW(static_cast<void>(significance(question)), core::SpecError);
  question.input = counting(10, 5, 8, R"({"name": "mu", "init": 1, "bounds": [0.5, 2]})");
  EXPECT_THROW(static_cast<void>(significance(question)), core::UsageError);
  ScanQuestion other;
  other.input = counting(10, 5, 8);
  other.axes = {{"nu", {0, 1, 2}}};
  EXPECT_THROW(static_cast<void>(scan(other)), core::UsageError);
  other.axes = {{"mu", {-1, 1, 2}}};
  EXPECT_THROW(static_cast<void>(scan(other)), core::UsageError);
  LimitQuestion bound;
  bound.input = counting(10, 5, 8);
  bound.physical_bound = -1;
  EXPECT_THROW(static_cast<void>(limit(bound)), core::UsageError);
}

struct Study {
  std::string name;
  double low, high, low_95, high_95, p0, z;
  std::vector<std::pair<double, double>> rises;
  std::vector<double> limits;  ///< observed, then -2 ... +2
};

// Numbers of independent programs, to the digits that they are given with.
TEST(Studies, have_the_answers_of_other_programs) {
  TOYFARM_SKIP_WITHOUT_SHARED(shared);
  auto const folder = shared / "reference" / "inference" / "specs";
  for (auto const& study :
       {Study{"s1",
              0.0645541,
              1.2794913,
              0,
              1.9440251,
              0.1325507,
              1.114415,
              {{0, 1.2419201}, {0.5, 0.0614882}, {1, 0.3223527}, {2, 4.1478237}},
              {1.77340, 0.62535, 0.85205, 1.21177, 1.75012, 2.46546}},
        Study{"s3",
              1.5083834,
              5.6832525,
              0.3244372,
              8.7012616,
              0.01095385,
              2.291964,
              {{0, 5.2531004}, {0.5, 3.2203306}, {1, 1.8805068}, {2, 0.4671927}},
              {7.73509, 1.58343, 2.33138, 3.68212, 6.01802, 9.55940}}}) {
    InputRequest input;
    input.config = (folder / (study.name + ".json")).string();
    SignificanceQuestion discovery;
    discovery.input = input;
    auto const out = json::parse(significance(discovery).json);
    EXPECT_NEAR(number(out["p0"]), study.p0, 1e-6) << study.name;
    EXPECT_NEAR(number(out["z"]), study.z, 2e-6) << study.name;
    for (auto const& [value, rise] : study.rises) {
      ScanQuestion question;
      question.input = input;
      question.axes = {{out["poi"].get<std::string>(), {value, value + 0.1, 2}}};
      question.cl = {inference::one_sigma, 0.95};
      auto const scanned = json::parse(scan(question).json);
      EXPECT_NEAR(number(scanned["points"][0]["two_delta_nll"]), rise, 2e-7) << study.name << value;
      EXPECT_NEAR(number(scanned["intervals"][0]["low"]), study.low, 2e-5) << study.name;
      EXPECT_NEAR(number(scanned["intervals"][0]["high"]), study.high, 2e-5) << study.name;
      EXPECT_NEAR(number(scanned["intervals"][1]["low"]), study.low_95, 2e-5) << study.name;
      EXPECT_NEAR(number(scanned["intervals"][1]["high"]), study.high_95, 2e-5) << study.name;
    }
    LimitQuestion question;
    question.input = input;
    auto const limits = json::parse(limit(question).json)["asymptotic"];
    EXPECT_NEAR(number(limits["observed"]), study.limits[0], 1e-5) << study.name;
    std::size_t i = 1;
    for (char const* const band : {"-2", "-1", "0", "+1", "+2"}) {
      EXPECT_NEAR(number(limits["expected"][band]), study.limits[i++], 1e-5) << study.name << band;
    }
  }
}

}  // namespace
}  // namespace toyfarm::run
