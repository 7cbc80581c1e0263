#include "toyfarm/inference/profile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/inference/normal.hpp"

#include "inference/root.hpp"

namespace toyfarm::inference {
namespace {

constexpr int max_steps = 40;

/// One side of the profile: sqrt(2 Delta NLL) - target, nearly a straight line in the POI.
class Side {
 public:
  Side(ProfileFit const& fit, FitEnd const& best, double target)
      : fit_(&fit), best_(best), target_(target) {}

  /// NaN once a fit failed or found a lower minimum; state() tells which, at() where.
  double operator()(double poi) {
    ++n_fits_;
    Statistic const t = evaluate(StatisticKind::t, {best_, (*fit_)(poi), std::nullopt}, poi);
    if (t.outcome != Outcome::value) {
      end_ = {poi,
              t.outcome == Outcome::fault ? ProfileState::lower_minimum : ProfileState::failed};
      return std::numeric_limits<double>::quiet_NaN();
    }
    return std::sqrt(t.value) - target_;
  }

  [[nodiscard]] double target() const { return target_; }
  [[nodiscard]] ProfileEnd stopped() const { return end_; }
  [[nodiscard]] int n_fits() const { return n_fits_; }

 private:
  ProfileFit const* fit_;
  FitEnd best_;
  double target_;
  ProfileEnd end_;
  int n_fits_ = 0;
};

/// Looks from the estimate towards a bound, in distances from the estimate.
ProfileEnd find_end(Side& side, double best, double bound, ProfileOptions const& options) {
  double const direction = bound < best ? -1 : 1;
  double const farthest = std::abs(bound - best);
  auto const away = [&](double distance) {
    return side(distance == farthest ? bound : best + direction * distance);
  };
  Place low{0, -side.target()};
  double distance = side.target() * options.error;
  for (int i = 0; i < max_steps; ++i) {
    if (farthest == 0) {
      return {bound, ProfileState::at_bound};
    }
    distance = std::min(distance, farthest);
    Place const high{distance, away(distance)};
    if (std::isnan(high.f)) {
      return side.stopped();
    }
    if (high.f >= 0) {
      auto const root = find_root(away, high, low, 0, options.tolerance / 2);
      return root ? ProfileEnd{best + direction * *root, ProfileState::crossing} : side.stopped();
    }
    if (distance == farthest) {
      return {bound, ProfileState::at_bound};
    }
    low = high;
    distance *= std::clamp(1.1 * side.target() / (high.f + side.target()), 1.1, 2.);
  }
  return {best + direction * low.x, ProfileState::unbounded};
}

}  // namespace

ProfileInterval profile_interval(ProfileFit const& fit,
                                 FitEnd const& best,
                                 ProfileOptions const& options) {
  TOYFARM_EXPECTS(options.error > 0 && options.lower <= best.poi && best.poi <= options.upper);
  Side side(fit, best, std::sqrt(chi2_quantile(options.cl, 1)));
  ProfileInterval interval;
  interval.low = find_end(side, best.poi, options.lower, options);
  interval.high = find_end(side, best.poi, options.upper, options);
  interval.n_fits = side.n_fits();
  return interval;
}

}  // namespace toyfarm::inference
