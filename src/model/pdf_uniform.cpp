#include <algorithm>

#include "model/template_density.hpp"

namespace toyfarm::model {
namespace {

class Uniform final : public FixedDensity {
 public:
  explicit Uniform(PdfSource const& source)
      : FixedDensity(source), log_density_(-std::log(source.window.upper - source.window.lower)) {}

  void fill(double const*, std::size_t n, double* ln_p) const override {
    std::fill_n(ln_p, n, log_density_);
  }

  std::vector<double> break_points(std::span<double const>) const override { return {}; }

 private:
  double log_density_;
};

}  // namespace

PdfType uniform_pdf() {
  return {.name = "uniform", .make = make_density<Uniform>};
}

}  // namespace toyfarm::model
