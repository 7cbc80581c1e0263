#include <algorithm>
#include <array>
#include <cmath>
#include <regex>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "toyfarm/report/answer_figures.hpp"
#include "toyfarm/report/markup.hpp"
#include "toyfarm/report/toy_figures.hpp"

#include "report/pictures.hpp"
#include "support/hostile_words.hpp"
#include "support/rows.hpp"

namespace toyfarm::report {
namespace {

using Json = nlohmann::json;
constexpr double inf = std::numeric_limits<double>::infinity();

/// A free parameter `mu` of truth 1 with made-up rows.
ToyNumbers made_up_numbers(std::uint64_t n, record::StudyInfo& study, record::RowTable& rows) {
  study = test::small_study(n);
  study.truth = {1, 1, 1};
  rows = test::made_up_rows(study.layout(), {{0}, n});
  return toy_numbers(study, rows, ensemble::summarise(study, rows, {{0}, n}));
}

ToyNumbers made_up_numbers(std::uint64_t n) {
  record::StudyInfo study;
  record::RowTable rows({});
  return made_up_numbers(n, study, rows);
}

TEST(ToyNumbers, count_every_converged_toy_once) {
  record::StudyInfo study;
  record::RowTable rows({});
  auto const numbers = made_up_numbers(500, study, rows);
  ASSERT_EQ(numbers.parameters.size(), 2U);  // the third is fixed
  EXPECT_EQ(numbers.parameters[0].name, "mu");
  std::uint64_t n = 0;
  std::uint64_t n_errors = 0;
  std::vector<std::uint64_t> counts(numbers.parameters[0].estimates.counts.size());
  auto const& histogram = numbers.parameters[0].estimates;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto const row = rows[i];
    if (core::is_converged(row.fit().status)) {
      ++n;
      n_errors += row.fit().errors[0] > 0 ? 1 : 0;
      double const value = row.fit().values[0];
      for (std::size_t b = 0; b < counts.size(); ++b) {
        bool const is_last = b + 1 == counts.size();
        double const low = histogram.low + static_cast<double>(b) * histogram.bin_width();
        counts[b] += value >= low && (value < low + histogram.bin_width() || is_last) ? 1 : 0;
      }
    }
  }
  EXPECT_EQ(histogram.n_inside() + histogram.below + histogram.above, n);
  EXPECT_EQ(histogram.counts, counts);
  auto const& pulls = numbers.parameters[0].pulls;
  EXPECT_EQ(pulls.n_inside() + pulls.below + pulls.above, n_errors);
}

TEST(ToyNumbers, correlate_as_the_formula_does) {
  record::StudyInfo study;
  record::RowTable rows({});
  auto const numbers = made_up_numbers(300, study, rows);
  std::vector<std::array<double, 2>> values;
  std::array<double, 2> mean{};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (auto const row = rows[i]; core::is_converged(row.fit().status)) {
      values.push_back({row.fit().values[0], row.fit().values[1]});
      mean[0] += row.fit().values[0];
      mean[1] += row.fit().values[1];
    }
  }
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (auto const& [x, y] : values) {
    double const dx = x - mean[0] / static_cast<double>(values.size());
    double const dy = y - mean[1] / static_cast<double>(values.size());
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  ASSERT_EQ(numbers.correlation.names, (std::vector<std::string>{"mu", "tau"}));
  EXPECT_NEAR(numbers.correlation.values[1], xy / std::sqrt(xx * yy), 1e-12);
  EXPECT_EQ(numbers.correlation.values[0], 1);
  EXPECT_EQ(numbers.correlation.values[1], numbers.correlation.values[2]);
}

TEST(ToyNumbers, hold_far_off_toys_and_equal_ones) {
  record::StudyInfo study = test::small_study(100);
  record::RowTable rows(study.layout());
  for (std::uint64_t i = 0; i < 100; ++i) {
    auto row = test::made_up_row(study.layout(), i);
    row.fit().status = core::FitStatus::converged;
    row.fit().values = {i == 50 ? 1e9 : row.fit().values[0], 3, 1};
    rows.append(row);
  }
  auto const numbers = toy_numbers(study, rows, ensemble::summarise(study, rows, {{0}, 100}));
  EXPECT_EQ(numbers.parameters[0].estimates.above, 1U);
  EXPECT_GT(numbers.parameters[0].estimates.n_inside(), 90U);
  EXPECT_LT(numbers.parameters[0].estimates.high, 10);
  EXPECT_EQ(numbers.parameters[1].estimates.n_inside(), 100U);
  EXPECT_TRUE(std::isnan(numbers.correlation.values[1]));  // no width, no correlation
  for (auto const& parameter : numbers.parameters) {
    expect_inside(estimate_figure(parameter).picture);
    expect_inside(pull_figure(parameter).picture);
  }
}

TEST(EstimateFigure, has_the_counts_in_json_and_at_its_points) {
  auto const numbers = made_up_numbers(1000);
  auto const& p = numbers.parameters[0];
  auto const figure = estimate_figure(p);
  auto const json = Json::parse(figure.numbers);
  EXPECT_EQ(json.at("counts").get<std::vector<std::uint64_t>>(), p.estimates.counts);
  EXPECT_EQ(json.at("mean").get<double>(), p.estimate.mean);
  EXPECT_EQ(json.at("low").get<double>(), p.estimates.low);

  // Counts are proportional to heights above the frame's lower side.
  auto const y = attribute(figure.picture.body, "circle class=\"dot data\"", "cy");
  std::vector<double> counts;
  for (auto const n : p.estimates.counts) {
    if (n > 0) {
      counts.push_back(static_cast<double>(n));
    }
  }
  ASSERT_EQ(y.size(), counts.size() + 1);  // and one in the legend
  PlotSize const size;
  double const bottom = size.height - size.bottom;
  auto const most = static_cast<std::size_t>(std::ranges::max_element(counts) - counts.begin());
  double const per_count = (bottom - y[most]) / counts[most];
  for (std::size_t i = 0; i < counts.size(); ++i) {
    EXPECT_NEAR((bottom - y[i]) / per_count, counts[i], 0.02 / per_count);
  }
  expect_inside(figure.picture);
}

TEST(Plot, has_nothing_outside_its_frame) {
  Plot plot(Axis{0, 1, "x"}, Axis{0, 1, "y"});
  std::vector<Point> const wild{
      {-5, -5}, {0.5, 1e300}, {0.6, inf}, {NAN, 0.3}, {2, 0.5}, {0.2, -inf}};
  plot.curve(wild, style::fit);
  plot.dashes(wild, style::fit);
  plot.hollow(wild, style::fit);
  std::vector<ErrorPoint> points;
  std::vector<BandPoint> band;
  for (auto const& point : wild) {
    points.push_back({point.x, point.y, inf, 1e9, 5, NAN});
    band.push_back({point.x, point.y, point.x});
    plot.rectangle(point, {0.5, 0.5}, style::plus);
    plot.vertical(point.x, style::truth);
    plot.horizontal(point.y, style::truth);
    plot.text(point, "words");
  }
  points.push_back({0.5, 0.5, 3, 3, 1e12, 0.1});
  plot.points(points, style::data);
  plot.band(band, style::inner);
  auto const picture = plot.picture("wild");
  expect_inside(picture);
  EXPECT_EQ(attribute(picture.body, "line", "x1").size(), 2U);  // of the last point's bars
}

TEST(Plot, cuts_a_line_at_the_frame) {
  Plot plot(Axis{0, 1, ""}, Axis{0, 1, ""}, PlotSize{100, 100, 10, 10, 10, 10});
  std::vector<Point> const line{{-1, -1}, {2, 2}};
  plot.curve(line, style::fit);
  EXPECT_NE(plot.picture("").body.find("d=\"M10.00 90.00L90.00 10.00\""), std::string::npos)
      << plot.picture("").body;
}

TEST(Ticks, are_round_and_few_for_any_range) {
  for (auto const& [low, high] : {std::pair(0.0, 1.0),
                                  {-3.7, 12.1},
                                  {1e9, 1e9 + 1e-7},
                                  {-2e-7, 3e-7},
                                  {0.0, 1e300},
                                  {5.0, 5.0 + 1e-12}}) {
    auto const ticks = ticks_of(Axis{low, high, ""}, 5);
    EXPECT_LE(ticks.major.size(), 12U) << low << " " << high;
    for (auto const& [value, text] : ticks.major) {
      EXPECT_LE(text.size(), 24U) << text;
    }
  }
  auto const ticks = ticks_of(Axis{0, 2e-4, ""}, 4);
  ASSERT_GE(ticks.major.size(), 3U);
  EXPECT_EQ(ticks.power, -6);
  EXPECT_EQ(ticks.major[1].second, "50");
  EXPECT_NEAR(ticks.major[1].first, 5e-5, 1e-18);
}

TEST(Escaped, leaves_no_character_that_means_something) {
  auto words = test::hostile_words(7, 300);
  words.insert(words.end(),
               {"<script>alert(1)</script>",
                "\"' onload='x",
                std::string("a\0b", 3),
                "\x1b[31m",
                "\xff\xfe",
                "\xef\xbf\xbf",
                "]]>",
                "&amp;",
                std::string(5000, 'w')});
  for (auto const& word : words) {
    auto const text = escaped(word);
    EXPECT_EQ(text.find_first_of("<>\"'"), std::string::npos) << text;
    for (auto at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1)) {
      EXPECT_TRUE(std::regex_search(text.substr(at, 7), std::regex("^&(lt|gt|amp|quot|#39);")))
          << text;
    }
    for (char const c : text) {
      EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    }
    EXPECT_EQ(text.find("\xef\xbf\xbf"), std::string::npos);
    EXPECT_LE(text.size(), 400U * 8);
  }
  EXPECT_EQ(escaped("a<b & 'c'"), "a&lt;b &amp; &#39;c&#39;");
}

TEST(Numbers, read_back_to_the_same_bits_whatever_the_names) {
  std::vector<double> const values{0.1, -1e-300, 1e300, 3, inf, -inf, NAN};
  for (auto const& word : test::hostile_words(11, 100)) {
    auto const text = Numbers().add(word, std::span<double const>(values)).add("word", word).text();
    EXPECT_EQ(text.find_first_of("<>&"), std::string::npos);
    auto const json = Json::parse(text);
    EXPECT_EQ(json.at("word").get<std::string>(), word);
    auto const& list = json.at(word);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(list[i].get<double>(), values[i]);
    }
    EXPECT_EQ(list[4], "inf");
    EXPECT_EQ(list[5], "-inf");
    EXPECT_TRUE(list[6].is_null());
  }
  EXPECT_EQ(Json::parse(Numbers().add("w", "\xff\x01").text()).at("w"), "\xef\xbf\xbd\x01");
}

TEST(Fitting, cuts_between_characters) {
  EXPECT_EQ(fitting("mass", 100, 10), "mass");
  auto const text = fitting(std::string(5000, 'w'), 100, 10);
  EXPECT_LE(text_width(text, 10), 100);
  EXPECT_TRUE(text.ends_with("…"));
  EXPECT_EQ(fitting("漢字漢字漢字", 45, 10), "漢字漢…");
}

TEST(ValueText, has_as_many_decimals_as_the_error) {
  EXPECT_EQ(value_text(1.23456, 0.0432), "1.235 ± 0.043");
  EXPECT_EQ(value_text(-91.2, 0.5), "−91.20 ± 0.50");
  EXPECT_EQ(value_text(12345, 678), "12345 ± 678");
  EXPECT_EQ(value_text(2, NAN), "2");
}

}  // namespace
}  // namespace toyfarm::report
