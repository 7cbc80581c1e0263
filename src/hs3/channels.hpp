#pragma once
#include <vector>

#include "hs3/names.hpp"

namespace toyfarm::hs3 {

/// The channels of a likelihood, and what of it constrains parameters.
struct Channels {
  std::vector<Node> nodes;
  struct Constraint {
    View distribution;
    std::optional<View> observed;  ///< the global observable's value, where the data have it
  };
  std::vector<Constraint> constraints;  ///< each distribution once
};

/// Translates all pairs of distributions and data, and notes in `refusals` what a spec cannot say.
[[nodiscard]] Channels channels_of(View const& likelihood,
                                   Workspace const& workspace,
                                   Names& names,
                                   Refusals& refusals);

}  // namespace toyfarm::hs3
