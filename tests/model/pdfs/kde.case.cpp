#include "model/pdf_case.hpp"

namespace toyfarm::model::testing {

PdfCase kde_case() {
  PdfCase c{.type = "kde"};
  c.values = {{z_window,
               {},
               {60, 80.5, 117.25},
               {-2.6209022669713296, -13.45295150170004, -3.677824287410501},
               {{"bandwidth", 2.0},
                {"centers", std::vector<double>{61, 90, 93.5, 119.5}},
                {"weights", std::vector<double>{1, 2, 0, 0.5}}}}};
  c.toys = {{"kde", {}, R"("bandwidth":0.4,"centers":[1,2,2.2,7.5,9.9],)"},
            {"narrow kde",
             {},
             R"("bandwidth":0.001,"centers":[1,2,2.2,2.201,7.5,9.9999],"weights":[1,2,1,1,3,1],)"}};
  return c;
}

}  // namespace toyfarm::model::testing
