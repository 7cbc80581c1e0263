#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "toyfarm/model/model.hpp"

#include "toys/mixture.hpp"

namespace toyfarm::toys {

/// A channel at a generation point, and what toys ask of it: what it cannot give is a
/// core::SpecError.
struct ToyChannel {
  model::Channel const& channel;
  std::span<double const> theta;
  std::string const& spec_name;

  [[noreturn]] void fail(std::string const& problem) const;
  /// Events of a process, at most 1e15.
  [[nodiscard]] double yield(model::Process const& process) const;
  /// Of an observable, finite.
  [[nodiscard]] spec::Interval bounds(std::size_t observable) const;
  /// Observables that have a density, rising; all processes must agree on that.
  [[nodiscard]] std::vector<std::size_t> described_observables() const;
  /// Adds weight times the density of a factor.
  void add(Mixture& mixture,
           model::Process const& process,
           model::Factor const& factor,
           double weight) const;
};

}  // namespace toyfarm::toys
