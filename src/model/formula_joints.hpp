#pragma once
#include <vector>

#include "model/formula_integral.hpp"
#include "model/pdf.hpp"

namespace toyfarm::model {

/// Where a formula's abs, min, max and comparisons switch in its window: at fixed places, or at
/// places that move with parameters, each a zero of something linear in x.
class FormulaJoints {
 public:
  using Borders = std::array<double, 2 + max_formula_joints>;

  /// Throws SpecError where places cannot be found or followed.
  FormulaJoints(PdfSource const& source,
                formula::Graph const& log_f,
                formula::Enclosure const& enclosure);

  [[nodiscard]] std::size_t n_moving() const noexcept { return moving_.size(); }
  /// Written to `out`, inside the window or not.
  void moving(std::span<double const> theta, std::span<double> out) const;
  /// Ends of the window and joints inside, rising.
  std::span<double const> borders(std::span<double const> theta, Borders& out) const;

  /// What second derivatives of ln of the integral get where the slope of ln f jumps at a place
  /// that moves: f(place) / N times the jump of d ln f times the place's derivative. Added to
  /// `second`. False where f itself jumps, or falls to zero so fast that derivatives do not exist.
  bool add_slope_jumps(FormulaAt const& f,
                       double top,
                       double log_norm,
                       std::span<double> second) const;

 private:
  struct Place {
    double x;
    std::array<double, max_formula_params> first;  ///< by the parameters
  };
  [[nodiscard]] Place place(formula::Tape const& difference,
                            std::span<double const> theta,
                            int order) const;

  spec::Interval window_;
  std::vector<double> fixed_;
  std::vector<formula::Tape> moving_;  ///< what is zero there, linear in x
};

}  // namespace toyfarm::model
