#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/cells/quadrature.hpp"
#include "toyfarm/model/model.hpp"

// How far events on [0, 10] are from a density, without the tables under test.
namespace toyfarm::test {

inline constexpr double window_lower = 0;
inline constexpr double window_upper = 10;

/// sum_p nu_p f_p of a channel on one observable, straight from the densities.
class Density {
 public:
  Density(model::Model const& m, std::size_t channel) : theta_(m.init()) {
    for (auto const& process : m.channels[channel].processes) {
      std::vector<double> values;
      for (auto const k : process.shape_params) {
        values.push_back(theta_[k]);
      }
      Part part{process.shape.density.get(),
                std::vector<double>(process.shape.density->scratch_size()),
                process.yield.value(theta_)};
      EXPECT_TRUE(part.density->prepare(values, model::Derivatives::none, part.scratch));
      auto const breaks = part.density->break_points(values);
      auto const guides = part.density->guide_points(values);
      marks_.insert(marks_.end(), breaks.begin(), breaks.end());
      marks_.insert(marks_.end(), guides.begin(), guides.end());
      parts_.push_back(std::move(part));
    }
  }

  double operator()(double x) const {
    double sum = 0;
    for (auto const& part : parts_) {
      double const* const column = &x;
      double value = 0;
      part.density->evaluate(
          part.scratch, {&column, 1}, model::Derivatives::none, {&value, nullptr, nullptr, 1});
      sum += part.yield * std::exp(value);
    }
    return sum;
  }

  std::vector<double> const& marks() const { return marks_; }

 private:
  struct Part {
    model::Density const* density;
    std::vector<double> scratch;
    double yield;
  };
  std::vector<double> theta_;
  std::vector<Part> parts_;
  std::vector<double> marks_;
};

/// The c.d.f. at sorted x by quadrature on a fine grid that has every mark and its surroundings as
/// borders.
inline std::vector<double> cumulative(Density const& density, std::vector<double> const& x) {
  std::vector<double> grid;
  for (int i = 0; i <= 1000; ++i) {
    grid.push_back(window_lower + (window_upper - window_lower) * i / 1000);
  }
  for (double const mark : density.marks()) {
    grid.push_back(mark);
    for (double step = 1e-6; step < 0.02; step *= 1.5) {
      grid.insert(grid.end(), {mark - step, mark + step});
    }
  }
  grid.erase(std::remove_if(grid.begin(),
                            grid.end(),
                            [](double g) { return !(g >= window_lower && g <= window_upper); }),
             grid.end());
  std::sort(grid.begin(), grid.end());
  cells::GaussLegendre const rule(8);
  std::vector<double> at_x;
  double sum = 0;
  auto next = x.begin();
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    auto const inside = [&](double b) { return rule.integrate(grid[i], b, density); };
    for (; next != x.end() && *next < grid[i + 1]; ++next) {
      at_x.push_back(sum + inside(*next));
    }
    sum += inside(grid[i + 1]);
  }
  at_x.resize(x.size(), sum);
  for (double& c : at_x) {
    c /= sum;
  }
  return at_x;
}

/// Largest distance between the events' distribution and the density's, times sqrt(n). It is looked
/// at on every eighth event, for the density takes its time: less by at most 8/sqrt(n).
inline double kolmogorov(Density const& density, std::vector<double> x) {
  std::sort(x.begin(), x.end());
  constexpr std::size_t stride = 8;
  std::vector<double> looked_at;
  for (std::size_t i = 0; i < x.size(); i += stride) {
    looked_at.push_back(x[i]);
  }
  auto const cdf = cumulative(density, looked_at);
  double distance = 0;
  auto const n = static_cast<double>(x.size());
  for (std::size_t j = 0; j < cdf.size(); ++j) {
    auto const i = static_cast<double>(j * stride);
    distance = std::max({distance, cdf[j] - i / n, (i + 1) / n - cdf[j]});
  }
  return distance * std::sqrt(n);
}

}  // namespace toyfarm::test
