#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "toyfarm/report/answer_figures.hpp"
#include "toyfarm/report/page.hpp"

#include "report/pictures.hpp"

namespace toyfarm::report {
namespace {

using Json = nlohmann::json;
constexpr double inf = std::numeric_limits<double>::infinity();

std::string const hostile = "<script>\"'&\x1b\xff" + std::string(5000, 'w');

/// 2 Delta NLL = ((x - 1)/0.5)^2 + ((y - 2)/0.25)^2
ScanNumbers paraboloid(int n) {
  ScanNumbers scan{{"x", "y"}, {1, 2}, {{}, {}}, {}, {}, {}};
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < n; ++k) {
      double const x = -1 + 4.0 * i / (n - 1);
      double const y = 1 + 2.0 * k / (n - 1);
      scan.values[0].push_back(x);
      scan.values[1].push_back(y);
      scan.two_delta_nll.push_back(std::pow((x - 1) / 0.5, 2) + std::pow((y - 2) / 0.25, 2));
    }
  }
  return scan;
}

/// All points of the paths of a class.
std::vector<Point> path_points(std::string const& svg, std::string const& kind) {
  std::vector<Point> points;
  std::regex const path("<path class=\"line " + kind + "\" d=\"([^\"]*)\"");
  std::regex const place("[ML]([-0-9.]+) ([-0-9.]+)");
  for (std::sregex_iterator it(svg.begin(), svg.end(), path), end; it != end; ++it) {
    std::string const d = (*it)[1];
    for (std::sregex_iterator at(d.begin(), d.end(), place); at != end; ++at) {
      points.push_back({std::stod((*at)[1]), std::stod((*at)[2])});
    }
  }
  return points;
}

TEST(ScanFigure, draws_the_points_it_tells) {
  ScanNumbers scan{{"mu"},
                   {1},
                   {{0, 0.5, 1, 1.5, 2}},
                   {4, 1, 0, 1, 4},
                   {},
                   {{0.6827, 0.5, 1.5, "crossing", "at_bound"}}};
  auto const figure = scan_figure(scan);
  EXPECT_EQ(Json::parse(figure.numbers).at("two_delta_nll").get<std::vector<double>>(),
            scan.two_delta_nll);
  auto const points = path_points(figure.picture.body, "fit");
  ASSERT_EQ(points.size(), 5U);
  PlotSize const size;
  double const bottom = size.height - size.bottom;
  for (std::size_t i = 0; i < points.size(); ++i) {
    double const x = (points[i].x - size.left) / (size.width - size.left - size.right) * 2;
    EXPECT_NEAR(x, scan.values[0][i], 1e-4);
    EXPECT_NEAR((bottom - points[i].y) / (bottom - points[0].y) * 4, scan.two_delta_nll[i], 1e-3);
  }
  EXPECT_NE(figure.caption.find("[0.5, 1.5 (at_bound)]"), std::string::npos) << figure.caption;
  expect_inside(figure.picture);
}

TEST(ScanMap, has_contours_where_the_levels_are) {
  auto const figure = scan_map_figure(paraboloid(41));
  PlotSize const size;
  auto const points = path_points(figure.picture.body, "fit");
  ASSERT_GT(points.size(), 40U);
  std::size_t n = 0;
  for (auto const& point : points) {
    double const x = -1 + 4 * (point.x - size.left) / (size.width - size.left - size.right);
    double const y = 3 - 2 * (point.y - size.top) / (size.height - size.top - size.bottom);
    if (x < 0 && y > 2.7) {
      continue;  // the legend's line
    }
    ++n;
    EXPECT_NEAR(std::pow((x - 1) / 0.5, 2) + std::pow((y - 2) / 0.25, 2), 2.2958, 0.05);
  }
  EXPECT_GT(n, 40U);
  expect_inside(figure.picture);
}

TEST(ScanMap, takes_any_order_and_gaps) {
  auto scan = paraboloid(9);
  std::ranges::reverse(scan.two_delta_nll);
  std::ranges::reverse(scan.values[0]);
  std::ranges::reverse(scan.values[1]);
  scan.two_delta_nll[10] = inf;
  scan.two_delta_nll[20] = no_number;
  expect_inside(scan_map_figure(scan).picture);
}

TEST(Impacts, are_sorted_and_hold_what_is_missing) {
  std::vector<ImpactNumbers> impacts;
  for (int i = 0; i < 50; ++i) {
    impacts.push_back({"n" + std::to_string(i), 0.1 * i, 0.9, 0.01 * i, -0.02 * i, no_number, inf});
  }
  impacts[3] = {hostile, no_number, no_number, no_number, -5, 1, -1};
  auto const figure = impacts_figure("mu", impacts);
  auto const json = Json::parse(figure.numbers);
  ASSERT_EQ(json.at("name").size(), 50U);
  EXPECT_EQ(json.at("post_down")[0], -5.0);
  EXPECT_EQ(json.at("name")[1], "n49");
  EXPECT_EQ(json.at("post_down")[1].get<double>(), -0.98);
  EXPECT_TRUE(json.at("pull")[0].is_null());
  EXPECT_NE(figure.caption.find("40 largest of 50"), std::string::npos);
  expect_inside(figure.picture);
}

TEST(Bands, are_told_and_drawn_for_each_row) {
  BandNumbers const numbers{"limit",
                            {{"toys", 2.5, {0.5, 0.7, 1, 1.4, 2}},
                             {hostile, no_number, {no_number, 1, 2, 3, no_number}}}};
  auto const figure = band_figure(numbers, "limit", "Limit");
  auto const json = Json::parse(figure.numbers);
  EXPECT_EQ(json.at("observed")[0], 2.5);
  EXPECT_TRUE(json.at("observed")[1].is_null());
  EXPECT_EQ(json.at("expected_1").get<std::vector<double>>(),
            (std::vector<double>{0.5, 0.7, 1, 1.4, 2}));
  EXPECT_EQ(attribute(figure.picture.body, "rect class=\"area outer\"", "x").size(), 1U);
  EXPECT_EQ(attribute(figure.picture.body, "rect class=\"area inner\"", "x").size(), 2U);
  expect_inside(figure.picture);
}

TEST(AnswerFigures, hold_empty_and_infinite_numbers) {
  expect_inside(cls_figure({"mu", 0.95, no_number, {}, {}}).picture);
  expect_inside(cls_figure({hostile,
                            0.95,
                            1.5,
                            {1, 2, 3},
                            {{0.5, 0.4, 0.6}, {0.04, no_number, inf}, {no_number, 0, 1}}})
                    .picture);
  expect_inside(belt_figure({"mu", {}, {}, {}, {}}).picture);
  expect_inside(belt_figure({"mu",
                             {0, 1, 2},
                             {inf, 1, 3},
                             {{0.9, {{2, 1.9, 2.1}, {2.5, 2, inf}, {}}}},
                             {{0.9, 0.5, inf}}})
                    .picture);
  expect_inside(coverage_figure({"mu", {}}).picture);
  expect_inside(coverage_figure({"mu",
                                 {{hostile, 0.95, {1}, {{0.94, 0.93, 0.95}}},
                                  {"p", 0.6827, {1, 2}, {{0.7, no_number, no_number}, {}}}}})
                    .picture);
  expect_inside(band_figure({"z", {}}, "z", "z").picture);
  expect_inside(impacts_figure("mu", {}).picture);
  expect_inside(impacts_figure("mu", {{"a", 1e308, 1e308, 1.7e308, -1.7e308, 1, 1}}).picture);
  ScanNumbers const flat{{hostile}, {no_number}, {{1, 1}}, {inf, no_number}, {}, {}};
  expect_inside(scan_figure(flat).picture);
}

TEST(Page, keeps_keys_of_figures_apart_and_text_text) {
  Page page{hostile, hostile, {}};
  Section section{hostile,
                  {hostile},
                  {hostile},
                  {{hostile, hostile}},
                  {{{hostile}, {{hostile}}}},
                  {},
                  {},
                  {{hostile, "a\n" + hostile}}};
  for (auto const* name : {"a-b", "a b", "a_b"}) {
    section.figures.push_back({file_key(name), hostile, hostile, {10, 10, hostile, ""}, "{}"});
  }
  page.sections.push_back(section);
  auto const text = html(page);
  EXPECT_EQ(text.find("<script>\""), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  for (auto const* key : {"id=\"a_b\"", "id=\"a_b_2\"", "id=\"a_b_3\""}) {
    EXPECT_NE(text.find(key), std::string::npos) << key;
  }
  auto const files = svg_files(page);
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[2].first, "a_b_3.svg");
  EXPECT_EQ(file_key("../../etc/passwd\x00<é>"), "______etc_passwd");
}

}  // namespace
}  // namespace toyfarm::report
