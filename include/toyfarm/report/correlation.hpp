#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "toyfarm/report/page.hpp"

namespace toyfarm::report {

/// Parameters beyond cannot be told apart in a figure.
inline constexpr std::size_t most_correlated = 40;

struct Correlation {
  std::vector<std::string> names;
  std::vector<double> values;  ///< [names x names]; NaN: none
};

/// A heat map of at most `most_correlated` parameters. `title` names what is correlated; `n_all`
/// parameters there are.
[[nodiscard]] Figure correlation_figure(Correlation const& correlation,
                                        std::string const& title,
                                        std::size_t n_all);

}  // namespace toyfarm::report
