#pragma once
#include <optional>

#include "run/belt_toys.hpp"

namespace toyfarm::run {

/// A quantile of the statistic.
[[nodiscard]] Json critical_json(double cl, std::optional<inference::Critical> const& critical);

/// The belt at the true values of a grid: quantiles of the statistic, and estimates within them.
[[nodiscard]] Answer belt_without_data(IntervalQuestion const& question,
                                       Input const& input,
                                       ToyFarm& farm,
                                       std::size_t poi,
                                       double bound);

}  // namespace toyfarm::run
