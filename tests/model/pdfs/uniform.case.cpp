#include "model/pdf_case.hpp"

namespace toyfarm::model::testing {

PdfCase uniform_case() {
  PdfCase c{.type = "uniform"};
  c.points = points_of(c.type, z_window, {{}});
  c.reference.log_f = [](Case const&, Theta const&, Real) -> Real { return 0; };
  c.values = {{z_window,
               {},
               {60, 90, 120},
               {-4.0943445622221007, -4.0943445622221007, -4.0943445622221007}}};
  c.toys = {{"uniform"}};
  c.studies = {peak_on("peak on uniform",
                       gaussian_peak,
                       R"({"type":"uniform","observable":"x"})",
                       gaussian_parameters)};
  c.bench = {{c.type, z_window, {}}};
  return c;
}

}  // namespace toyfarm::model::testing
