#include "toyfarm/study/layout.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include <Eigen/Cholesky>

#include "toyfarm/cells/chebyshev.hpp"
#include "toyfarm/cells/quadrature.hpp"
#include "toyfarm/fit/node_errors.hpp"

#include "study/cell_points.hpp"
#include "study/expected_covariance.hpp"
#include "study/joint_reach.hpp"
#include "study/test_points.hpp"
#include "study/weak.hpp"

namespace toyfarm::study {
namespace {

using model::check_order;
using model::node_order;
using toys::CellVerdict;

constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double limit = 0.5e-6;   // of the sums over all cells
constexpr double deviations = 5;   // of the toys' events
constexpr double most_swing = 20;  // of ln f within a cell
constexpr double cells_expected = 64;
constexpr int most_widenings = 4;
constexpr double enough_used = 0.5;  // of the allowance
constexpr double most_used = 0.8;

/// Errors of a function summed over events: their mean's magnitude, and their squares.
struct ErrorSums {
  double mean = 0;
  double square = 0;
};

class Judge {
 public:
  Judge(model::Model const& model,
        toys::GenerationTables const& first,
        std::span<double const> theta,
        Eigen::MatrixXd covariance,
        std::span<toys::ChannelPlan const> plans)
      : model_(model),
        theta_(theta.begin(), theta.end()),
        covariance_(std::move(covariance)),
        errors_(model.parameters.size()),
        at_nodes_(model.parameters.size() + 1),
        points_of_(most_observables(model)) {
    points_ = test_points(model, theta_, covariance_);
    for (std::size_t i = 0; i < points_.size(); ++i) {
      nlls_.push_back(std::make_unique<fit::ExtendedNll>(model));
      set_weak_off(plans, *nlls_.back());
    }
    whiten();
    for (std::size_t c = 0; c < model.channels.size(); ++c) {
      reaches_.push_back(joint_reach(*nlls_.front(), c, first.channels[c], theta_, covariance_));
    }
    share_among(cells_expected);
  }

  /// `n_cells`: among how many the allowance is shared. Forgets the cells there were.
  void share_among(double n_cells) {
    n_cells_ = n_cells;
    used_.assign(points_.size() * (free_.size() + 1), {});
  }

  [[nodiscard]] double n_cells() const { return n_cells_; }

  /// What share of the allowance all cells that passed take together, at the worst point.
  [[nodiscard]] double used() const {
    double most = 0;
    for (auto const& sums : used_) {
      most = std::max({most, sums.mean / limit, sums.square / std::pow(limit / deviations, 2)});
    }
    return most;
  }

  CellVerdict operator()(toys::CellCandidate const& cell) {
    auto const n_nodes = static_cast<double>(model::grid_size(node_order, cell.n_sides));
    if (!model_.channels[cell.channel].in_fit || cell.events < n_nodes) {
      return CellVerdict::events;
    }
    auto const& reach = reaches_[cell.channel];
    auto const& side = cell.sides[0];  // joints are in channels of one observable only
    bool const reached = reach.meets(side.lower, side.upper);
    bool const smooth = !(reached && cell.events > reach.most_kept) && is_smooth(cell);
    if (smooth) {
      return reached ? CellVerdict::both : CellVerdict::nodes;
    }
    return cell.events < 2 * n_nodes ? CellVerdict::events
           : cell.n_sides == 1       ? CellVerdict::halve
                                     : rougher_side(cell);
  }

 private:
  static std::size_t most_observables(model::Model const& model) {
    std::size_t most = 1;
    for (auto const& channel : model.channels) {
      most = std::max(most, channel.observables.size());
    }
    return most;
  }

  void whiten() {
    for (Eigen::Index j = 0; j < covariance_.rows(); ++j) {
      if (covariance_(j, j) > 0) {
        free_.push_back(static_cast<std::size_t>(j));
      }
    }
    std::vector<Eigen::Index> index(free_.begin(), free_.end());
    factor_ = Eigen::LLT<Eigen::MatrixXd>(covariance_(index, index)).matrixL();
  }

  [[nodiscard]] bool holds_joint(toys::CellCandidate const& cell,
                                 std::vector<double> const& point) {
    auto const at = nlls_.front()->moving_break_points(cell.channel, point);
    auto const& side = cell.sides[0];
    double const margin = 1e-9 * (side.upper - side.lower);
    return std::any_of(at.begin(), at.end(), [&](double place) {
      return place > side.lower + margin && place < side.upper - margin;
    });
  }

  bool is_smooth(toys::CellCandidate const& cell) {
    points_of_.place(cell);
    tried_.clear();
    if (prepared_channel_ != cell.channel) {
      for (std::size_t i = 0; i < points_.size(); ++i) {
        static_cast<void>(nlls_[i]->prepare_channel(cell.channel, points_[i]));
      }
      prepared_channel_ = cell.channel;
    }
    for (std::size_t i = 0; i < points_.size(); ++i) {
      if (!holds_joint(cell, points_[i]) &&
          !(compare(*nlls_[i], cell) &&
            within_limits(cell, nlls_[i]->channel_params(cell.channel)))) {
        return false;
      }
      tried_.resize((i + 1) * (free_.size() + 1));
    }
    for (std::size_t i = 0; i < tried_.size(); ++i) {
      used_[i].mean += tried_[i].mean;
      used_[i].square += tried_[i].square;
    }
    return true;
  }

  // Interpolates over one cell; false where a density is not positive and finite.
  bool compare(fit::ExtendedNll& nll, toys::CellCandidate const& cell) {
    auto const n_params = nll.channel_params(cell.channel).size();
    auto const nodes = points_of_.nodes();
    rough_.clear();
    auto const at_nodes = nll.scores(cell.channel, nodes);
    if (!at_nodes) {
      return false;
    }
    std::vector<double const*> first;
    at_nodes_[0].assign(at_nodes->log_f, at_nodes->log_f + nodes.size);
    for (std::size_t k = 0; k < n_params; ++k) {
      at_nodes_[k + 1].assign(at_nodes->first[k], at_nodes->first[k] + nodes.size);
      first.push_back(at_nodes_[k + 1].data());
    }
    auto const at_checks = nll.scores(cell.channel, points_of_.checks());
    if (!at_checks) {
      return false;
    }
    errors_.compare({{at_nodes_[0].data(), first.data()}, 0, *at_checks},
                    {n_params, cell.n_sides, 1});
    return true;
  }

  // What rounding does to the interpolation error of a function: its own, and that of x.
  double rounding(toys::CellCandidate const& cell, std::size_t function) const {
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

  [[nodiscard]] bool allowed(ErrorSums const& cell) const {
    return cell.mean <= limit / n_cells_ &&
           cell.square <= std::pow(limit / deviations, 2) / n_cells_;
  }

  bool within_limits(toys::CellCandidate const& cell, std::vector<std::size_t> const& params) {
    auto const& log_f = at_nodes_[0];
    auto const [least, most] = std::minmax_element(log_f.begin(), log_f.end());
    if (*most - *least > most_swing) {
      rough_ = log_f;
      return false;
    }
    auto const weights = errors_.check_weights(cell.n_sides);
    auto const n_checks = weights.size();
    std::vector<double> whitened(n_checks);
    auto const passes = [&](auto&& error_at, double floor) {
      double mean = 0;
      double square = 0;
      for (std::size_t i = 0; i < n_checks; ++i) {
        double const e = error_at(i);
        double const beyond = std::copysign(std::max(0.0, std::abs(e) - floor), e);
        mean += weights[i] * beyond;
        square += weights[i] * beyond * beyond;
      }
      tried_.push_back({cell.events * std::abs(mean), cell.events * square});
      return allowed(tried_.back());
    };
    if (!passes([&](std::size_t i) { return errors_.errors(0)[i]; }, rounding(cell, 0))) {
      rough_ = log_f;
      return false;
    }
    for (std::size_t k = 0; k < free_.size(); ++k) {
      double floor = 0;
      std::fill(whitened.begin(), whitened.end(), 0.0);
      rough_.assign(log_f.size(), 0.0);
      for (std::size_t f = 0; f < params.size(); ++f) {
        auto const place = std::find(free_.begin(), free_.end(), params[f]);
        if (place == free_.end()) {
          continue;
        }
        double const a = factor_(place - free_.begin(), static_cast<Eigen::Index>(k));
        if (a == 0) {
          continue;
        }
        floor += std::abs(a) * rounding(cell, f + 1);
        for (std::size_t i = 0; i < n_checks; ++i) {
          whitened[i] += a * errors_.errors(f + 1)[i];
        }
        for (std::size_t j = 0; j < rough_.size(); ++j) {
          rough_[j] += a * at_nodes_[f + 1][j];
        }
      }
      if (!passes([&](std::size_t i) { return whitened[i]; }, floor)) {
        return false;
      }
    }
    return true;
  }

  // The side of a rough cell along which its function needs higher polynomials; where that function
  // does not exist, the one that is wider compared with the observable's bounds.
  CellVerdict rougher_side(toys::CellCandidate const& cell) const {
    double size[2] = {};
    for (std::size_t s = 0; s < 2; ++s) {
      auto const& side = cell.sides[s];
      auto const& bounds = model_.channels[cell.channel].observables[side.observable].bounds;
      size[s] =
          rough_.empty() ? (side.upper - side.lower) / (bounds.upper - bounds.lower) : high_part(s);
    }
    return size[0] >= size[1] ? CellVerdict::halve : CellVerdict::halve_second;
  }

  // Squares of the two highest terms along a side, as series of the function that was rough.
  double high_part(std::size_t side) const {
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

  model::Model const& model_;
  std::vector<double> theta_;
  Eigen::MatrixXd covariance_;
  fit::NodeErrors errors_;
  cells::ChebyshevNodes nodes_{node_order};
  std::vector<double> rough_;                  // at the nodes: the function that failed last
  std::vector<std::vector<double>> at_nodes_;  // [function] of the cell last compared
  CellPoints points_of_;
  std::vector<std::vector<double>> points_;
  std::vector<std::unique_ptr<fit::ExtendedNll>> nlls_;  // one per point
  std::vector<std::size_t> free_;                        // parameters that move
  Eigen::MatrixXd factor_;                               // V = L L^T over them
  std::vector<JointReach> reaches_;                      // [channel]
  std::size_t prepared_channel_ = static_cast<std::size_t>(-1);
  double n_cells_ = cells_expected;
  std::vector<ErrorSums> used_;   // [point * functions + function]
  std::vector<ErrorSums> tried_;  // the same, of the cell at hand
};

double cells_with_nodes(toys::GenerationTables const& tables) {
  std::ptrdiff_t n = 0;
  auto const count = [&](std::vector<toys::CellKind> const& kinds) {
    n += std::count_if(
        kinds.begin(), kinds.end(), [](auto kind) { return kind != toys::CellKind::events; });
  };
  for (auto const& channel : tables.channels) {
    count(channel.roots.size() > 0 ? channel.roots.kinds : channel.cells.kinds);
    for (auto const& cells : channel.products) {
      count(cells.kinds);
    }
  }
  return static_cast<double>(n);
}

// Halving leaves most cells far better than they must be. Here, where cells are costly, what they
// leave of the allowance is shared out again.
toys::GenerationTables widen(model::Model const& model,
                             std::span<double const> theta,
                             std::string const& spec_name,
                             Judge& judge,
                             toys::GenerationTables tables) {
  for (int i = 0; i < most_widenings && judge.used() < enough_used; ++i) {
    judge.share_among(judge.n_cells() * judge.used() / most_used);
    auto wider = toys::build_tables(model, theta, spec_name, std::ref(judge));
    if (judge.used() > most_used) {
      break;
    }
    tables = std::move(wider);
  }
  return tables;
}

}  // namespace

toys::GenerationTables build_layout(model::Model const& model,
                                    std::span<double const> theta,
                                    std::string const& spec_name) {
  auto first = toys::build_tables(model, theta, spec_name);
  auto covariance = expected_covariance(model, first, theta);
  auto const plans = plan_channels(model, theta, covariance);
  if (std::any_of(plans.begin(), plans.end(), [](auto const& p) { return !p.weak.empty(); })) {
    // Of what is left without them, so that all models that differ in them have one layout.
    first = toys::build_tables(model, theta, spec_name, {}, plans);
    covariance = expected_covariance(model, first, theta, plans);
  }
  Judge judge(model, first, theta, std::move(covariance), plans);
  auto tables = toys::build_tables(model, theta, spec_name, std::ref(judge), plans);
  double const n = cells_with_nodes(tables);
  if (n > 2 * cells_expected) {
    judge.share_among(n);
    tables = toys::build_tables(model, theta, spec_name, std::ref(judge), plans);
  }
  auto const has_products = std::any_of(tables.channels.begin(),
                                        tables.channels.end(),
                                        [](auto const& c) { return !c.products.empty(); });
  return has_products ? widen(model, theta, spec_name, judge, std::move(tables)) : tables;
}

}  // namespace toyfarm::study
