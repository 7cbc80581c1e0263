#include "toyfarm/fit/certificate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "toyfarm/kernels/math.hpp"

namespace toyfarm::fit {
namespace {

using model::packed;
using model::packed_size;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double limit = 1e-6;
constexpr double deviations = 5;
constexpr double no_freedom = 1e-12;
constexpr auto nowhere = static_cast<std::size_t>(-1);

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
      squares_(packed_size(model.parameters.size() + 1)),
      local_squares_(packed_size(model.parameters.size() + 1)),
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

void Certificate::add_cells(double const* counts, std::size_t n, std::size_t n_axes) {
  auto const check_weights = errors_.check_weights(n_axes);
  auto const n_checks = check_weights.size();
  for (std::size_t c = 0; c < n; ++c) {
    for (std::size_t i = 0; i < n_checks; ++i) {
      gauss_weights_[c * n_checks + i] = counts[c] * check_weights[i];
    }
  }
  if (!by_parts_) {
    std::fill_n(local_squares_.begin(), packed_size(n_functions_ + 1), 0.0);
  }
  kernels::gram(gauss_weights_.data(),
                errors_.error_columns(),
                n_functions_ + 1,
                n * n_checks,
                local_squares_.data());
  if (!by_parts_) {
    add_squares();
  }
  for (std::size_t c = 0; c < n; ++c) {
    means_[0] += counts[c] * std::abs(errors_.means(0)[c]);
  }
  for (std::size_t k = 0; k < n_free_; ++k) {
    add_mean(k, counts, n);
  }
}

// The k-th whitened score's mean error, cell by cell.
void Certificate::add_mean(std::size_t k, double const* counts, std::size_t n) {
  std::fill_n(whitened_.data(), n, 0.0);
  bool any = false;
  for (std::size_t f = 0; by_parts_ && f < n_functions_; ++f) {
    double const share = in_whitened_[k * n_functions_ + f];
    if (share != 0) {
      any = true;
      kernels::axpy(share, errors_.means(f + 1), whitened_.data(), n);
    }
  }
  auto const all = model_->parameters.size();
  for (std::size_t f = 1; !by_parts_ && f < place_.size(); ++f) {
    if (place_[f] != nowhere && place_[f] > k) {
      any = true;
      kernels::axpy(factor_[(place_[f] - 1) * all + k], errors_.means(f), whitened_.data(), n);
    }
  }
  if (any) {
    means_[k + 1] += kernels::dot_of_magnitudes(counts, whitened_.data(), n);
  }
}

// What a channel's functions are to the parameters.
void Certificate::place_functions(ExtendedNll& nll, std::size_t channel) {
  auto const& params = nll.channel_params(channel);
  place_.assign(1, 0);
  for (auto const j : params) {
    place_.push_back(row_of_[j] == nowhere ? nowhere : row_of_[j] + 1);
  }
  n_functions_ = params.size();
  parts_.clear();
  auto const parts = nll.score_parts(channel);
  by_parts_ = !parts.empty();
  if (!by_parts_) {
    return;
  }
  n_functions_ = 0;
  for (auto const& part : parts) {
    n_functions_ = std::max(n_functions_, part.function + 1);
  }
  auto const all = model_->parameters.size();
  in_whitened_.assign(n_free_ * n_functions_, 0);
  for (auto const& part : parts) {
    auto const place = place_[part.param + 1];
    if (place == nowhere) {
      continue;
    }
    parts_.push_back(part);
    for (std::size_t k = 0; k < place; ++k) {
      in_whitened_[k * n_functions_ + part.function] +=
          part.coefficient * factor_[(place - 1) * all + k];
    }
  }
  std::fill_n(local_squares_.begin(), packed_size(n_functions_ + 1), 0.0);
}

// Sums of squares of a channel's scores, to those of all.
void Certificate::add_squares() {
  for (std::size_t f = 0; f < place_.size(); ++f) {
    for (std::size_t g = 0; g <= f && place_[f] != nowhere; ++g) {
      if (place_[g] != nowhere) {
        auto const [low, high] = std::minmax(place_[f], place_[g]);
        squares_[packed(high, low)] += local_squares_[packed(f, g)];
      }
    }
  }
}

// The same from those of the functions that the scores are sums of.
void Certificate::expand_squares() {
  squares_[0] += local_squares_[0];
  auto const n_params = place_.size() - 1;
  expanded_.assign(n_params * n_functions_, 0);
  for (auto const& part : parts_) {
    for (std::size_t f = 0; f < n_functions_; ++f) {
      auto const [low, high] = std::minmax(f, part.function);
      expanded_[part.param * n_functions_ + f] +=
          part.coefficient * local_squares_[packed(high + 1, low + 1)];
    }
  }
  for (auto const& part : parts_) {
    auto const place = place_[part.param + 1];
    for (std::size_t j = 0; j < n_params; ++j) {
      if (place_[j + 1] != nowhere && place_[j + 1] >= place) {
        squares_[packed(place_[j + 1], place)] +=
            part.coefficient * expanded_[j * n_functions_ + part.function];
      }
    }
  }
}

void Certificate::add_rounding(NodeScores const& nodes,
                               double const* weights,
                               std::size_t n_nodes) {
  rounding_[0] += kernels::dot_of_magnitudes(weights, nodes.log_f, n_nodes);
  for (std::size_t f = 0; !by_parts_ && f < n_functions_; ++f) {
    if (place_[f + 1] != nowhere) {
      rounding_[place_[f + 1]] += kernels::dot_of_magnitudes(weights, nodes.first[f], n_nodes);
    }
  }
  for (auto const& part : parts_) {
    rounding_[place_[part.param + 1]] +=
        std::abs(part.coefficient) *
        kernels::dot_of_magnitudes(weights, nodes.first[part.function], n_nodes);
  }
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

// Variance of the k-th whitened score's error, summed over events.
double Certificate::whitened_square(std::size_t k) const {
  auto const all = model_->parameters.size();
  double square = 0;
  for (std::size_t l = k; l < n_free_; ++l) {
    for (std::size_t m = k; m < n_free_; ++m) {
      square += factor_[l * all + k] * factor_[m * all + k] *
                squares_[packed(std::max(l, m) + 1, std::min(l, m) + 1)];
    }
  }
  return std::max(square, 0.0);
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
