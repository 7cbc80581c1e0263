#include "model/ellipsoid.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Core>

namespace toyfarm::model {
namespace {

constexpr double hardly = 1e-6;
constexpr double good_enough = 0.9;

/// {z : (z - centre)^T shape^-1 (z - centre) <= 1}, at first the least around a box.
struct Ellipsoid {
  Eigen::VectorXd centre;
  Eigen::MatrixXd shape;

  explicit Ellipsoid(Box const& box) {
    auto const n = static_cast<Eigen::Index>(box.lower.size());
    Eigen::Map<Eigen::VectorXd const> const lower(box.lower.data(), n);
    Eigen::Map<Eigen::VectorXd const> const upper(box.upper.data(), n);
    centre = 0.5 * (lower + upper);
    // A side of no width would never be cut to a point.
    Eigen::VectorXd const half = (0.5 * (upper - lower)).cwiseMax(1e-9);
    shape = (static_cast<double>(n) * half.cwiseAbs2()).asDiagonal();
  }

  [[nodiscard]] double reach(Eigen::VectorXd const& g) const {
    return std::sqrt(std::max(0.0, g.dot(shape * g)));
  }

  /// Keeps what has g^T (z - centre) >= depth; false if nothing is left.
  bool cut(Eigen::VectorXd const& g, double depth) {
    double const length = reach(g);
    if (!(length > 0)) {
      return false;
    }
    double const alpha = depth / length;
    if (alpha >= 1) {
      return false;
    }
    auto const n = static_cast<double>(centre.size());
    Eigen::VectorXd const step = shape * g / length;
    if (centre.size() == 1) {  // an interval
      centre += 0.5 * (1 + alpha) * step;
      shape *= 0.25 * (1 - alpha) * (1 - alpha);
      return true;
    }
    if (alpha > -1 / n) {
      centre += (1 + n * alpha) / (n + 1) * step;
      shape = n * n / (n * n - 1) * (1 - alpha * alpha) *
              (shape - 2 * (1 + n * alpha) / ((n + 1) * (1 + alpha)) * step * step.transpose());
      shape = (0.5 * (shape + shape.transpose())).eval();
    }
    return true;
  }
};

/// The side of the box that the centre is farthest beyond: as g and depth of a cut.
struct Beyond {
  Eigen::VectorXd g;
  double depth = 0;
};
Beyond beyond(Box const& box, Eigen::VectorXd const& z) {
  Beyond most{Eigen::VectorXd::Zero(z.size()), 0};
  for (Eigen::Index i = 0; i < z.size(); ++i) {
    auto const k = static_cast<std::size_t>(i);
    for (double const side : {1.0, -1.0}) {
      double const depth = side > 0 ? box.lower[k] - z[i] : z[i] - box.upper[k];
      if (depth > most.depth) {
        most.g.setZero();
        most.g[i] = side;
        most.depth = depth;
      }
    }
  }
  return most;
}

}  // namespace

std::optional<std::vector<double>> highest_in(Box const& box, Concave const& f) {
  std::size_t const n = box.lower.size();
  std::vector<double> best;
  std::vector<double> slope;
  double highest = hardly;
  if (n == 0) {
    return f(best, slope) > hardly ? std::optional(best) : std::nullopt;
  }
  Ellipsoid left(box);
  for (std::size_t step = 0; step < 200 * n * n + 200; ++step) {
    auto out = beyond(box, left.centre);
    if (out.depth > 0) {
      if (!left.cut(out.g, out.depth)) {
        break;
      }
      continue;
    }
    std::vector<double> const at(left.centre.begin(), left.centre.end());
    double const value = f(at, slope);
    if (value > highest) {
      highest = value;
      best = at;
    }
    Eigen::Map<Eigen::VectorXd const> const g(slope.data(), static_cast<Eigen::Index>(n));
    if (good_enough * (value + left.reach(g)) <= highest || !left.cut(g, highest - value)) {
      break;
    }
  }
  return best.empty() ? std::nullopt : std::optional(best);
}

}  // namespace toyfarm::model
