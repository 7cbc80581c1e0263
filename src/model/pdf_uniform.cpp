#include <algorithm>

#include "model/template_density.hpp"

namespace toyfarm::model {
namespace {

class Uniform final : public FixedDensity {
 public:
  explicit Uniform(PdfSource const& source)
      : log_density_(-std::log(source.window.upper - source.window.lower)) {}

  void evaluate(std::span<double const>,
                Points points,
                Derivatives,
                LogDensityView out) const override {
    std::fill_n(out.value, points.size, log_density_);
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
