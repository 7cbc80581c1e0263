#pragma once
#include <cstddef>

// What a spec may not have more of. Channels, processes, observables, parameters, modifiers and
// break points have no limit.
namespace toyfarm::spec {

/// Parameters of one density, all components of a product together: a thread keeps a block of
/// points for each pair of them, 2 GB at the limit.
inline constexpr std::size_t max_density_params = 2000;

}  // namespace toyfarm::spec
