#pragma once
#include <cstddef>

// What a spec may not have more of. Channels, processes, observables, parameters, modifiers and
// break points have no limit.
namespace toyfarm::spec {

/// Parameters of one density, all components of a product together: a thread keeps a block of
/// points for each pair of them, 2 GB at the limit.
inline constexpr std::size_t max_density_params = 2000;

/// Bytes of a name, and of a path: both stand in messages and tables.
inline constexpr std::size_t max_name = 1000;
inline constexpr std::size_t max_path = 4096;

}  // namespace toyfarm::spec
