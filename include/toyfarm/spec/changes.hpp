#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/spec/spec.hpp"

namespace toyfarm::spec {

/// What one run changes of a model: options --fix, --float, --bounds and --poi.
struct ModelChanges {
  std::vector<std::pair<std::string, std::optional<double>>> fix{};  ///< value: else its init
  std::vector<std::string> release{};                                ///< parameters to float
  std::vector<std::pair<std::string, Interval>> bounds{};
  std::optional<std::string> poi{};
  [[nodiscard]] bool empty() const {
    return fix.empty() && release.empty() && bounds.empty() && !poi;
  }
};

/// The spec that says so: its text is a document with the changes in it, so that whatever is read
/// from that text again is this model. An init that new bounds leave outside moves to the nearest
/// of them, of which a notice tells. Throws UsageError, naming the option, for parameters that the
/// spec lacks, contradictions, and values outside the bounds.
[[nodiscard]] Spec changed(Spec const& spec, ModelChanges const& changes, UnknownFields unknown);

}  // namespace toyfarm::spec
