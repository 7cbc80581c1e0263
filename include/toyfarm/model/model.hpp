#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/model/constraint.hpp"
#include "toyfarm/model/density.hpp"
#include "toyfarm/model/yield.hpp"
#include "toyfarm/spec/spec.hpp"

namespace toyfarm::model {

struct Parameter {
  std::string name;
  double init;
  double lower;
  double upper;
  bool fixed;
  bool used;  ///< by a density, yield or constraint that enters the NLL
};

struct Process {
  std::string name;
  BuiltDensity shape;
  std::vector<std::size_t> shape_params;  ///< model parameter of each parameter of the density
  Yield yield;
};

struct Channel {
  std::string name;
  bool in_fit;
  std::vector<spec::Observable> observables;
  std::vector<Process> processes;
};

/// A spec made ready to evaluate: names resolved to indices, densities built. Immutable, shared by
/// threads.
struct Model {
  std::vector<Parameter> parameters;  ///< spec order: the order of every parameter vector
  std::vector<Channel> channels;
  std::vector<std::unique_ptr<Constraint const>> constraints;  ///< in parameter order
  std::optional<std::size_t> poi;

  [[nodiscard]] std::vector<double> init() const;
  /// The global observables that the spec gives, one per constraint.
  [[nodiscard]] std::vector<double> observed_globals() const;
  /// Index of the parameter called `name`; nothing if there is none.
  [[nodiscard]] std::optional<std::size_t> index_of(std::string const& name) const;
};

/// Throws SpecError where names do not resolve or a density, yield or modifier is impossible.
[[nodiscard]] Model build_model(spec::Spec const& spec,
                                spec::UnknownFields unknown = spec::UnknownFields::refuse);

}  // namespace toyfarm::model
