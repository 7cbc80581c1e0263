#include "toyfarm/fit/extended_nll.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/kernels/math.hpp"

namespace toyfarm::fit {
namespace {

using model::Derivatives;
using model::packed;
using model::packed_size;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Neumaier's compensated sum: `carry` collects what the additions to `total` lose.
void add_compensated(double& total, double& carry, double term) {
  double const sum = total + term;
  carry += std::abs(total) >= std::abs(term) ? (total - sum) + term : (term - sum) + total;
  total = sum;
}

std::size_t local_index(std::vector<std::size_t>& params, std::size_t parameter) {
  auto const found = std::find(params.begin(), params.end(), parameter);
  if (found == params.end()) {
    params.push_back(parameter);
    return params.size() - 1;
  }
  return static_cast<std::size_t>(found - params.begin());
}

}  // namespace

ExtendedNll::ExtendedNll(model::Model const& model)
    : model_(&model),
      work_(model.channels.size()),
      largest_(block_size),
      total_(block_size),
      log_f_(block_size),
      squared_weights_(block_size),
      above_(model.parameters.size(), model::KinkSide::above) {
  for (std::size_t c = 0; c < work_.size(); ++c) {
    auto& work = work_[c];
    for (auto const& process : model.channels[c].processes) {
      auto const n_shape = process.shape_params.size();
      auto const n_yield = process.yield.params().size();
      ProcessWork p;
      p.n_shape = n_shape;
      p.scratch.resize(process.shape.density->scratch_size());
      p.columns.resize((1 + n_shape + packed_size(n_shape)) * block_size);
      p.ratio.resize(block_size);
      p.weighted_ratio.resize(block_size);
      p.nu_first.resize(n_yield);
      p.nu_second.resize(packed_size(n_yield));
      p.sum_first.resize(n_shape);
      p.sum_second.resize(packed_size(n_shape));
      for (auto const i : process.shape_params) {
        p.shape_local.push_back(local_index(work.params, i));
      }
      for (auto const i : process.yield.params()) {
        p.yield_local.push_back(local_index(work.params, i));
      }
      if (process.shape.density->has_moving_break_points()) {
        work.moving.push_back(work.processes.size());
      }
      work.processes.push_back(std::move(p));
    }
    work.break_points.resize(work.moving.size() * model::Density::max_moving);
    work.scores.assign(work.params.size(), core::Column(block_size));
    for (auto const& column : work.scores) {
      work.score_ptrs.push_back(column.data());
    }
    work.score_gram.resize(packed_size(work.params.size()));
  }
}

void ExtendedNll::bind(model::Sample const& sample, std::span<double const> centres) {
  TOYFARM_EXPECTS(sample.channels.size() == model_->channels.size());
  TOYFARM_EXPECTS(centres.size() == model_->constraints.size());
  sample_ = &sample;
  centres_ = centres;
}

bool ExtendedNll::prepare(std::size_t channel,
                          std::span<double const> theta,
                          std::span<model::KinkSide const> sides,
                          Derivatives order) {
  auto const& processes = model_->channels[channel].processes;
  for (std::size_t p = 0; p < processes.size(); ++p) {
    auto& work = work_[channel].processes[p];
    work.nu = processes[p].yield.value(theta, sides, order, work.nu_first, work.nu_second);
    if (!(work.nu >= 0 && work.nu < infinity)) {
      return false;
    }
    double shape[64];
    TOYFARM_EXPECTS(work.n_shape <= std::size(shape));
    for (std::size_t k = 0; k < work.n_shape; ++k) {
      shape[k] = theta[processes[p].shape_params[k]];
    }
    if (!processes[p].shape.density->prepare({shape, work.n_shape}, order, work.scratch)) {
      return false;
    }
    work.sum_ratio = 0;
    std::fill(work.sum_first.begin(), work.sum_first.end(), 0.0);
    std::fill(work.sum_second.begin(), work.sum_second.end(), 0.0);
  }
  std::fill(work_[channel].score_gram.begin(), work_[channel].score_gram.end(), 0.0);
  return true;
}

// ln f = m + ln S with S = sum_p nu_p exp(ln p_p - m), m the largest ln p of a process that
// contributes; q_p = f_p / f = exp(ln p_p - m) / S stays finite when nu_p = 0, which is what lets a
// yield leave 0 again. Returns sum_i w_i ln f_i.
double ExtendedNll::block_log_f(std::size_t channel,
                                model::Points points,
                                double const* weights,
                                Derivatives order) {
  auto const& processes = model_->channels[channel].processes;
  auto& work = work_[channel].processes;
  auto const n = points.size;
  std::fill_n(largest_.data(), n, -infinity);
  for (std::size_t p = 0; p < processes.size(); ++p) {
    double* const columns = work[p].columns.data();
    model::LogDensityView const view{
        columns, columns + block_size, columns + (1 + work[p].n_shape) * block_size, block_size};
    processes[p].shape.density->evaluate(work[p].scratch, points, order, view);
    if (work[p].nu > 0) {
      for (std::size_t i = 0; i < n; ++i) {
        largest_[i] = std::max(largest_[i], columns[i]);
      }
    }
  }
  std::fill_n(total_.data(), n, 0.0);
  for (auto& p : work) {
    double const* const log_p = p.columns.data();
    for (std::size_t i = 0; i < n; ++i) {
      p.ratio[i] = std::min(log_p[i] - largest_[i], 700.0);
    }
    kernels::exp_n(p.ratio.data(), p.ratio.data(), n);
    kernels::axpy(p.nu, p.ratio.data(), total_.data(), n);
  }
  kernels::log_n(total_.data(), log_f_.data(), n);
  kernels::axpy(1.0, largest_.data(), log_f_.data(), n);
  return weights != nullptr ? kernels::dot(weights, log_f_.data(), n)
                            : kernels::sum(log_f_.data(), n);
}

void ExtendedNll::block_sums(std::size_t channel,
                             std::size_t n,
                             double const* weights,
                             Derivatives order) {
  for (std::size_t i = 0; i < n; ++i) {
    total_[i] = 1 / total_[i];
  }
  for (auto& p : work_[channel].processes) {
    kernels::multiply(p.ratio.data(), total_.data(), p.ratio.data(), n);
    double const* wq = p.ratio.data();
    if (weights != nullptr) {
      kernels::multiply(p.ratio.data(), weights, p.weighted_ratio.data(), n);
      wq = p.weighted_ratio.data();
    }
    p.sum_ratio += kernels::sum(wq, n);
    double const* const first = p.columns.data() + block_size;
    for (std::size_t k = 0; k < p.n_shape; ++k) {
      p.sum_first[k] += kernels::dot(wq, first + k * block_size, n);
    }
    if (order == Derivatives::second) {
      double const* const second = first + p.n_shape * block_size;
      double const* pointers[64];
      for (std::size_t k = 0; k < p.n_shape; ++k) {
        pointers[k] = first + k * block_size;
      }
      for (std::size_t kl = 0; kl < packed_size(p.n_shape); ++kl) {
        p.sum_second[kl] += kernels::dot(wq, second + kl * block_size, n);
      }
      kernels::gram(wq, pointers, p.n_shape, n, p.sum_second.data());
    }
  }
}

// Scores s_j = sum_p q_p (d nu_p / d theta_j + nu_p d ln f_p / d theta_j).
void ExtendedNll::block_scores(std::size_t channel, std::size_t n) {
  auto& work = work_[channel];
  for (auto& column : work.scores) {
    std::fill_n(column.data(), n, 0.0);
  }
  for (auto& p : work.processes) {
    for (std::size_t k = 0; k < p.yield_local.size(); ++k) {
      kernels::axpy(p.nu_first[k], p.ratio.data(), work.scores[p.yield_local[k]].data(), n);
    }
    if (p.nu == 0) {
      continue;
    }
    for (std::size_t i = 0; i < n; ++i) {
      p.weighted_ratio[i] = p.nu * p.ratio[i];
    }
    double const* const first = p.columns.data() + block_size;
    for (std::size_t k = 0; k < p.n_shape; ++k) {
      double* const score = work.scores[p.shape_local[k]].data();
      double const* const d = first + k * block_size;
      double const* const nq = p.weighted_ratio.data();
      for (std::size_t i = 0; i < n; ++i) {
        score[i] += nq[i] * d[i];
      }
    }
  }
}

// Adds -sum_i w_i ln f_i and leaves the sums behind the derivatives in the workspace.
bool ExtendedNll::add_points(std::size_t channel,
                             model::Points points,
                             double const* weights,
                             Derivatives order,
                             Sum& sum) {
  double const* columns[32];
  auto const n_columns = model_->channels[channel].observables.size();
  TOYFARM_EXPECTS(n_columns <= std::size(columns));
  for (std::size_t begin = 0; begin < points.size; begin += block_size) {
    auto const n = std::min(block_size, points.size - begin);
    for (std::size_t o = 0; o < n_columns; ++o) {
      columns[o] = points.columns[o] + begin;
    }
    double const* const w = weights != nullptr ? weights + begin : nullptr;
    double const log_f = block_log_f(channel, {columns, n}, w, order);
    if (!std::isfinite(log_f)) {
      return false;
    }
    add_compensated(sum.total, sum.carry, -log_f);
    if (order != Derivatives::none) {
      block_sums(channel, n, w, order);
    }
    if (order == Derivatives::second) {
      block_scores(channel, n);
      kernels::gram(w,
                    work_[channel].score_ptrs.data(),
                    work_[channel].params.size(),
                    n,
                    work_[channel].score_gram.data());
    }
  }
  return true;
}

// Which switch cells hold a break point at theta: their events count and their nodes get weight 0.
// False if there is none.
bool ExtendedNll::choose_switches(std::size_t channel, std::span<double const> theta) {
  auto const& sample = sample_->channels[channel];
  auto& work = work_[channel];
  if (sample.switches.empty() || work.moving.empty()) {
    return false;
  }
  bool any = false;
  work.by_events.assign(sample.switches.size(), false);
  for (double const place : moving_break_points(channel, theta)) {
    auto cell = std::partition_point(sample.switches.begin(),
                                     sample.switches.end(),
                                     [&](auto const& c) { return c.upper < place; });
    for (; cell != sample.switches.end() && cell->lower <= place; ++cell) {
      work.by_events[static_cast<std::size_t>(cell - sample.switches.begin())] = true;
      any = true;
    }
  }
  if (any) {
    work.weights = sample.weights;
    for (std::size_t i = 0; i < sample.switches.size(); ++i) {
      if (work.by_events[i]) {
        std::fill_n(work.weights.data() + sample.switches[i].first_node,
                    sample.switches[i].n_nodes,
                    0.0);
      }
    }
  }
  return any;
}

bool ExtendedNll::add_channel(std::size_t channel,
                              std::span<double const> theta,
                              Derivatives order,
                              Sum& sum) {
  auto const& sample = sample_->channels[channel];
  double const* columns[32];
  TOYFARM_EXPECTS(sample.columns.size() <= std::size(columns));
  for (std::size_t o = 0; o < sample.columns.size(); ++o) {
    columns[o] = sample.columns[o].data();
  }
  bool const switched = choose_switches(channel, theta);
  auto const& weights = switched ? work_[channel].weights : sample.weights;
  if (!add_points(channel,
                  {columns, sample.size()},
                  weights.empty() ? nullptr : weights.data(),
                  order,
                  sum)) {
    return false;
  }
  for (std::size_t i = 0; switched && i < sample.switches.size(); ++i) {
    if (!work_[channel].by_events[i]) {
      continue;
    }
    for (std::size_t o = 0; o < sample.switched.size(); ++o) {
      columns[o] = sample.switched[o].data() + sample.switches[i].first_event;
    }
    if (!add_points(channel, {columns, sample.switches[i].n_events}, nullptr, order, sum)) {
      return false;
    }
  }
  return true;
}

bool ExtendedNll::prepare_scores(std::size_t channel, std::span<double const> theta) {
  scored_channel_ = channel;
  return prepare(channel, theta, above_, Derivatives::first);
}

std::optional<ExtendedNll::Scores> ExtendedNll::scores(model::Points points) {
  TOYFARM_EXPECTS(points.size <= max_points);
  auto const c = scored_channel_;
  if (!std::isfinite(block_log_f(c, points, nullptr, Derivatives::first))) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < points.size; ++i) {
    total_[i] = 1 / total_[i];
  }
  for (auto& p : work_[c].processes) {
    kernels::multiply(p.ratio.data(), total_.data(), p.ratio.data(), points.size);
  }
  block_scores(c, points.size);
  return Scores{log_f_.data(), work_[c].score_ptrs.data()};
}

std::span<double const> ExtendedNll::moving_break_points(std::size_t channel,
                                                         std::span<double const> theta) {
  auto& work = work_[channel];
  std::size_t n = 0;
  for (auto const p : work.moving) {
    auto const& process = model_->channels[channel].processes[p];
    double shape[64];
    for (std::size_t k = 0; k < process.shape_params.size(); ++k) {
      shape[k] = theta[process.shape_params[k]];
    }
    n += process.shape.density->moving_break_points(
        {shape, process.shape_params.size()}, std::span(work.break_points).subspan(n));
  }
  return std::span(work.break_points).first(n);
}

// d(-ln L)/dj = sum_p [ d_j nu_p (1 - Q_p) - nu_p D_pj ];  second derivatives from
// d_jk ln f = sum_p q_p [ d_jk nu + d_j nu d_k + d_j d_k nu + nu (dd_jk + d_j d_k) ] - s_j s_k.
void ExtendedNll::add_derivatives(std::size_t channel, Derivatives order, NllPoint& out) const {
  auto const& work = work_[channel];
  auto const global = [&](std::size_t local) {
    return static_cast<Eigen::Index>(work.params[local]);
  };
  for (auto const& p : work.processes) {
    for (std::size_t k = 0; k < p.yield_local.size(); ++k) {
      out.gradient[global(p.yield_local[k])] += p.nu_first[k] * (1 - p.sum_ratio);
    }
    for (std::size_t k = 0; k < p.n_shape; ++k) {
      out.gradient[global(p.shape_local[k])] -= p.nu * p.sum_first[k];
    }
  }
  if (order != Derivatives::second) {
    return;
  }
  auto const add = [&](std::size_t a, std::size_t b, double value) {
    out.hessian(global(a), global(b)) += value;
    out.hessian(global(b), global(a)) += value;
  };
  for (auto const& p : work.processes) {
    for (std::size_t k = 0; k < p.yield_local.size(); ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        add(p.yield_local[k],
            p.yield_local[l],
            (k == l ? 0.5 : 1.0) * p.nu_second[packed(k, l)] * (1 - p.sum_ratio));
      }
      for (std::size_t l = 0; l < p.n_shape; ++l) {
        add(p.yield_local[k], p.shape_local[l], -p.nu_first[k] * p.sum_first[l]);
      }
    }
    for (std::size_t k = 0; k < p.n_shape; ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        add(p.shape_local[k],
            p.shape_local[l],
            -(k == l ? 0.5 : 1.0) * p.nu * p.sum_second[packed(k, l)]);
      }
    }
  }
  for (std::size_t k = 0; k < work.params.size(); ++k) {
    for (std::size_t l = 0; l <= k; ++l) {
      add(k, l, (k == l ? 0.5 : 1.0) * work.score_gram[packed(k, l)]);
    }
  }
}

bool ExtendedNll::evaluate(std::span<double const> theta,
                           std::span<model::KinkSide const> sides,
                           Derivatives order,
                           NllPoint& out) {
  TOYFARM_EXPECTS(sample_ != nullptr && theta.size() == n_params() && sides.size() == n_params());
  ++n_evaluations_;
  auto const n = static_cast<Eigen::Index>(n_params());
  if (order != Derivatives::none) {
    out.gradient.setZero(n);
  }
  if (order == Derivatives::second) {
    out.hessian.setZero(n, n);
  }
  out.value = infinity;
  Sum sum;
  double expected = 0;
  for (std::size_t c = 0; c < work_.size(); ++c) {
    if (!model_->channels[c].in_fit) {
      continue;
    }
    if (!prepare(c, theta, sides, order)) {
      return false;
    }
    for (auto const& p : work_[c].processes) {
      add_compensated(sum.total, sum.carry, p.nu);
      expected += p.nu;
    }
    if (!add_channel(c, theta, order, sum)) {
      return false;
    }
    if (order != Derivatives::none) {
      add_derivatives(c, order, out);
    }
  }
  for (std::size_t j = 0; j < model_->constraints.size(); ++j) {
    auto const& constraint = model_->constraints[j];
    auto const k = static_cast<Eigen::Index>(constraint.parameter);
    double const z = (theta[constraint.parameter] - centres_[j]) / constraint.sigma;
    add_compensated(
        sum.total,
        sum.carry,
        0.5 * z * z + std::log(constraint.sigma) + 0.5 * std::log(2 * std::numbers::pi));
    if (order != Derivatives::none) {
      out.gradient[k] += z / constraint.sigma;
    }
    if (order == Derivatives::second) {
      out.hessian(k, k) += 1 / (constraint.sigma * constraint.sigma);
    }
  }
  bool const finite = std::isfinite(sum.total + sum.carry) &&
                      (order == Derivatives::none || out.gradient.allFinite()) &&
                      (order != Derivatives::second || out.hessian.allFinite());
  out.value = finite ? sum.total + sum.carry : infinity;
  out.scale = std::abs(out.value) + expected;
  return finite;
}

bool ExtendedNll::score_outer_product(std::span<double const> theta, Eigen::MatrixXd& out) {
  auto const n_all = static_cast<Eigen::Index>(n_params());
  out.setZero(n_all, n_all);
  for (std::size_t c = 0; c < work_.size(); ++c) {
    auto& work = work_[c];
    if (!model_->channels[c].in_fit) {
      continue;
    }
    if (!prepare(c, theta, above_, Derivatives::first)) {
      return false;
    }
    auto const& sample = sample_->channels[c];
    double const* columns[32];
    for (std::size_t begin = 0; begin < sample.size(); begin += block_size) {
      auto const n = std::min(block_size, sample.size() - begin);
      for (std::size_t o = 0; o < sample.columns.size(); ++o) {
        columns[o] = sample.columns[o].data() + begin;
      }
      double const* const weights =
          sample.weights.empty() ? nullptr : sample.weights.data() + begin;
      if (!std::isfinite(block_log_f(c, {columns, n}, weights, Derivatives::first))) {
        return false;
      }
      block_sums(c, n, weights, Derivatives::first);
      block_scores(c, n);
      if (weights != nullptr) {
        kernels::multiply(weights, weights, squared_weights_.data(), n);
      }
      kernels::gram(weights != nullptr ? squared_weights_.data() : nullptr,
                    work.score_ptrs.data(),
                    work.params.size(),
                    n,
                    work.score_gram.data());
    }
    for (std::size_t k = 0; k < work.params.size(); ++k) {
      for (std::size_t l = 0; l < work.params.size(); ++l) {
        out(static_cast<Eigen::Index>(work.params[k]), static_cast<Eigen::Index>(work.params[l])) +=
            work.score_gram[packed(std::max(k, l), std::min(k, l))];
      }
    }
  }
  for (auto const& constraint : model_->constraints) {
    auto const k = static_cast<Eigen::Index>(constraint.parameter);
    out(k, k) += 1 / (constraint.sigma * constraint.sigma);
  }
  return true;
}

}  // namespace toyfarm::fit
