#include "model/crystal_ball_reference.hpp"

namespace toyfarm::model::testing {

PdfCase crystal_ball_case() {
  PdfCase c{.type = "crystal_ball"};
  c.points = points_of(
      c.type,
      z_window,
      {{91, 2.5, 1.5, 3},  {91, 2.5, 0.3, 1.01}, {91, 2.5, 1e-3, 2},  {91, 2.5, 1, 1e4},
       {91, 2.5, 1, 150},  {91, 2.5, 5, 3},      {91, 2.5, 20, 3},    {91, 0.05, 1, 1.5},
       {91, 100, 1, 2},    {130, 3, 1, 4},       {130, 3, 10, 4},     {50, 3, 1, 4},
       {20, 1, 2, 5},      {160, 1, 45, 3},      {91, 2.5, 0.1, 120}, {91, 10, 2.9, 1.0001},
       {119.9, 0.3, 2, 8}, {1000, 10, 0.5, 3},   {91, 2.5, 1e-6, 50}, {91, 2.5, 2, 1e6}});
  c.reference = crystal_ball_reference();
  c.values = {{z_window,
               {91.2, 2.5, 1.3, 2.7},
               {60, 88.7, 117.25},
               {-7.783616754003876, -2.4338092637241875, -56.22200926372417}}};
  std::vector<double> const inside{91, 2, 1, 3};
  c.outside = {{inside, {91, 0, 1, 3}},
               {inside, {91, 2, 0, 3}},
               {inside, {91, 2, -1, 3}},
               {inside, {91, 2, 1, 1}},
               {inside, {91, 2, 1, std::numeric_limits<double>::infinity()}}};
  c.toys = {{"crystal_ball", {{"m", 6}, {"s", 0.5}, {"a", 1.2}, {"n", 3, 1.01}}}};
  c.bench = {{c.type, z_window, {91, 2.5, 1.5, 3}}};
  return c;
}

}  // namespace toyfarm::model::testing
