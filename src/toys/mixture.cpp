#include "toys/mixture.hpp"

#include <algorithm>
#include <utility>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/kernels/math.hpp"

namespace toyfarm::toys {

bool Mixture::add(model::Density const& density, std::vector<double> theta, double weight) {
  Component component{&density, std::vector<double>(density.scratch_size()), weight};
  if (!density.prepare(theta, model::Derivatives::none, component.scratch)) {
    return false;
  }
  auto const breaks = density.break_points(theta);
  auto const guides = density.guide_points(theta);
  breaks_.insert(breaks_.end(), breaks.begin(), breaks.end());
  guides_.insert(guides_.end(), guides.begin(), guides.end());
  rounding_ += weight * density.rounding(component.scratch);
  components_.push_back(std::move(component));
  weight_ += weight;
  return true;
}

void Mixture::evaluate(std::span<double const> x, std::span<double> out) {
  TOYFARM_EXPECTS(x.size() <= max_points && out.size() == x.size());
  std::fill(
      columns_.begin(), columns_.end(), x.data());  // the densities read their own observable only
  std::fill(out.begin(), out.end(), 0.0);
  double value[max_points];
  for (auto const& c : components_) {
    c.density->evaluate(c.scratch,
                        {columns_.data(), x.size()},
                        model::Derivatives::none,
                        {value, nullptr, nullptr, max_points});
    kernels::exp_n(value, value, x.size());
    kernels::axpy(c.weight, value, out.data(), x.size());
  }
}

}  // namespace toyfarm::toys
