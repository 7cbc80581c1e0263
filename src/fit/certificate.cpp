#include "toyfarm/fit/certificate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace toyfarm::fit {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double limit = 1e-6;
constexpr double deviations = 5;
constexpr double no_freedom = 1e-12;

}  // namespace

bool is_certified(NodeBound const& bound, double nll) noexcept {
  double const ulp = epsilon * std::abs(nll);
  return bound.nll <= std::max(limit, 8 * ulp) && bound.shift <= limit;
}

Certificate::Certificate(model::Model const& model)
    : model_(&model),
      errors_(model.parameters.size()),
      row_of_(model.parameters.size()),
      factor_(model.parameters.size() * model.parameters.size()),
      gauss_weights_(ExtendedNll::max_points),
      whitened_(ExtendedNll::max_points),
      means_(model.parameters.size() + 1),
      squares_(model::packed_size(model.parameters.size() + 1)),
      local_squares_(model::packed_size(model.parameters.size() + 1)),
      rounding_(model.parameters.size() + 1) {}

// Cholesky factor of the covariance of the parameters that have an error. Along an edge of a
// density's domain it is singular: directions without freedom get columns of zeros.
bool Certificate::whiten(FitResult const& result) {
  auto const n = result.values.size();
  n_free_ = 0;
  for (std::size_t j = 0; j < n; ++j) {
    row_of_[j] = result.errors[j] > 0 ? n_free_++ : nowhere;
  }
  for (std::size_t a = 0; a < n; ++a) {
    if (row_of_[a] == nowhere) {
      continue;
    }
    double* const row = factor_.data() + row_of_[a] * n;
    for (std::size_t b = 0; b <= a; ++b) {
      if (row_of_[b] == nowhere) {
        continue;
      }
      double const* const other = factor_.data() + row_of_[b] * n;
      double sum = result.covariance(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b));
      for (std::size_t k = 0; k < row_of_[b]; ++k) {
        sum -= row[k] * other[k];
      }
      if (a == b) {
        bool const is_free = sum > no_freedom * result.errors[a] * result.errors[a];
        if (!is_free && result.status != core::FitStatus::at_edge) {
          return false;
        }
        row[row_of_[a]] = is_free ? std::sqrt(sum) : 0;
      } else {
        row[row_of_[b]] = other[row_of_[b]] > 0 ? sum / other[row_of_[b]] : 0;
      }
    }
  }
  return true;
}

// Events that nodes stand for, by cell. False where a moving break point is inside a cell of nodes
// only.
bool Certificate::count_events(ExtendedNll& nll,
                               model::ChannelSample const& sample,
                               model::NodeCells const& cells,
                               std::size_t channel,
                               std::vector<double> const& theta) {
  counts_ = cells.counts;
  auto const n_nodes = cells.nodes_per_cell();
  auto const& axis = cells.axes.front();  // channels of two axes have no moving break points
  for (double const place : nll.moving_break_points(channel, theta)) {
    for (std::size_t c = 0; c < cells.size(); ++c) {
      double const margin = 1e-9 * (axis.upper[c] - axis.lower[c]);
      if (place <= axis.lower[c] + margin || place >= axis.upper[c] - margin) {
        continue;
      }
      auto const node = c * n_nodes;
      bool const by_events =
          std::any_of(sample.switches.begin(), sample.switches.end(), [&](auto const& s) {
            return s.first_node <= node && node < s.first_node + s.n_nodes;
          });
      if (!by_events && cells.counts[c] > 0) {
        return false;
      }
    }
    for (auto const& s : sample.switches) {
      if (s.lower <= place && place <= s.upper) {
        std::fill_n(counts_.begin() + static_cast<std::ptrdiff_t>(s.first_node / n_nodes),
                    s.n_nodes / n_nodes,
                    0.0);
      }
    }
  }
  return true;
}

bool Certificate::add_channel(ExtendedNll& nll,
                              model::ChannelSample const& sample,
                              std::size_t channel,
                              std::vector<double> const& theta) {
  auto const& cells = nll.cells(channel);
  if (cells.size() == 0) {
    return true;
  }
  if (!count_events(nll, sample, cells, channel, theta) || !nll.is_resolved(channel)) {
    return false;
  }
  place_functions(nll, channel);
  auto const nodes = nll.node_functions(channel);
  add_rounding(nodes, nll.node_weights(channel), cells.n_nodes());
  auto const n_axes = cells.axes.size();
  auto const n_checks = cells.checks_per_cell();
  auto const most = NodeErrors::max_cells(n_axes);
  for (std::size_t c = 0; c < cells.size(); c += most) {
    auto const n = std::min(most, cells.size() - c);
    auto const checks = nll.check_functions(channel, c * n_checks, n * n_checks);
    if (!checks) {
      return false;
    }
    errors_.compare({nodes, c * cells.nodes_per_cell(), *checks}, {n_functions_, n_axes, n});
    add_cells(counts_.data() + c, n, n_axes);
  }
  if (by_parts_) {
    expand_squares();
  }
  return true;
}

NodeBound Certificate::bound(ExtendedNll& nll,
                             FitResult const& result,
                             model::Sample const& sample) {
  std::fill(means_.begin(), means_.end(), 0.0);
  std::fill(squares_.begin(), squares_.end(), 0.0);
  std::fill(rounding_.begin(), rounding_.end(), 0.0);
  if (!whiten(result) || !nll.prepare_scores(result.values)) {
    return {infinity, infinity};
  }
  for (std::size_t c = 0; c < model_->channels.size(); ++c) {
    if (model_->channels[c].in_fit && !add_channel(nll, sample.channels[c], c, result.values)) {
      return {infinity, infinity};
    }
  }
  NodeBound bound;
  bound.nll =
      means_[0] + deviations * std::sqrt(std::max(squares_[0], 0.0)) + 2 * epsilon * rounding_[0];
  auto const all = result.values.size();
  double shift_squared = 0;
  for (std::size_t k = 0; k < n_free_; ++k) {
    double rounding = 0;
    for (std::size_t l = k; l < n_free_; ++l) {
      rounding += std::abs(factor_[l * all + k]) * rounding_[l + 1];
    }
    double const b =
        means_[k + 1] + deviations * std::sqrt(whitened_square(k)) + 2 * epsilon * rounding;
    shift_squared += b * b;
  }
  bound.shift = std::sqrt(shift_squared);
  return bound;
}

}  // namespace toyfarm::fit
