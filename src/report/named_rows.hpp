#pragma once
#include <string>
#include <vector>

#include "toyfarm/report/plot.hpp"

namespace toyfarm::report {

/// An axis with a name per row, the first at the top, and the size of a picture that has them.
struct NamedRows {
  Axis axis;
  PlotSize size;
};
[[nodiscard]] NamedRows named_rows(std::vector<std::string> const& names);

/// Where a row is on that axis.
[[nodiscard]] constexpr double row_at(std::size_t i) {
  return -static_cast<double>(i);
}

}  // namespace toyfarm::report
