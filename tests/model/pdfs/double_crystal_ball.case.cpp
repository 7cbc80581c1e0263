#include "model/crystal_ball_reference.hpp"

namespace toyfarm::model::testing {

PdfCase double_crystal_ball_case() {
  PdfCase c{.type = "double_crystal_ball"};
  c.points =
      points_of(c.type, z_window, {{91, 2.5, 1.5, 3, 2, 4},       {91, 2.5, 0.3, 1.01, 0.2, 1.05},
                                   {91, 2.5, 1e-3, 2, 1e-3, 3},   {91, 2.5, 1, 1e4, 1, 1e4},
                                   {91, 2.5, 1, 150, 2, 300},     {91, 2.5, 5, 3, 6, 2},
                                   {91, 2.5, 20, 3, 20, 3},       {91, 0.05, 1, 1.5, 1, 1.5},
                                   {91, 100, 1, 2, 1, 2},         {130, 3, 1, 4, 1, 4},
                                   {130, 3, 10, 4, 1, 2},         {50, 3, 1, 4, 2, 3},
                                   {20, 1, 2, 5, 2, 5},           {20, 1, 2, 5, 50, 5},
                                   {91, 2.5, 0.1, 120, 0.1, 120}, {91, 10, 2.9, 1.0001, 2, 40},
                                   {119.9, 0.3, 2, 8, 1, 2},      {1000, 10, 0.5, 3, 2, 2},
                                   {91, 2.5, 3, 8, 1, 1e6},       {91, 2.5, 1, 20, 8, 2}});
  c.reference = crystal_ball_reference();
  c.values = {{z_window,
               {91.2, 2.5, 1.3, 2.7, 0.9, 4.1},
               {60, 88.7, 117.25},
               {-7.948312498293527, -2.5985050080138388, -7.128682843374976}}};
  std::vector<double> const inside{91, 2, 1, 3, 1, 3};
  c.outside = {{inside, {91, 2, 1, 3, 0, 3}},
               {inside, {91, 2, 1, 3, 1, 1}},
               {inside, {91, 2, 1, 3, std::numeric_limits<double>::quiet_NaN(), 3}}};
  c.toys = {{"double_crystal_ball",
             {{"m", 5}, {"s", 0.6}, {"al", 1}, {"nl", 2.5, 1.01}, {"ar", 1.6}, {"nr", 5, 1.01}}}};
  c.bench = {{c.type, z_window, {91, 2.5, 1.5, 3, 2, 4}}};
  return c;
}

}  // namespace toyfarm::model::testing
