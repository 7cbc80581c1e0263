#pragma once
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/report/plot.hpp"

namespace toyfarm::report {

/// The numbers that an attribute has, in the order of the text.
inline std::vector<double> attribute(std::string const& svg,
                                     std::string const& element,
                                     std::string const& name) {
  std::regex const pattern("<" + element + "[^>]* " + name + "=\"([^\"]*)\"");
  std::vector<double> out;
  for (std::sregex_iterator it(svg.begin(), svg.end(), pattern), end; it != end; ++it) {
    out.push_back(std::stod((*it)[1]));
  }
  return out;
}

/// Every place that lines, points, areas and texts name lies in the picture.
inline void expect_inside(Picture const& picture) {
  auto const& svg = picture.body;
  EXPECT_EQ(svg.find("nan"), std::string::npos) << svg;
  EXPECT_EQ(svg.find("inf"), std::string::npos) << svg;
  for (auto const& [element, name] :
       {std::pair("circle", "cx"), {"line", "x1"}, {"line", "x2"}, {"rect", "x"}, {"text", "x"}}) {
    for (double const x : attribute(svg, element, name)) {
      EXPECT_GE(x, 0) << element;
      EXPECT_LE(x, picture.width) << element;
    }
  }
  for (auto const& [element, name] :
       {std::pair("circle", "cy"), {"line", "y1"}, {"line", "y2"}, {"rect", "y"}, {"text", "y"}}) {
    for (double const y : attribute(svg, element, name)) {
      EXPECT_GE(y, 0) << element;
      EXPECT_LE(y, picture.height) << element;
    }
  }
  for (double const size : attribute(svg, "text", "font-size")) {
    EXPECT_GE(size, 9);
  }
}

}  // namespace toyfarm::report
