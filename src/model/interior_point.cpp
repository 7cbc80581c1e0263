#include "toyfarm/model/interior_point.hpp"

#include <algorithm>

namespace toyfarm::model {

std::optional<std::vector<double>> interior_point(Model const& model,
                                                  std::span<double const> theta) {
  std::vector<double> out(theta.begin(), theta.end());
  for (auto const& channel : model.channels) {
    for (auto const& process : channel.processes) {
      if (process.shape.density->has_edge()) {
        for (auto const j : process.shape_params) {
          auto const& p = model.parameters[j];
          if (!p.fixed) {
            out[j] = std::clamp(0.0, p.lower, p.upper);
          }
        }
      }
    }
  }
  return out;
}

}  // namespace toyfarm::model
