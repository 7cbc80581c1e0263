#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace toyfarm::core {

/// How a fit ended; the same words in rows, fit results and reports. The numbers stand in toys.h5:
/// append only.
enum class FitStatus : std::uint8_t {
  converged = 0,
  at_bound = 1,      ///< converged with parameters at bounds
  flat = 2,          ///< the NLL does not depend on some free parameter
  degenerate = 3,    ///< the NLL does not depend on some combination of free parameters
  infinite_nll = 4,  ///< an event of zero density at every point tried
  max_iter = 5,
  failed = 6,
  uncertified = 7,  ///< compressed fit whose error bound is over the limit
  at_edge = 8       ///< converged where a density touches zero or in a kink of the NLL
};
inline constexpr int n_fit_statuses = 9;

/// Which sum the NLL was: one term per event, weighted nodes, or those of cells cut once or twice
/// more. The numbers stand in toys.h5: append only.
enum class Engine : std::uint8_t { eventwise = 0, compressed = 1, refined = 2 };
inline constexpr int n_engines = 3;

/// What keeps a parameter where it is at the end of a fit. The numbers stand in toys.h5: append
/// only.
enum class Held : std::int8_t {
  lower = -1,  ///< its lower bound
  none = 0,
  upper = 1,  ///< its upper bound
  edge = 2,   ///< a kink of the NLL, or a density that touches zero and depends on it
  unused = 3  ///< nothing in this fit depends on it: a shape whose processes have no yield
};
inline constexpr int n_held = 5;

/// The word for a status: "converged", "at_bound", …
[[nodiscard]] std::string_view to_string(FitStatus status) noexcept;
[[nodiscard]] std::string_view to_string(Engine engine) noexcept;
/// "lower", "upper", "edge", "unused"; empty for none.
[[nodiscard]] std::string_view to_string(Held held) noexcept;
/// The engine a word names; nothing if it names none.
[[nodiscard]] std::optional<Engine> engine(std::string_view word) noexcept;
/// The status a word names; nothing if it names none.
[[nodiscard]] std::optional<FitStatus> fit_status(std::string_view word) noexcept;

/// What old files call `converged: true`.
[[nodiscard]] constexpr bool is_converged(FitStatus status) noexcept {
  return status == FitStatus::converged || status == FitStatus::at_bound ||
         status == FitStatus::at_edge;
}

}  // namespace toyfarm::core
