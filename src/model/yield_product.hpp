#pragma once
#include <string>
#include <vector>

#include "toyfarm/model/yield.hpp"
#include "toyfarm/spec/spec.hpp"

namespace toyfarm::model {

/// Where a text stands, for messages.
struct TextPlace {
  std::string file, pointer;
};

/// Factors of a yield that is "=" and a product of parameters, their whole powers and numbers, all
/// of which must be >= 0. Throws SpecError for anything else.
[[nodiscard]] std::vector<YieldFactor> product_factors(
    std::string const& formula,
    std::vector<spec::Parameter> const& parameters,
    TextPlace const& place);

}  // namespace toyfarm::model
