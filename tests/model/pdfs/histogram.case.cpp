#include "model/pdf_case.hpp"

namespace toyfarm::model::testing {

PdfCase histogram_case() {
  PdfCase c{.type = "histogram"};
  c.values = {{z_window,
               {},
               {60, 70, 117.25},
               {-3.301113923105173, -6.163314804034641, -3.7654195312362706},
               {{"bin_edges", std::vector<double>{60, 70, 95, 120}},
                {"bin_content", std::vector<double>{3, 0, 5}},
                {"pseudo_count", 0.5}}}};
  c.toys = {{"histogram with an empty bin",
             {},
             R"("bin_edges":[0,1,2.5,4,10],"bin_content":[3,0,5,1],)"}};
  return c;
}

}  // namespace toyfarm::model::testing
