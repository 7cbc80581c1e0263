#include "toyfarm/core/status.hpp"

#include <array>

namespace toyfarm::core {
namespace {
constexpr std::array<std::string_view, n_fit_statuses> words{"converged",
                                                             "at_bound",
                                                             "flat",
                                                             "degenerate",
                                                             "infinite_nll",
                                                             "max_iter",
                                                             "failed",
                                                             "uncertified",
                                                             "at_edge"};
constexpr std::array<std::string_view, n_engines> engine_words{
    "eventwise", "compressed", "refined"};
constexpr std::array<std::string_view, n_held> held_words{"lower", "", "upper", "edge", "unused"};
}  // namespace

std::string_view to_string(FitStatus status) noexcept {
  return words[static_cast<std::size_t>(status)];
}

std::string_view to_string(Engine engine) noexcept {
  return engine_words[static_cast<std::size_t>(engine)];
}

std::string_view to_string(Held held) noexcept {
  return held_words[static_cast<std::size_t>(static_cast<int>(held) + 1)];
}

std::optional<Engine> engine(std::string_view word) noexcept {
  for (std::size_t i = 0; i < engine_words.size(); ++i) {
    if (engine_words[i] == word) {
      return static_cast<Engine>(i);
    }
  }
  return std::nullopt;
}

std::optional<FitStatus> fit_status(std::string_view word) noexcept {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == word) {
      return static_cast<FitStatus>(i);
    }
  }
  return std::nullopt;
}

}  // namespace toyfarm::core
