#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

namespace toyfarm::fit {

/// Where a parameter is among those of a channel, which it joins if it is not there yet.
inline std::size_t local_index(std::vector<std::size_t>& params, std::size_t parameter) {
  auto const place = std::ranges::find(params, parameter) - params.begin();
  if (place == std::ssize(params)) {
    params.push_back(parameter);
  }
  return static_cast<std::size_t>(place);
}

}  // namespace toyfarm::fit
