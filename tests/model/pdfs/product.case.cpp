#include "model/pdf_case.hpp"

namespace toyfarm::model::testing {

// Laws and toys of products are those of their components: see density_values.test.cpp and
// toys/products.test.cpp.
PdfCase product_case() {
  return {.type = "product"};
}

}  // namespace toyfarm::model::testing
