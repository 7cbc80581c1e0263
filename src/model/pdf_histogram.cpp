#include "model/template_density.hpp"

namespace toyfarm::model {
namespace {

class Histogram final : public FixedDensity {
 public:
  Histogram(PdfSource const& source, std::vector<double> edges, std::vector<double> masses)
      : FixedDensity(source), find_(std::move(edges)), log_density_(std::move(masses)) {
    double total = 0;
    for (auto const mass : log_density_) {
      total += mass;
    }
    for (std::size_t i = 0; i < log_density_.size(); ++i) {
      log_density_[i] = std::log(log_density_[i]) - std::log(total) -
                        std::log(find_.edges()[i + 1] - find_.edges()[i]);
    }
  }

  void fill(double const* x, std::size_t n, double* ln_p) const override {
    for (std::size_t i = 0; i < n; ++i) {
      ln_p[i] = log_density_[find_(x[i])];
    }
  }

  std::vector<double> break_points(std::span<double const>) const override { return find_.inner(); }

 private:
  IntervalFinder find_;
  std::vector<double> log_density_;  // -inf for an empty bin
};

DensityPtr make_histogram(PdfSource const& source) {
  auto edges = source.numbers("bin_edges");
  auto masses = source.numbers("bin_content");
  double const pseudo_count = source.number("pseudo_count", 0);
  check_support(source, "bin_edges", edges);
  if (!std::isfinite(pseudo_count) || pseudo_count < 0) {
    source.fail("pseudo_count",
                "histogram pseudo_count must be finite and >= 0, got " + number_text(pseudo_count));
  }
  if (masses.size() + 1 != edges.size()) {
    source.fail("bin_content",
                "histogram bin_content must have one value per bin: expected " +
                    std::to_string(edges.size() - 1) + ", got " + std::to_string(masses.size()));
  }
  double total = 0;
  for (std::size_t i = 0; i < masses.size(); ++i) {
    if (!std::isfinite(masses[i]) || masses[i] < 0) {
      source.fail("bin_content/" + std::to_string(i),
                  "histogram bin_content must be finite and >= 0, got " + number_text(masses[i]));
    }
    masses[i] += pseudo_count;
    total += masses[i];
  }
  if (!(total > 0) || !std::isfinite(total)) {
    source.fail("bin_content",
                "histogram total content must be finite and > 0 after pseudo_count, got " +
                    number_text(total));
  }
  return std::make_unique<Histogram>(source, std::move(edges), std::move(masses));
}

}  // namespace

PdfType histogram_pdf() {
  return {.name = "histogram",
          .make = make_histogram,
          .fields = {"bin_content", "bin_edges", "pseudo_count"}};
}

}  // namespace toyfarm::model
