#pragma once
#include <optional>
#include <span>
#include <vector>

#include "toyfarm/model/model.hpp"

namespace toyfarm::model {

[[nodiscard]] std::optional<std::vector<double>> interior_point(Model const& model,
                                                                std::span<double const> theta);

}  // namespace toyfarm::model
