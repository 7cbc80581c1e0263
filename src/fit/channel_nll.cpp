#include "channel_nll.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/kernels/math.hpp"

namespace toyfarm::fit {

using model::Derivatives;
using model::LogDensityView;
using model::packed;
using model::packed_size;
using model::SecondForm;

namespace {

// Limits of nu within which 16 values of f may be multiplied.
constexpr double least_nu = 1e-18;
constexpr double most_nu = 1e18;

}  // namespace

void CompensatedSum::add(double term) noexcept {
  double const sum = total + term;
  carry += std::abs(total) >= std::abs(term) ? (total - sum) + term : (term - sum) + total;
  total = sum;
}

Derivatives ChannelNll::order_of(Process const& p) const noexcept {
  if (p.is_constant) {
    return Derivatives::none;
  }
  return p.form == SecondForm::columns ? order_ : std::min(order_, Derivatives::first);
}

bool ChannelNll::prepare_shape(Process& p, std::span<double const> theta, Derivatives order) {
  bool same = p.is_constant && p.is_prepared;
  for (std::size_t k = 0; k < p.n_shape; ++k) {
    double const value = theta[p.model->shape_params[k]];
    same = same && p.shape[k] == value;
    p.shape[k] = value;
  }
  if (same) {
    return true;
  }
  auto const& density = *p.model->shape.density;
  p.is_prepared = density.prepare(p.shape, p.is_constant ? Derivatives::none : order, p.scratch);
  p.node_log_p.clear();
  p.check_log_p.clear();
  return p.is_prepared;
}

// False of a yield that is negative or not finite.
bool ChannelNll::prepare_yield(std::size_t process,
                               std::span<double const> theta,
                               std::span<model::KinkSide const> sides) {
  auto& p = processes_[process];
  p.nu = p.model->yield.value(theta, sides, order_, p.nu_first, p.nu_second);
  if (p.is_off) {
    p.nu = 0;
    std::fill(p.nu_first.begin(), p.nu_first.end(), 0.0);
    std::fill(p.nu_second.begin(), p.nu_second.end(), 0.0);
  }
  nus_[process] = p.nu;
  return p.nu >= 0 && p.nu < std::numeric_limits<double>::infinity();
}

void ChannelNll::turn(std::span<double const> theta,
                      std::span<model::KinkSide const> sides,
                      Derivatives order) {
  TOYFARM_EXPECTS(sums_serve_all_sides());
  order_ = order;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    static_cast<void>(prepare_yield(i, theta, sides));
  }
}

bool ChannelNll::prepare(std::span<double const> theta,
                         std::span<model::KinkSide const> sides,
                         Derivatives order) {
  order_ = order;
  may_multiply_ = true;
  double sum = 0;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    auto& p = processes_[i];
    if (!prepare_yield(i, theta, sides) || !prepare_shape(p, theta, order)) {
      return false;
    }
    may_multiply_ = may_multiply_ && (p.nu == 0 || p.nu >= least_nu);
    sum += p.nu;
    std::fill(p.gram.begin(), p.gram.end(), 0.0);
    std::fill(p.sum_second.begin(), p.sum_second.end(), 0.0);
  }
  may_multiply_ = may_multiply_ && sum > 0 && sum <= most_nu;
  for (std::size_t t = 0; order != Derivatives::none && t < terms_.size(); ++t) {
    terms_[t].coefficient = *coefficients_[t];
  }
  std::fill(score_gram_.begin(), score_gram_.end(), 0.0);
  return true;
}

void ChannelNll::add_expected(CompensatedSum& nll) const {
  for (double const nu : nus_) {
    nll.add(nu);
  }
}

// Densities read the observables of the axes only, so that any column serves for the others.
void ChannelNll::place_columns(CellPoints points, std::size_t first, double const** columns) const {
  std::fill_n(columns, channel_->observables.size(), (nodes_->axes.front().*points).data() + first);
  for (auto const& axis : nodes_->axes) {
    columns[axis.observable] = (axis.*points).data() + first;
  }
}

void ChannelNll::fill_constants(Process& p, CellPoints points, core::Column& log_p) {
  auto const n = (nodes_->axes.front().*points).size();
  log_p.resize(n);
  auto* const columns = kept_columns_.data();
  for (std::size_t i = 0; i < n; i += block_size) {
    place_columns(points, i, columns);
    p.model->shape.density->evaluate(p.scratch,
                                     {columns, std::min(block_size, n - i)},
                                     Derivatives::none,
                                     {log_p.data() + i, nullptr, nullptr, block_size});
  }
}

void ChannelNll::evaluate_densities(Block const& block) {
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    auto& p = processes_[i];
    if (p.is_constant && block.constants != nullptr) {
      auto& kept = p.*block.constants;
      if (kept.empty()) {
        bool const of_nodes = block.constants == &Process::node_log_p;
        fill_constants(p, of_nodes ? &model::NodeAxis::nodes : &model::NodeAxis::checks, kept);
      }
      log_p_ptrs_[i] = kept.data() + block.first;
      continue;
    }
    double* const columns = p.columns.data();
    auto const order = order_of(p);
    LogDensityView const out{
        columns,
        order == Derivatives::none ? nullptr : columns + column_stride,
        order == Derivatives::second ? columns + (1 + p.n_shape) * column_stride : nullptr,
        column_stride};
    p.model->shape.density->evaluate(p.scratch, block.points, order, out);
    log_p_ptrs_[i] = columns;
  }
}

// sum_i w_i ln f_i, and the ratios.
double ChannelNll::sum_log_f(Block const& block) {
  evaluate_densities(block);
  kernels::Mixture const mixture{
      processes_.size(), log_p_ptrs_.data(), nus_.data(), ratio_ptrs_.data()};
  auto const n = block.points.size;
  if (block.constants == &Process::node_log_p) {
    return kernels::mixture_n(mixture, block.weights, n, node_log_f_.data() + block.first);
  }
  if (block.weights == nullptr && block.constants == nullptr && may_multiply_) {
    return kernels::mixture_sum(mixture, n);
  }
  return kernels::mixture_n(mixture, block.weights, n, log_f_.data());
}

void ChannelNll::block_sums(Block const& block) {
  auto const n = block.points.size;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    auto& p = processes_[i];
    double const* const q = ratios_[i].data();
    auto const m = p.is_constant ? 0 : p.n_shape;
    bool const products = order_ == Derivatives::second && p.form != SecondForm::affine_product;
    kernels::gram_with_one(
        block.weights, q, p.first_ptrs.data(), products ? m + 1 : 1, n, p.gram.data());
    if (m == 0) {
      continue;
    }
    if (!products) {
      std::fill_n(p.sums.begin(), m, 0.0);
      kernels::weighted_sums(block.weights, q, p.first_ptrs.data() + 1, m, n, p.sums.data());
      for (std::size_t k = 0; k < m; ++k) {
        p.gram[packed(k + 1, 0)] += p.sums[k];
      }
    }
    if (order_ == Derivatives::second && p.form == SecondForm::columns) {
      kernels::weighted_sums(
          block.weights, q, p.second_ptrs.data(), packed_size(m), n, p.sum_second.data());
    }
  }
}

void ChannelNll::block_scores(Block const& block) {
  bool const kept = block.constants == &Process::node_log_p;
  for (std::size_t j = 0; j < scores_.size(); ++j) {
    kernels::sum_terms(terms_.data() + first_term_[j],
                       first_term_[j + 1] - first_term_[j],
                       block.points.size,
                       kept ? node_scores_[j].data() + block.first : scores_[j].data());
  }
}

bool ChannelNll::add_block(Block const& block, CompensatedSum& nll) {
  double const log_f = sum_log_f(block);
  if (!std::isfinite(log_f)) {
    return false;
  }
  nll.add(-log_f);
  if (order_ == Derivatives::none) {
    return true;
  }
  block_sums(block);
  bool const kept = block.constants == &Process::node_log_p;
  if (order_ == Derivatives::second || kept) {
    block_scores(block);
  }
  if (order_ == Derivatives::second) {
    for (std::size_t j = 0; j < scores_.size(); ++j) {
      block_score_ptrs_[j] = kept ? node_scores_[j].data() + block.first : scores_[j].data();
    }
    kernels::gram(block.weights,
                  block_score_ptrs_.data(),
                  scores_.size(),
                  block.points.size,
                  score_gram_.data());
  }
  return true;
}

double const** ChannelNll::columns_from(std::vector<core::Column> const& columns,
                                        std::size_t first) {
  for (std::size_t o = 0; o < columns.size(); ++o) {
    sample_columns_[o] = columns[o].data() + first;
  }
  return sample_columns_.data();
}

bool ChannelNll::add_points(model::ChannelSample const& sample,
                            std::span<double const> theta,
                            CompensatedSum& nll) {
  if (sample.tree != nullptr) {
    return add_tree(sample, theta, nll);
  }
  bool const switched = choose_switches(sample, theta);
  auto const n_nodes = nodes_->n_nodes();
  double const* const weights = switched                 ? switched_weights_.data()
                                : sample.weights.empty() ? nullptr
                                                         : sample.weights.data();
  if (!for_blocks({columns_from(sample.columns, 0), n_nodes}, weights, [&](Block& block) {
        block.constants = &Process::node_log_p;
        return add_block(block, nll);
      })) {
    return false;
  }
  auto const add = [&](Block const& block) { return add_block(block, nll); };
  // Events beside nodes all have weight 1.
  if (!for_blocks({columns_from(sample.columns, n_nodes), sample.size() - n_nodes},
                  n_nodes > 0 ? nullptr : weights,
                  add)) {
    return false;
  }
  for (std::size_t i = 0; switched && i < sample.switches.size(); ++i) {
    auto const& s = sample.switches[i];
    if (by_events_[i] &&
        !for_blocks({columns_from(sample.switched, s.first_event), s.n_events}, nullptr, add)) {
      return false;
    }
  }
  return true;
}

}  // namespace toyfarm::fit
