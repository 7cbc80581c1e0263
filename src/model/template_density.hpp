#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "model/pdf.hpp"

namespace toyfarm::model {

/// A density of one observable without parameters: nothing to prepare, no derivatives. Subclasses
/// give ln p and their break points.
class FixedDensity : public Density {
 public:
  explicit FixedDensity(PdfSource const& source) : observable_(source.observable) {}

  std::size_t n_params() const noexcept final { return 0; }
  std::size_t scratch_size() const noexcept final { return 0; }
  bool prepare(std::span<double const>, Derivatives, std::span<double>) const final { return true; }
  void evaluate(std::span<double const>,
                Points points,
                Derivatives,
                LogDensityView out) const final {
    fill(points.columns[observable_], points.size, out.value);
  }
  std::vector<double> guide_points(std::span<double const>) const override { return {}; }

 private:
  /// ln p at n points.
  virtual void fill(double const* x, std::size_t n, double* ln_p) const = 0;

  std::size_t observable_;
};

/// Throws SpecError unless `edges` (field `name`, at least two) increase strictly from the window's
/// lower to its upper bound, these within 1e-12 of its scale.
inline void check_support(PdfSource const& source,
                          std::string const& name,
                          std::vector<double> const& edges) {
  auto const& type = source.pdf.type;
  if (edges.size() < 2) {
    source.fail(
        name, type + " " + name + " needs at least 2 values, got " + std::to_string(edges.size()));
  }
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (!std::isfinite(edges[i]) || (i > 0 && !(edges[i] > edges[i - 1]))) {
      source.fail(name + "/" + std::to_string(i),
                  type + " " + name + " must be finite and strictly increasing, got " +
                      number_text(edges[i]));
    }
  }
  double const tolerance =
      1e-12 * std::max({1.0, std::abs(source.window.lower), std::abs(source.window.upper)});
  if (std::abs(edges.front() - source.window.lower) > tolerance ||
      std::abs(edges.back() - source.window.upper) > tolerance) {
    source.fail(name,
                type + " support [" + number_text(edges.front()) + ", " +
                    number_text(edges.back()) + "] must match observable '" +
                    source.pdf.observable + "' bounds (" + number_text(source.window.lower) + ", " +
                    number_text(source.window.upper) + ")" + " (channel '" +
                    source.context.channel + "')");
  }
}

/// Finds the interval of a point among increasing edges: interval i is [e_i, e_{i+1}), points
/// outside belong to the first or last. A uniform table of starting places makes look-up a step or
/// two however many edges there are.
class IntervalFinder {
 public:
  explicit IntervalFinder(std::vector<double> edges)
      : edges_(std::move(edges)), start_(2 * edges_.size()) {
    auto const n = static_cast<double>(start_.size());
    scale_ = n / (edges_.back() - edges_.front());
    for (std::size_t s = 0; s < start_.size(); ++s) {
      double const x = edges_.front() + static_cast<double>(s) / scale_;
      auto const above = std::upper_bound(edges_.begin(), edges_.end(), x);
      auto const i =
          above == edges_.begin() ? 0 : static_cast<std::size_t>(above - edges_.begin()) - 1;
      start_[s] = std::min(i, edges_.size() - 2);
    }
  }

  [[nodiscard]] std::size_t operator()(double x) const noexcept {
    double const cell =
        std::clamp((x - edges_.front()) * scale_, 0.0, static_cast<double>(start_.size() - 1));
    std::size_t i = start_[static_cast<std::size_t>(cell)];
    while (i > 0 && x < edges_[i]) {
      --i;
    }
    while (i + 2 < edges_.size() && x >= edges_[i + 1]) {
      ++i;
    }
    return i;
  }

  [[nodiscard]] std::vector<double> const& edges() const noexcept { return edges_; }
  [[nodiscard]] std::vector<double> inner() const { return {edges_.begin() + 1, edges_.end() - 1}; }

 private:
  std::vector<double> edges_;
  std::vector<std::size_t> start_;
  double scale_ = 1;
};

}  // namespace toyfarm::model
