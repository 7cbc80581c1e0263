#include "run/globals.hpp"

#include <optional>

#include <fmt/core.h>

#include "toyfarm/core/error.hpp"

namespace toyfarm::run {

std::vector<double> globals_of(model::Model const& model,
                               std::vector<io::DataFileEntry> const& files,
                               std::vector<std::map<std::string, double>> const& found) {
  auto out = model.observed_globals();
  for (std::size_t k = 0; k < out.size(); ++k) {
    auto const& name = model.parameters[model.constraints[k]->parameter()].name;
    std::optional<double> value;
    for (std::size_t f = 0; f < files.size(); ++f) {
      if (found[f].empty()) {
        continue;
      }
      auto const own = found[f].find(name);
      if (own == found[f].end()) {
        throw core::DataError(
            files[f].path,
            "has global observables, but none of '" + name + "', which the spec constrains");
      }
      if (value && *value != own->second) {
        throw core::DataError(
            files[f].path,
            fmt::format("the global observable of '{}' is {}, in another file {}: they are of "
                        "different toys",
                        name,
                        own->second,
                        *value));
      }
      value = own->second;
    }
    out[k] = value.value_or(out[k]);
  }
  return out;
}

}  // namespace toyfarm::run
