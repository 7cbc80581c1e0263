#include <array>
#include <limits>
#include <numbers>
#include <utility>

#include "toyfarm/kernels/math.hpp"

#include "model/template_density.hpp"
#include "model/truncated_normal.hpp"

namespace toyfarm::model {
namespace {

struct Kernel {
  double centre;
  double weight;
};

// p = sum_j A_j e^{-(x - c_j)^2 / 2h^2}, A_j = w_j / (sum w * integral of the kernel over the
// window); centres ascending.
class Kde final : public FixedDensity {
 public:
  Kde(PdfSource const& source, double bandwidth, std::vector<Kernel> const& kernels)
      : FixedDensity(source), inverse_(1 / bandwidth) {
    double total = 0;
    for (auto const& k : kernels) {
      total += k.weight;
    }
    for (auto const& k : kernels) {
      auto const cut = truncated_normal(0,
                                        (source.window.lower - k.centre) * inverse_,
                                        (source.window.upper - k.centre) * inverse_);
      centres_.push_back(k.centre);
      amplitudes_.push_back(k.weight / total * inverse_ * std::exp(-cut.log_norm));
    }
    auto const [least, most] = std::minmax_element(amplitudes_.begin(), amplitudes_.end());
    reach_squared_ = 2 * (negligible + std::log(*most) - std::log(*least));
  }

  void fill(double const* x, std::size_t n, double* ln_p) const override {
    for (std::size_t i = 0; i < n; ++i) {
      ln_p[i] = log_density(x[i]);
    }
  }

  std::vector<double> break_points(std::span<double const>) const override { return {}; }

  double scale(std::span<double const>, double, double) const override { return 1 / inverse_; }

  // Centres and one bandwidth to either side, none closer to the one before than half a bandwidth.
  std::vector<double> guide_points(std::span<double const>) const override {
    std::vector<double> all;
    for (auto const c : centres_) {
      all.insert(all.end(), {c - 1 / inverse_, c, c + 1 / inverse_});
    }
    std::sort(all.begin(), all.end());
    std::vector<double> points;
    for (auto const x : all) {
      if (points.empty() || x - points.back() >= 0.5 / inverse_) {
        points.push_back(x);
      }
    }
    return points;
  }

 private:
  static constexpr double negligible = 45;

  // Relative to the nearest kernel's exponential, so that nothing underflows; kernels below e^{-45}
  // of it are left out.
  double log_density(double x) const {
    auto const above = std::lower_bound(centres_.begin(), centres_.end(), x);
    double nearest = above == centres_.end() ? x - centres_.back() : *above - x;
    if (above != centres_.begin()) {
      nearest = std::min(nearest, x - *(above - 1));
    }
    double const t0 = nearest * inverse_;
    double const reach = std::sqrt(t0 * t0 + reach_squared_) / inverse_;
    auto const first = std::lower_bound(centres_.begin(), above, x - reach) - centres_.begin();
    auto const last = std::upper_bound(above, centres_.end(), x + reach) - centres_.begin();
    return std::log(
               kernel_sum(x, t0, static_cast<std::size_t>(first), static_cast<std::size_t>(last))) -
           0.5 * t0 * t0;
  }

  double kernel_sum(double x, double t0, std::size_t first, std::size_t last) const {
    constexpr std::size_t block = 128;
    std::array<double, block> e;
    double total = 0;
    for (; first < last; first += block) {
      std::size_t const n = std::min(block, last - first);
      for (std::size_t j = 0; j < n; ++j) {
        double const t = (x - centres_[first + j]) * inverse_;
        e[j] = 0.5 * (t0 - t) * (t0 + t);
      }
      kernels::exp_n(e.data(), e.data(), n);
      total += kernels::dot(e.data(), amplitudes_.data() + first, n);
    }
    return total;
  }

  double inverse_;  // 1 / bandwidth
  std::vector<double> centres_;
  std::vector<double> amplitudes_;
  double reach_squared_ = 0;  // in bandwidths squared, beyond the nearest kernel's distance squared
};

DensityPtr make_kde(PdfSource const& source) {
  if (!source.has("bandwidth")) {
    source.fail("", "kde needs a field 'bandwidth'");
  }
  double const bandwidth = source.number("bandwidth", 0);
  if (!std::isfinite(bandwidth) || !(bandwidth > 0)) {
    source.fail("bandwidth", "kde bandwidth must be finite and > 0, got " + number_text(bandwidth));
  }
  // Narrower kernels have no double in them but their centre.
  double const resolution = 4 * std::numeric_limits<double>::epsilon() *
                            std::max(std::abs(source.window.lower), std::abs(source.window.upper));
  if (bandwidth < resolution) {
    source.fail("bandwidth",
                "kde bandwidth " + number_text(bandwidth) +
                    " is below what numbers in the window can resolve, " + number_text(resolution));
  }
  auto const centres = source.numbers("centers");
  auto const weights =
      source.has("weights") ? source.numbers("weights") : std::vector<double>(centres.size(), 1.0);
  if (centres.empty()) {
    source.fail("centers", "kde needs at least one centre");
  }
  if (weights.size() != centres.size()) {
    source.fail("weights",
                "kde weights must have one value per centre: expected " +
                    std::to_string(centres.size()) + ", got " + std::to_string(weights.size()));
  }
  std::vector<Kernel> kernels;
  double total = 0;
  for (std::size_t j = 0; j < centres.size(); ++j) {
    if (!(centres[j] >= source.window.lower && centres[j] <= source.window.upper)) {
      source.fail("centers/" + std::to_string(j),
                  "kde centre " + number_text(centres[j]) +
                      " is outside the bounds of observable '" + source.pdf.observable + "'");
    }
    if (!std::isfinite(weights[j]) || weights[j] < 0) {
      source.fail("weights/" + std::to_string(j),
                  "kde weights must be finite and >= 0, got " + number_text(weights[j]));
    }
    if (weights[j] > 0) {
      kernels.push_back({centres[j], weights[j]});
      total += weights[j];
    }
  }
  if (kernels.empty() || !std::isfinite(total)) {
    source.fail("weights", "kde weights must have a finite sum > 0");
  }
  std::sort(kernels.begin(), kernels.end(), [](Kernel const& l, Kernel const& r) {
    return std::pair(l.centre, l.weight) < std::pair(r.centre, r.weight);
  });
  return std::make_unique<Kde>(source, bandwidth, kernels);
}

}  // namespace

PdfType kde_pdf() {
  return {.name = "kde", .make = make_kde, .fields = {"bandwidth", "centers", "weights"}};
}

}  // namespace toyfarm::model
