#include "toyfarm/fit/certificate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "toyfarm/kernels/math.hpp"

namespace toyfarm::fit {
namespace {

using model::check_order;
using model::node_order;
using model::packed;
using model::packed_size;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double limit = 1e-6;
constexpr double deviations = 5;
constexpr auto nowhere = static_cast<std::size_t>(-1);

std::size_t most_params(model::Model const& model) {
  return model.parameters.size();
}

std::size_t most_observables(model::Model const& model) {
  std::size_t most = 1;
  for (auto const& channel : model.channels) {
    most = std::max(most, channel.observables.size());
  }
  return most;
}

}  // namespace

bool is_certified(NodeBound const& bound, double nll) noexcept {
  double const ulp = epsilon * std::abs(nll);
  return bound.nll <= std::max(limit, 8 * ulp) && bound.shift <= limit;
}

Certificate::Certificate(model::Model const& model)
    : model_(&model),
      errors_(most_params(model), most_observables(model)),
      row_of_(model.parameters.size()),
      factor_(model.parameters.size() * model.parameters.size()),
      gauss_weights_(NodeErrors::max_cells * check_order),
      means_(model.parameters.size() + 1),
      squares_(packed_size(model.parameters.size() + 1)),
      local_squares_(packed_size(model.parameters.size() + 1)),
      cell_means_(model.parameters.size() + 1),
      rounding_(model.parameters.size() + 1) {}

// Cholesky factor of the covariance of the parameters that have an error.
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
        if (!(sum > 0)) {
          return false;
        }
        row[row_of_[a]] = std::sqrt(sum);
      } else {
        row[row_of_[b]] = sum / other[row_of_[b]];
      }
    }
  }
  return true;
}

void Certificate::add_cells(ExtendedNll const& nll,
                            std::size_t channel,
                            double const* counts,
                            double const* weights,
                            std::size_t n) {
  auto const& params = nll.channel_params(channel);
  auto const n_functions = params.size() + 1;
  auto const all = model_->parameters.size();
  auto const check_weights = errors_.check_weights();
  for (std::size_t c = 0; c < n; ++c) {
    for (std::size_t i = 0; i < check_order; ++i) {
      gauss_weights_[c * check_order + i] = counts[c] * check_weights[i];
    }
  }
  auto const place = [&](std::size_t f) {
    return f == 0 ? 0 : row_of_[params[f - 1]] == nowhere ? nowhere : row_of_[params[f - 1]] + 1;
  };
  std::fill(local_squares_.begin(), local_squares_.end(), 0.0);
  kernels::gram(gauss_weights_.data(),
                errors_.error_columns(),
                n_functions,
                n * check_order,
                local_squares_.data());
  for (std::size_t f = 0; f < n_functions; ++f) {
    if (place(f) == nowhere) {
      continue;
    }
    double const* const values = errors_.at_nodes(f);
    double sum = 0;
    for (std::size_t i = 0; i < n * node_order; ++i) {
      sum += std::abs(weights[i] * values[i]);
    }
    rounding_[place(f)] += sum;
    for (std::size_t g = 0; g <= f; ++g) {
      if (place(g) != nowhere) {
        auto const a = place(f);
        auto const b = place(g);
        squares_[packed(std::max(a, b), std::min(a, b))] += local_squares_[packed(f, g)];
      }
    }
  }
  for (std::size_t c = 0; c < n; ++c) {
    if (counts[c] == 0) {
      continue;
    }
    std::fill(cell_means_.begin(), cell_means_.end(), 0.0);
    for (std::size_t f = 0; f < n_functions; ++f) {
      if (place(f) == nowhere) {
        continue;
      }
      double const* const e = errors_.errors(f) + c * check_order;
      double mean = 0;
      for (std::size_t i = 0; i < check_order; ++i) {
        mean += check_weights[i] * e[i];
      }
      cell_means_[place(f)] = counts[c] * mean;
    }
    means_[0] += std::abs(cell_means_[0]);
    for (std::size_t k = 0; k < n_free_; ++k) {
      double whitened = 0;
      for (std::size_t l = k; l < n_free_; ++l) {
        whitened += factor_[l * all + k] * cell_means_[l + 1];
      }
      means_[k + 1] += std::abs(whitened);
    }
  }
}

bool Certificate::add_channel(ExtendedNll& nll,
                              model::ChannelSample const& sample,
                              model::NodeCells const& cells,
                              std::size_t channel,
                              std::vector<double> const& theta) {
  counts_ = cells.counts;
  for (double const place : nll.moving_break_points(channel, theta)) {
    for (std::size_t c = 0; c < cells.size(); ++c) {
      double const margin = 1e-9 * (cells.upper[c] - cells.lower[c]);
      if (place <= cells.lower[c] + margin || place >= cells.upper[c] - margin) {
        continue;
      }
      auto const node = c * node_order;
      bool const by_events =
          std::any_of(sample.switches.begin(), sample.switches.end(), [&](auto const& s) {
            return s.first_node <= node && node < s.first_node + s.n_nodes;
          });
      if (!by_events && counts_[c] > 0) {
        return false;
      }
    }
    for (auto const& s : sample.switches) {
      if (s.lower <= place && place <= s.upper) {
        std::fill_n(counts_.begin() + static_cast<std::ptrdiff_t>(s.first_node / node_order),
                    s.n_nodes / node_order,
                    0.0);
      }
    }
  }
  if (!nll.prepare_scores(channel, theta)) {
    return false;
  }
  auto const n_params = nll.channel_params(channel).size();
  for (std::size_t c = 0; c < cells.size(); c += NodeErrors::max_cells) {
    auto const n = std::min(NodeErrors::max_cells, cells.size() - c);
    if (!errors_.evaluate(nll,
                          n_params,
                          {cells.nodes.data() + c * node_order,
                           cells.checks.data() + c * check_order,
                           n,
                           cells.observable})) {
      return false;
    }
    add_cells(nll, channel, counts_.data() + c, sample.weights.data() + c * node_order, n);
  }
  return true;
}

NodeBound Certificate::bound(ExtendedNll& nll,
                             FitResult const& result,
                             model::Sample const& sample,
                             std::span<model::NodeCells const> cells) {
  std::fill(means_.begin(), means_.end(), 0.0);
  std::fill(squares_.begin(), squares_.end(), 0.0);
  std::fill(rounding_.begin(), rounding_.end(), 0.0);
  if (!whiten(result)) {
    return {infinity, infinity};
  }
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (model_->channels[c].in_fit && cells[c].size() > 0 &&
        !add_channel(nll, sample.channels[c], cells[c], c, result.values)) {
      return {infinity, infinity};
    }
  }
  NodeBound bound;
  bound.nll = means_[0] + deviations * std::sqrt(std::max(squares_[0], 0.0)) +
              2 * epsilon * rounding_[0];
  auto const all = result.values.size();
  double shift_squared = 0;
  for (std::size_t k = 0; k < n_free_; ++k) {
    double square = 0;
    double rounding = 0;
    for (std::size_t l = k; l < n_free_; ++l) {
      double const a = factor_[l * all + k];
      rounding += std::abs(a) * rounding_[l + 1];
      for (std::size_t m = k; m < n_free_; ++m) {
        square +=
            a * factor_[m * all + k] * squares_[packed(std::max(l, m) + 1, std::min(l, m) + 1)];
      }
    }
    double const b =
        means_[k + 1] + deviations * std::sqrt(std::max(square, 0.0)) + 2 * epsilon * rounding;
    shift_squared += b * b;
  }
  bound.shift = std::sqrt(shift_squared);
  return bound;
}

}  // namespace toyfarm::fit
