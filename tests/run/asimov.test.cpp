// Asimov data as files: fits of them give back what they were made of.
#include "toyfarm/run/asimov.hpp"

#include <cmath>
#include <numeric>

#include "toyfarm/run/observed_fit.hpp"

#include "run/counting.hpp"
#include "support/shared.hpp"

namespace toyfarm::run {
namespace {

using nlohmann::json;
using test::fixed;
using test::number;

class AsimovFiles : public test::Counting {
 protected:
  /// A file of the question's data, asked about instead of the spec's.
  InputRequest data_of(AsimovQuestion const& question) {
    auto const file = (scratch_ / "asimov.h5").string();
    auto const answer = asimov(question);
    io::write_toy_events(file, answer.events);
    auto out = question.input;
    for (auto const& channel : answer.events.channels) {
      out.data[channel.name] = file;
    }
    return out;
  }
  /// Z of 0 signal in data, and what is expected of a signal.
  static double z_of(InputRequest const& input) {
    SignificanceQuestion question;
    question.input = input;
    return number(json::parse(significance(question).json)["z"]);
  }
  static double expected_z(InputRequest const& input, double poi) {
    SignificanceQuestion question;
    question.input = input;
    question.expect = poi;
    return number(json::parse(significance(question).json)["expected"]["0"]);
  }
};

InputRequest search() {
  InputRequest input;
  input.config = (test::source_folder() / "jobscripts/examples/search.json").string();
  return input;
}

TEST_F(AsimovFiles, are_fitted_where_they_were_made) {
  AsimovQuestion question;
  question.input = search();
  question.set = {{"mu", 0.75}};
  auto const truth = asimov(question).events.truth;
  auto const input = read_input(data_of(question));
  auto const efficiency = input.model.index_of("efficiency").value();
  EXPECT_NE(truth[efficiency], 0) << "its conditional estimate on the data";
  EXPECT_EQ(input.globals, std::vector<double>{truth[efficiency]});
  auto const free = fit_observed(input, {}).fit.result;
  ASSERT_TRUE(core::is_converged(free.status));
  for (std::size_t j = 0; j < truth.size(); ++j) {
    double const within = free.errors[j] > 0 ? 1e-6 * free.errors[j] : 0;
    EXPECT_NEAR(free.values[j], truth[j], within) << input.model.parameters[j].name;
  }
  auto const again = fit_toy_file(input, (scratch_ / "asimov.h5").string()).fit.result;
  EXPECT_NEAR(again.nll, free.nll, 1e-9 * std::abs(free.nll));
}

TEST_F(AsimovFiles, have_the_significance_that_is_expected) {
  AsimovQuestion question;
  question.input = search();
  question.set = {{"mu", 1}};
  double const expected = expected_z(question.input, 1);
  EXPECT_NEAR(z_of(data_of(question)), expected, 1e-6 * expected);
}

TEST_F(AsimovFiles, of_counts_have_the_significance_of_a_formula) {
  AsimovQuestion question;
  question.input = counting(10, 340, 370);
  question.set = {{"mu", 3}};
  double const s = 30;
  double const b = 340;
  EXPECT_NEAR(z_of(data_of(question)), std::sqrt(2 * ((s + b) * std::log(1 + s / b) - s)), 1e-7);
}

// No signal in n_on of b and n_off of tau b: b is (n_on + n_off) / (1 + tau).
TEST_F(AsimovFiles, have_nuisances_at_their_conditional_estimates) {
  AsimovQuestion question;
  question.input = spec(
      R"({"name": "mu", "init": 1, "bounds": [0, 500]}, {"name": "b", "init": 5, "bounds": [0, 1000]})",
      test::channel(
          "on",
          {R"({"type": "parameter", "name": "mu"})", R"({"type": "parameter", "name": "b"})"},
          events("on.csv", 14)) +
          ", " + test::channel("off", {test::scaled(4, "b")}, events("off.csv", 20)));
  auto const total = [](io::ToyEvents::Channel const& channel) {
    return std::accumulate(channel.weights.begin(), channel.weights.end(), 0.0);
  };
  auto const expect = [&](double mu, double b) {
    auto const found = asimov(question).events;
    EXPECT_NEAR(found.truth.at(0), mu, 1e-6 * (1 + mu));
    EXPECT_NEAR(found.truth.at(1), b, 1e-6 * b);
    EXPECT_NEAR(total(found.channels.at(0)), mu + b, 1e-6 * b);
    EXPECT_NEAR(total(found.channels.at(1)), 4 * b, 1e-6 * b);
  };
  question.set = {{"mu", 0}};
  expect(0, 34 / 5.0);
  question.nuisances = Nuisances::mle;
  expect(0, 5);
  question.nuisances = Nuisances::init;
  expect(0, 5);
  question.set = {};
  expect(1, 5);
  question.nuisances = Nuisances::profiled;
  expect(9, 5);
  question.nuisances.reset();
  question.observed = Observed::blind;
  question.set = {{"b", 7}};
  expect(1, 7);
}

TEST_F(AsimovFiles, of_what_cannot_be_are_refused) {
  AsimovQuestion question;
  question.input = search();
  question.set = {{"nu", 1}};
  EXPECT_THROW(static_cast<void>(asimov(question)), core::UsageError);
  question.set = {{"mu", 1000}};
  EXPECT_THROW(static_cast<void>(asimov(question)), core::UsageError);
  question.set = {};
  question.observed = Observed::blind;
  question.nuisances = Nuisances::profiled;
  EXPECT_THROW(static_cast<void>(asimov(question)), core::UsageError);
}

TEST_F(AsimovFiles, of_other_models_are_refused) {
  AsimovQuestion question;
  question.input = search();
  auto events = asimov(question).events;
  auto input = question.input;
  auto const read = [&](std::string const& name) {
    auto const file = (scratch_ / name).string();
    io::write_toy_events(file, events);
    input.data["dijet"] = file;
    return read_input(input);
  };
  EXPECT_GT(read("good.h5").data.channels.at(0).size(), 0U);
  events.constrained = {"other"};
  EXPECT_THROW(static_cast<void>(read("constraint.h5")), core::DataError);
  events.constrained = {"efficiency"};
  events.channels.at(0).name = "other";
  EXPECT_THROW(static_cast<void>(read("channel.h5")), core::Error);  // told by a child
}

}  // namespace
}  // namespace toyfarm::run
