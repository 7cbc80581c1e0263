#pragma once
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "toyfarm/core/aligned.hpp"
#include "toyfarm/model/density.hpp"

namespace toyfarm::model::testing {

/// A one-channel context for building densities: parameters p0, p1, … with room on either side
/// unless a test sets them.
struct Workbench {
  std::vector<spec::Observable> observables{{"x", std::nullopt, {0, 1}}};
  std::vector<spec::Parameter> parameters;

  [[nodiscard]] DensityContext context() const {
    return {"spec.json", "sig", "main", &observables, &parameters, spec::UnknownFields::refuse};
  }
};

inline spec::Parameter parameter(std::string name, double init, double lower, double upper) {
  return {std::move(name), init, {lower, upper}, false, std::nullopt};
}

inline spec::Pdf pdf_on(std::string observable,
                        std::string type,
                        std::vector<std::string> params,
                        std::map<std::string, spec::Attribute> attributes = {}) {
  return {std::move(type),
          std::move(observable),
          std::move(params),
          std::move(attributes),
          {},
          "/channels/0/processes/0/pdf"};
}

/// Builds a pdf of one observable over `window`, with parameters whose bounds are wide enough for
/// any domain check at `theta`.
inline BuiltDensity build(std::string const& type,
                          spec::Interval window,
                          std::vector<double> const& theta,
                          std::map<std::string, spec::Attribute> attributes = {}) {
  Workbench bench;
  bench.observables[0].bounds = window;
  std::vector<std::string> names;
  for (std::size_t k = 0; k < theta.size(); ++k) {
    names.push_back(std::string("p").append(std::to_string(k)));
    bench.parameters.push_back({names.back(), theta[k], {theta[k], theta[k]}, true, std::nullopt});
  }
  return build_density(pdf_on("x", type, names, std::move(attributes)), bench.context());
}

/// ln p and derivatives at points: value[i], first[k][i], second[packed][i].
struct Evaluation {
  bool prepared = false;
  std::vector<double> value;
  std::vector<std::vector<double>> first;
  std::vector<std::vector<double>> second;
};

/// Prepares at theta and evaluates points given as columns[observable].
inline Evaluation evaluate(Density const& density,
                           std::vector<double> const& theta,
                           std::vector<std::vector<double>> const& columns,
                           Derivatives order = Derivatives::second) {
  Evaluation result;
  std::size_t const n = columns.front().size();
  std::size_t const p = density.n_params();
  std::size_t const stride = n + 3;
  std::vector<double> scratch(density.scratch_size());
  result.prepared = density.prepare(theta, order, scratch);
  if (!result.prepared) {
    return result;
  }
  double const untouched = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> value(n, untouched);
  std::vector<double> first(order == Derivatives::none ? 0 : p * stride, untouched);
  std::vector<double> second(order == Derivatives::second ? packed_size(p) * stride : 0, untouched);
  std::vector<double const*> pointers;
  for (auto const& c : columns) {
    pointers.push_back(c.data());
  }
  density.evaluate(
      scratch, {pointers.data(), n}, order, {value.data(), first.data(), second.data(), stride});
  result.value = value;
  for (std::size_t k = 0; order != Derivatives::none && k < p; ++k) {
    auto const at = first.begin() + static_cast<std::ptrdiff_t>(k * stride);
    result.first.emplace_back(at, at + static_cast<std::ptrdiff_t>(n));
  }
  for (std::size_t e = 0; order == Derivatives::second && e < packed_size(p); ++e) {
    auto const at = second.begin() + static_cast<std::ptrdiff_t>(e * stride);
    result.second.emplace_back(at, at + static_cast<std::ptrdiff_t>(n));
  }
  return result;
}

/// A parameter point of a pdf at which laws are tested.
struct Case {
  std::string type;
  spec::Interval window;
  std::vector<double> theta;
  std::map<std::string, spec::Attribute> attributes{};
};

inline BuiltDensity build(Case const& c) {
  return build(c.type, c.window, c.theta, c.attributes);
}

inline std::string describe(Case const& c) {
  std::string text = c.type + " on [" + std::to_string(c.window.lower) + ", " +
                     std::to_string(c.window.upper) + "] at";
  for (auto const t : c.theta) {
    text.append(" ").append(std::to_string(t));
  }
  for (auto const& [name, value] : c.attributes) {
    auto const* word = std::get_if<std::string>(&value);
    text.append(", ").append(name).append(word != nullptr ? " " + *word : "");
  }
  return text;
}

}  // namespace toyfarm::model::testing
