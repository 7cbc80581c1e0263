#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "toyfarm/model/model.hpp"

namespace toyfarm::study {

/// Points of a model from which fits of observed data start.
class ObservedStarts {
 public:
  /// Around `start`. `model` must outlive the object.
  ObservedStarts(model::Model const& model, std::vector<double> start);

  /// Shapes that are near a bound go a quarter of their range away from it.
  [[nodiscard]] std::vector<double> away_from_bounds() const;
  /// Shapes by up to a tenth of their range, every other attempt anywhere in it; yields by up to e.
  [[nodiscard]] std::vector<double> jittered(std::uint32_t attempt) const;
  /// One process gets most of the events of its channel, so that its shape follows them; the others
  /// share the rest.
  [[nodiscard]] std::vector<double> dominated(std::vector<double> theta,
                                              std::size_t channel,
                                              std::size_t process,
                                              double n_events) const;
  /// Shapes of a process anywhere between their bounds; nothing where none can go.
  [[nodiscard]] std::optional<std::vector<double>> reshaped(std::vector<double> theta,
                                                            model::Process const& process,
                                                            std::uint32_t draw) const;
  /// Bounds at which a process is a shoulder, or nothing: of its one free shape, or a peak's tails.
  struct End {
    std::size_t parameter;
    double bound;
  };
  [[nodiscard]] std::vector<End> ends_of(model::Process const& process) const;
  /// Parameters with a kink in some yield that may have either sign.
  [[nodiscard]] std::vector<std::size_t> two_sided() const;

 private:
  [[nodiscard]] bool moves(std::size_t j) const;

  model::Model const* model_;
  std::vector<double> start_;
  std::vector<bool> is_shape_;
};

}  // namespace toyfarm::study
