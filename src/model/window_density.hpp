#pragma once
#include <optional>

#include "model/pdf.hpp"

namespace toyfarm::model {

/// A density of one observable over its window, with constants that wait in scratch. Subclasses say
/// what these are at theta, and what ln p and its derivatives at x are with them.
template <class Constants>
class WindowDensity : public Density {
 public:
  explicit WindowDensity(PdfSource const& source)
      : window_(source.window), observable_(source.observable), n_(source.pdf.params.size()) {}

  std::size_t n_params() const noexcept final { return n_; }
  std::size_t scratch_size() const noexcept final { return doubles_in<Constants>; }
  bool prepare(std::span<double const> theta,
               Derivatives order,
               std::span<double> scratch) const final {
    auto const constants = constants_at(theta, order);
    if (constants) {
      put(*constants, scratch);
    }
    return constants.has_value();
  }
  void evaluate(std::span<double const> scratch,
                Points points,
                Derivatives order,
                LogDensityView out) const final {
    fill(get<Constants>(scratch), {points.columns[observable_], points.size}, order, out);
  }
  std::vector<double> break_points(std::span<double const>) const override { return {}; }

 protected:
  spec::Interval window_;

 private:
  /// Nothing outside the domain.
  [[nodiscard]] virtual std::optional<Constants> constants_at(std::span<double const> theta,
                                                              Derivatives order) const = 0;
  virtual void fill(Constants const& c,
                    std::span<double const> x,
                    Derivatives order,
                    LogDensityView const& out) const = 0;

  std::size_t observable_;
  std::size_t n_;
};

}  // namespace toyfarm::model
