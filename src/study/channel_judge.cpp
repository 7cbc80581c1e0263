#include "study/channel_judge.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace toyfarm::study {

using model::node_order;
using toys::CellVerdict;

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double limit = 0.5e-6;   // of the sums over all cells
constexpr double deviations = 5;   // of the toys' events
constexpr double most_swing = 20;  // of ln f within a cell

}  // namespace

void ChannelJudge::share_among(double n_cells) {
  n_cells_ = n_cells;
  used_.assign(points_.size() * (n_whitened_ + 1), {});
}

double ChannelJudge::used() const {
  double most = 0;
  for (auto const& sums : used_) {
    most = std::max({most, sums.mean / limit, sums.square / std::pow(limit / deviations, 2)});
  }
  return most;
}

CellVerdict ChannelJudge::operator()(toys::CellCandidate const& cell) {
  auto const n_nodes = static_cast<double>(model::grid_size(node_order, cell.n_sides));
  if (cell.events < n_nodes) {
    return CellVerdict::events;
  }
  auto const& side = cell.sides[0];  // joints are in channels of one observable only
  bool const reached = reach_.meets(side.lower, side.upper);
  bool const smooth = !(reached && cell.events > reach_.most_kept) && is_smooth(cell);
  if (smooth) {
    return reached ? CellVerdict::both : CellVerdict::nodes;
  }
  return cell.events < 2 * n_nodes ? CellVerdict::events
         : cell.n_sides == 1       ? CellVerdict::halve
                                   : rougher_side(cell);
}

bool ChannelJudge::is_smooth(toys::CellCandidate const& cell) {
  points_of_.place(cell);
  functions_.set_points(points_of_.nodes(), points_of_.checks());
  tried_.clear();
  auto const& side = cell.sides[0];
  double const margin = 1e-9 * (side.upper - side.lower);
  for (std::size_t i = 0; i < points_.size(); ++i) {
    auto const& point = points_[i];
    bool const holds_joint =
        std::any_of(point.joints.begin(), point.joints.end(), [&](double place) {
          return place > side.lower + margin && place < side.upper - margin;
        });
    if (!holds_joint && !(compare(point, cell) && within_limits(point, cell))) {
      return false;
    }
    tried_.resize((i + 1) * (n_whitened_ + 1));
  }
  for (std::size_t i = 0; i < tried_.size(); ++i) {
    used_[i].mean += tried_[i].mean;
    used_[i].square += tried_[i].square;
  }
  return true;
}

// Interpolates over one cell; false where a density is not positive and finite.
bool ChannelJudge::compare(Point const& point, toys::CellCandidate const& cell) {
  rough_.clear();
  auto const at_nodes = point.place ? functions_.nodes(*point.place) : std::nullopt;
  if (!at_nodes) {
    return false;
  }
  auto const n = points_of_.nodes().size;
  at_nodes_[0].assign(at_nodes->log_f, at_nodes->log_f + n);
  for (std::size_t f = 0; f < first_.size(); ++f) {
    at_nodes_[f + 1].assign(at_nodes->first[f], at_nodes->first[f] + n);
    first_[f] = at_nodes_[f + 1].data();
  }
  auto const at_checks = functions_.checks(*point.place);
  if (!at_checks) {
    return false;
  }
  errors_.compare({{at_nodes_[0].data(), first_.data()}, 0, *at_checks},
                  {first_.size(), cell.n_sides, 1});
  return true;
}

// What rounding does to the interpolation error of a function: its own, and that of x.
double ChannelJudge::rounding(toys::CellCandidate const& cell, std::size_t function) const {
  auto const& values = at_nodes_[function];
  auto const [least, most] = std::minmax_element(values.begin(), values.end());
  double const largest = std::max(std::abs(*least), std::abs(*most));
  double sum = 0;
  for (std::size_t s = 0; s < cell.n_sides; ++s) {
    auto const& side = cell.sides[s];
    double const x = std::max(std::abs(side.lower), std::abs(side.upper));
    sum += 4 * epsilon * (largest + x / (side.upper - side.lower) * (*most - *least));
  }
  return sum;
}

// Notes what of the errors of a function rounding does not explain.
bool ChannelJudge::passes(toys::CellCandidate const& cell, double const* errors, double floor) {
  auto const weights = errors_.check_weights(cell.n_sides);
  double mean = 0;
  double square = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    double const e = errors[i];
    double const beyond = std::copysign(std::max(0.0, std::abs(e) - floor), e);
    mean += weights[i] * beyond;
    square += weights[i] * beyond * beyond;
  }
  ErrorSums const sums{cell.events * std::abs(mean), cell.events * square};
  tried_.push_back(sums);
  return sums.mean <= limit / n_cells_ && sums.square <= std::pow(limit / deviations, 2) / n_cells_;
}

bool ChannelJudge::within_limits(Point const& point, toys::CellCandidate const& cell) {
  auto const& log_f = at_nodes_[0];
  auto const [least, most] = std::minmax_element(log_f.begin(), log_f.end());
  if (*most - *least > most_swing || !passes(cell, errors_.errors(0), rounding(cell, 0))) {
    rough_ = log_f;
    return false;
  }
  for (std::size_t f = 0; f < roundings_.size(); ++f) {
    roundings_[f] = rounding(cell, f + 1);
  }
  auto const& weights = point.whitening.size() > 0 ? point.whitening : points_.front().whitening;
  for (Eigen::Index k = 0; k < weights.cols(); ++k) {
    if (!whitened_passes(weights.col(k), cell)) {
      return false;
    }
  }
  return true;
}

bool ChannelJudge::whitened_passes(Eigen::Ref<Eigen::VectorXd const> const& weights,
                                   toys::CellCandidate const& cell) {
  auto const add = [&](std::vector<double>& sum, auto&& values_of) {
    std::fill(sum.begin(), sum.end(), 0.0);
    for (Eigen::Index f = 0; f < weights.size(); ++f) {
      if (weights[f] == 0) {
        continue;
      }
      double const* const values = values_of(static_cast<std::size_t>(f));
      for (std::size_t i = 0; i < sum.size(); ++i) {
        sum[i] += weights[f] * values[i];
      }
      n_products_ += sum.size();
    }
  };
  double floor = 0;
  for (Eigen::Index f = 0; f < weights.size(); ++f) {
    floor += std::abs(weights[f]) * roundings_[static_cast<std::size_t>(f)];
  }
  whitened_.resize(points_of_.checks().size);
  add(whitened_, [&](std::size_t f) { return errors_.errors(f + 1); });
  if (passes(cell, whitened_.data(), floor)) {
    return true;
  }
  rough_.resize(points_of_.nodes().size);
  add(rough_, [&](std::size_t f) { return at_nodes_[f + 1].data(); });
  return false;
}

// The side of a rough cell along which its function needs higher polynomials; where that function
// does not exist, the one that is wider compared with the observable's bounds.
CellVerdict ChannelJudge::rougher_side(toys::CellCandidate const& cell) const {
  double size[2] = {};
  for (std::size_t s = 0; s < 2; ++s) {
    auto const& side = cell.sides[s];
    auto const& bounds = channel_->observables[side.observable].bounds;
    size[s] =
        rough_.empty() ? (side.upper - side.lower) / (bounds.upper - bounds.lower) : high_part(s);
  }
  return size[0] >= size[1] ? CellVerdict::halve : CellVerdict::halve_second;
}

// Squares of the two highest terms along a side, as series of the function that was rough.
double ChannelJudge::high_part(std::size_t side) const {
  double sum = 0;
  std::vector<double> line(node_order);
  for (std::size_t other = 0; other < node_order; ++other) {
    for (std::size_t j = 0; j < node_order; ++j) {
      line[j] = rough_[side == 0 ? j * node_order + other : other * node_order + j];
    }
    auto const series = nodes_.series(line);
    sum += std::pow(series[node_order - 1], 2) + std::pow(series[node_order - 2], 2);
  }
  return sum;
}

}  // namespace toyfarm::study
