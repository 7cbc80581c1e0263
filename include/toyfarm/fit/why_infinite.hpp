#pragma once
#include <optional>
#include <span>
#include <string>

#include "toyfarm/model/model.hpp"
#include "toyfarm/model/sample.hpp"

namespace toyfarm::fit {

/// Why the NLL of a sample of events is not finite at `theta`: the first fitted channel with a
/// process whose yield or density does not exist there, or with an event of no density, named with
/// the values that matter. Nothing where each channel's part is finite. Slow: for messages.
[[nodiscard]] std::optional<std::string> why_infinite(model::Model const& model,
                                                      model::Sample const& sample,
                                                      std::span<double const> theta);

}  // namespace toyfarm::fit
