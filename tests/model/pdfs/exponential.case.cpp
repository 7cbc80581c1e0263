#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

PdfCase exponential_case() {
  PdfCase c{.type = "exponential"};
  c.points =
      points_of(c.type, z_window, {{-0.03}, {0.03},       {0.0},         {1e-13},    {-1e-13},
                                   {1e-9},  {-1e-6},      {1e-4},        {0.00999},  {-0.0101},
                                   {0.1},   {-0.1},       {0.0333},      {-0.0334},  {1},
                                   {-5},    {700.0 / 60}, {-700.0 / 60}, {1e4 / 60}, {-1e4 / 60}});
  c.reference.log_f = [](Case const&, Theta const& t, Real s) { return t[0] * s; };
  c.reference.home = [](Case const& p) -> Real {
    return p.theta[0] > 0 ? p.window.upper : p.window.lower;
  };
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    return {std::max(10 / (p.window.upper - p.window.lower), std::abs(p.theta[0]))};
  };
  c.values = {{z_window,
               {-0.031},
               {60, 88.7, 117.25},
               {-3.304553093616214, -4.194253093616215, -5.079303093616215}},
              {z_window,
               {0.4},
               {60, 88.7, 117.25},
               {-24.916290731836405, -13.4362907318364, -2.016290731836399}}};
  c.outside = {{{0.1}, {std::numeric_limits<double>::infinity()}},
               {{0.1}, {std::numeric_limits<double>::quiet_NaN()}}};
  c.toys = {{"falling exponential", {{"l", -3, -50}}},
            {"rising exponential", {{"l", 0.4, -50}}},
            {"flat exponential", {{"l", 0, -50}}}};
  c.bench = {{c.type, z_window, {-0.03}}};
  return c;
}

}  // namespace toyfarm::model::testing
