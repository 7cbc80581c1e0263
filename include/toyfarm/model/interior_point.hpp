#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "toyfarm/model/model.hpp"

// Parameter points at which all densities that have an edge are positive in their windows. Their
// set is convex: each of those densities, before its normalisation, is linear in its parameters.
namespace toyfarm::model {

/// Which channels' densities must be positive.
enum class EdgeScope { fitted, all };

/// A density that is negative somewhere in its window.
struct NegativeDensity {
  std::size_t channel;
  std::size_t process;
  std::string observable;
  double place;  ///< where it is lowest
};

/// The first density that is negative at `theta`; nothing if none is.
[[nodiscard]] std::optional<NegativeDensity> negative_density(Model const& model,
                                                              std::span<double const> theta,
                                                              EdgeScope scope);

/// `theta` with the free parameters of densities that have an edge, and no others, moved to a point
/// far inside: 0 where bounds and fixed parameters allow that, else where the least of these
/// densities' minima is highest, nearly. Nothing if these cannot all be positive.
[[nodiscard]] std::optional<std::vector<double>> interior_point(
    Model const& model, std::span<double const> theta, EdgeScope scope = EdgeScope::fitted);

/// Moves those parameters of negative densities towards such a point until every minimum is 1 % of
/// its lowest there; parameters that share no density with them stay. Returns false, theta
/// untouched, where there is no such point.
[[nodiscard]] bool move_inside(Model const& model, std::span<double> theta, EdgeScope scope);

}  // namespace toyfarm::model
