#include "model/pdf_case.hpp"

namespace toyfarm::model::testing {

PdfCase spline_case() {
  PdfCase c{.type = "spline"};
  c.values = {{z_window,
               {},
               {60, 80.5, 117.25},
               {-4.763241740558586, -3.823610372675984, -3.607005842772689},
               {{"knots_x", std::vector<double>{60, 75, 82, 90, 105, 120}},
                {"knots_y", std::vector<double>{1, 3, 2.5, 2.5, 0.1, 4}}}}};
  c.toys = {{"spline", {}, R"("knots_x":[0,2,3,7,10],"knots_y":[1,4,2,0.5,3],)"}};
  return c;
}

}  // namespace toyfarm::model::testing
