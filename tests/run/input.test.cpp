// A spec with its events, and fits of them.
#include "toyfarm/run/input.hpp"

#include <cmath>
#include <fstream>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/run/observed_fit.hpp"

#include "run/small_run.hpp"

namespace toyfarm::run {
namespace {

class Inputs : public testing::Test {
 protected:
  InputRequest request() {
    InputRequest out;
    out.config = test::write_small_spec(scratch_);
    out.data = {{"c", events("events.csv", 40)}};
    return out;
  }
  std::string events(std::string const& name, int n, std::string const& more = "") {
    std::ofstream file(scratch_ / name);
    file << "x\n";
    for (int i = 0; i < n; ++i) {
      file << (i + 0.5) / n << "\n";
    }
    file << more;
    return (scratch_ / name).string();
  }
  test::Scratch scratch_;
};

TEST_F(Inputs, have_their_events_and_what_they_were_read_from) {
  auto const input = read_input(request());
  EXPECT_EQ(input.data.channels.at(0).size(), 40U);
  EXPECT_TRUE(input.channels_without_data.empty());
  ASSERT_EQ(input.files.size(), 1U);
  EXPECT_EQ(input.data_hash.size(), 64U);
  EXPECT_FALSE(input.weighted);
}

TEST_F(Inputs, without_events_say_so_when_they_are_wanted) {
  auto no_data = request();
  no_data.data.clear();
  auto const input = read_input(no_data);
  EXPECT_EQ(input.channels_without_data, std::vector<std::string>{"c"});
  EXPECT_THROW(require_data(input, "fit"), core::SpecError);
}

TEST_F(Inputs, have_events_that_are_written_in_the_spec_unless_a_file_replaces_them) {
  auto const with_entries = [&](std::string const& entries) {
    std::string text = test::small_spec;
    auto const at = text.find("\"observables\"");
    text.insert(at, "\"data\": {\"entries\": [" + entries + "]}, ");
    std::ofstream(scratch_ / "written.json") << text;
    InputRequest out;
    out.config = (scratch_ / "written.json").string();
    return out;
  };
  auto written = with_entries("[0.25], [0.5], [0.125]");
  auto const input = read_input(written);
  EXPECT_EQ(input.data.channels.at(0).columns.at(0), (core::Column{0.25, 0.5, 0.125}));
  EXPECT_TRUE(input.files.empty());
  EXPECT_TRUE(input.channels_without_data.empty());
  std::ofstream(scratch_ / "same.csv") << "x\n0.25\n0.5\n0.125\n";
  auto from_file = request();
  from_file.data["c"] = (scratch_ / "same.csv").string();
  EXPECT_EQ(input.data_hash, read_input(from_file).data_hash);
  EXPECT_EQ(files_named_by(written).size(), 1U);
  EXPECT_EQ(read_input(with_entries("")).data.channels.at(0).size(), 0U);
  EXPECT_THROW(static_cast<void>(read_input(with_entries("[0.25], [7]"))), core::DataError);
  written = with_entries("[0.25]");
  written.data["c"] = events("events.csv", 40);
  EXPECT_EQ(read_input(written).data.channels.at(0).size(), 40U);
}

TEST_F(Inputs, refuse_events_of_no_channel_and_outside_the_window) {
  auto other = request();
  other.data["d"] = other.data["c"];
  EXPECT_THROW(static_cast<void>(read_input(other)), core::UsageError);
  auto outside = request();
  outside.data["c"] = events("outside.csv", 3, "7\n");
  EXPECT_THROW(static_cast<void>(read_input(outside)), core::Error);
  outside.outside = io::OutsidePolicy::drop;
  EXPECT_EQ(read_input(outside).data.channels.at(0).size(), 3U);
}

TEST_F(Inputs, take_values_of_a_file_by_name_and_within_bounds) {
  auto const input = read_input(request());
  auto const write = [&](std::string const& text) {
    std::ofstream(scratch_ / "at.json") << text;
    return (scratch_ / "at.json").string();
  };
  auto const values = with_values_from(write(R"({"n": 33})"), input.model, input.model.init());
  EXPECT_EQ(values, std::vector<double>{33});
  for (char const* const bad : {R"({"m": 1})", R"({"n": -1})", "{", R"({"n": "x"})"}) {
    EXPECT_THROW(static_cast<void>(with_values_from(write(bad), input.model, input.model.init())),
                 core::DataError)
        << bad;
  }
}

TEST_F(Inputs, are_fitted) {
  auto const input = read_input(request());
  auto const fitted = fit_observed(input, {});
  EXPECT_EQ(fitted.fit.result.status, core::FitStatus::converged);
  EXPECT_NEAR(fitted.fit.result.values[0], 40, 1e-9);
  auto const document = fit_document(input, fitted);
  EXPECT_EQ(document.parameter_names, std::vector<std::string>{"n"});
  EXPECT_TRUE(document.converged);
  auto const text = fit_text(input, fitted);
  EXPECT_NE(text.find("status converged"), std::string::npos) << text;
  EXPECT_NE(reason_of_end(fitted).find("EDM"), std::string::npos);
}

TEST_F(Inputs, are_fitted_from_another_start) {
  auto const input = read_input(request());
  ObservedRequest how;
  std::ofstream(scratch_ / "start.json") << R"({"n": 900})";
  how.start = (scratch_ / "start.json").string();
  EXPECT_NEAR(fit_observed(input, how).fit.result.values[0], 40, 1e-9);
}

// n events of a Poisson mean: the ends of its interval solve 2 (nu - n - n ln(nu / n)) = 1.
TEST_F(Inputs, are_fitted_with_asymmetric_errors) {
  auto const input = read_input(request());
  ObservedRequest how;
  how.minos = true;
  auto const fitted = fit_observed(input, how);
  ASSERT_EQ(fitted.minos.size(), 1U);
  auto const& ends = fitted.minos[0];
  for (double const nu : {ends.low, ends.high}) {
    EXPECT_NEAR(2 * (nu - 40 - 40 * std::log(nu / 40)), 1, 1e-5);
  }
  EXPECT_LT(ends.low, 40);
  EXPECT_GT(ends.high, 40);
  EXPECT_NE(fit_text(input, fitted).find("-5.996 / +6.662"), std::string::npos)
      << fit_text(input, fitted);
  EXPECT_NE(io::fit_json(fit_document(input, fitted)).find("\"minus\""), std::string::npos);
}

}  // namespace
}  // namespace toyfarm::run
