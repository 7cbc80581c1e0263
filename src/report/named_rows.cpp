#include "report/named_rows.hpp"

#include <algorithm>

#include "toyfarm/report/markup.hpp"

namespace toyfarm::report {

NamedRows named_rows(std::vector<std::string> const& names) {
  NamedRows rows;
  auto const n = static_cast<double>(names.size());
  double widest = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    rows.axis.ticks.emplace_back(row_at(i), names[i]);
    widest = std::max(widest, text_width(names[i], 11));
  }
  rows.axis.low = 0.4 - n;
  rows.axis.high = 0.6;
  rows.size.left = std::clamp(widest + 10, 40.0, 150.0);
  rows.size.height = rows.size.top + rows.size.bottom + std::max(60.0, n * 19);
  return rows;
}

}  // namespace toyfarm::report
