#include "toyfarm/model/rules.hpp"

#include "model/constraint_type.hpp"
#include "model/pdf.hpp"

namespace toyfarm::model {

std::vector<PdfRules> pdf_rules() {
  std::vector<PdfRules> out;
  for (auto const& type : pdf_types()) {
    auto& rules = out.emplace_back();
    rules.type = type.name;
    for (auto const& param : type.params) {
      rules.params.emplace_back(param.name);
    }
    rules.least_params = type.least_params;
    rules.takes_any_number = type.takes_any_params || type.least_params > 0;
    rules.fields = type.fields;
    for (auto const& variant : type.variants) {
      rules.variants.emplace_back(variant.word);
    }
    rules.has_components = type.make == nullptr;
  }
  return out;
}

std::vector<ConstraintRules> constraint_rules() {
  std::vector<ConstraintRules> out;
  for (auto const& type : constraint_types()) {
    out.push_back({type.name, type.fields});
  }
  return out;
}

}  // namespace toyfarm::model
