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
                                                             "uncertified"};
}

std::string_view to_string(FitStatus status) noexcept {
  return words[static_cast<std::size_t>(status)];
}

std::string_view to_string(Engine engine) noexcept {
  return engine == Engine::eventwise ? "eventwise" : "compressed";
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
