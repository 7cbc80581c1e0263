#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/io/toy_table.hpp"
#include "toyfarm/run/questions.hpp"

namespace toyfarm::run {

/// Data without fluctuations, as a file.
struct AsimovQuestion {
  InputRequest input;
  Observed observed = Observed::shown;
  std::vector<std::pair<std::string, double>> set;  ///< values of parameters
  std::optional<Nuisances> nuisances;  ///< of all others; none: profiled, or init without data
  int threads = 1;
};

struct AsimovAnswer {
  std::string table;  ///< for people
  io::ToyEvents events;
};

/// The Asimov data (study::asimov_data) of values that are set, and of others at their conditional
/// estimates on the data, the spec's init, or the fit of the data with nothing held. Throws what
/// read_input throws, UsageError for values that cannot be and for nuisances that need data,
/// SpecError as study::asimov_data, core::Error (1) where a fit of the data fails.
[[nodiscard]] AsimovAnswer asimov(AsimovQuestion const& question);

}  // namespace toyfarm::run
