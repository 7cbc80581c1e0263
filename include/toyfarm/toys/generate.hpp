#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/model/model.hpp"
#include "toyfarm/model/sample.hpp"
#include "toyfarm/toys/tables.hpp"

// Toys: what is drawn is a function of (tables or model, seed, toy) alone. Streams are keyed by
// (seed, toy, channel, purpose), so nothing that happens in one channel changes another.
namespace toyfarm::toys {

/// Draws the events of one toy, channels outside the fit included. `out` may hold anything; its
/// memory is reused, and in the long run nothing is allocated. Events of a channel come cell by
/// cell or process by process, in no meaningful order.
void generate(GenerationTables const& tables,
              std::uint64_t seed,
              core::ToyId toy,
              model::Sample& out);

/// Draws the centre of every constraint: N(theta_j, sigma_j), not truncated, theta being the
/// generation point; a fixed parameter's constraint keeps its mean. `out` has one entry per
/// constraint of the model.
void global_observables(model::Model const& model,
                        std::span<double const> theta,
                        std::uint64_t seed,
                        core::ToyId toy,
                        std::span<double> out);

/// Uniform deviates in [-1, 1) for the attempt-th start of a toy's fit.
void jitter(std::uint64_t seed, core::ToyId toy, std::uint32_t attempt, std::span<double> out);

}  // namespace toyfarm::toys
