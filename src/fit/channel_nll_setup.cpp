#include <algorithm>

#include "toyfarm/core/contract.hpp"

#include "channel_nll.hpp"
#include "local_index.hpp"

namespace toyfarm::fit {

using model::packed_size;

ChannelNll::ChannelNll(model::Channel const& channel,
                       std::vector<model::Parameter> const& parameters,
                       model::NodeCells const& nodes)
    : channel_(&channel),
      nodes_(&nodes),
      nus_(channel.processes.size()),
      log_p_ptrs_(channel.processes.size()),
      ratios_(channel.processes.size(), core::Column(block_size)),
      log_f_(block_size),
      node_log_f_(nodes.n_nodes()),
      sample_columns_(channel.observables.size()),
      block_columns_(channel.observables.size()),
      kept_columns_(channel.observables.size()),
      squares_(block_size) {
  for (auto const& process : channel.processes) {
    add_process(process, parameters);
  }
  for (auto& ratio : ratios_) {
    ratio_ptrs_.push_back(ratio.data());
  }
  place_terms();
  auto const n_columns = first_term_.size() - 1;
  scores_.assign(n_columns, core::Column(block_size));
  node_scores_.assign(n_columns, core::Column(nodes.n_nodes()));
  for (std::size_t j = 0; j < n_columns; ++j) {
    score_ptrs_.push_back(scores_[j].data());
    node_score_ptrs_.push_back(node_scores_[j].data());
  }
  block_score_ptrs_ = score_ptrs_;
  score_gram_.resize(packed_size(n_columns));
  if (!parts_.empty()) {
    auto const n = params_.size();
    all_scores_.assign(n, core::Column(block_size));
    for (auto const& column : all_scores_) {
      all_score_ptrs_.push_back(column.data());
    }
    all_gram_.resize(packed_size(n));
    half_expanded_.resize(n * n_columns);
  }
  std::size_t n_moving = 0;
  for (auto const i : moving_) {
    n_moving += channel.processes[i].shape.density->n_moving_break_points();
    shape_at_.reserve(processes_[i].n_shape);
  }
  break_points_.resize(n_moving);
}

void ChannelNll::add_process(model::Process const& process,
                             std::vector<model::Parameter> const& parameters) {
  auto const& density = *process.shape.density;
  auto const n = process.shape_params.size();
  auto const n_yield = process.yield.params().size();
  Process p;
  p.model = &process;
  p.n_shape = n;
  p.is_constant = std::all_of(process.shape_params.begin(),
                              process.shape_params.end(),
                              [&](std::size_t j) { return parameters[j].fixed; });
  p.form = density.second_form();
  p.shape.resize(n);
  p.scratch.resize(density.scratch_size());
  auto const n_first = p.is_constant ? 0 : n;
  auto const n_second = p.form == model::SecondForm::columns ? packed_size(n_first) : 0;
  p.columns.resize((1 + n_first + n_second) * column_stride);
  p.first_ptrs.push_back(nullptr);
  for (std::size_t k = 0; k < n_first; ++k) {
    p.first_ptrs.push_back(p.columns.data() + (1 + k) * column_stride);
  }
  for (std::size_t kl = 0; kl < n_second; ++kl) {
    p.second_ptrs.push_back(p.columns.data() + (1 + n + kl) * column_stride);
  }
  p.nu_first.resize(n_yield);
  p.nu_second.resize(packed_size(n_yield));
  p.gram.resize(packed_size(n_first + 1));
  p.sums.resize(n_first + 1);
  p.sum_second.resize(packed_size(n_first));
  for (auto const i : process.shape_params) {
    p.shape_local.push_back(local_index(params_, i));
  }
  for (auto const i : process.yield.params()) {
    p.yield_local.push_back(local_index(params_, i));
  }
  if (density.has_moving_break_points()) {
    moving_.push_back(processes_.size());
  }
  processes_.push_back(std::move(p));
}

void ChannelNll::add_term(double const* coefficient, std::size_t process, double const* factor) {
  terms_.push_back({0, ratios_[process].data(), factor});
  coefficients_.push_back(coefficient);
}

// Scores s_j = sum_p q_p (d nu_p / d theta_j + nu_p d ln p_p / d theta_j), term by term.
void ChannelNll::place_terms() {
  std::size_t n_functions = 0;
  for (auto const& p : processes_) {
    n_functions += 1 + (p.is_constant ? 0 : p.n_shape);
  }
  if (2 * n_functions <= params_.size()) {
    place_functions();
    return;
  }
  for (std::size_t j = 0; j < params_.size(); ++j) {
    first_term_.push_back(terms_.size());
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      auto const& p = processes_[i];
      for (std::size_t k = 0; k < p.yield_local.size(); ++k) {
        if (p.yield_local[k] == j) {
          add_term(p.nu_first.data() + k, i, nullptr);
        }
      }
      for (std::size_t k = 0; k < p.n_shape && !p.is_constant; ++k) {
        if (p.shape_local[k] == j) {
          add_term(nus_.data() + i, i, p.first_ptrs[1 + k]);
        }
      }
    }
  }
  first_term_.push_back(terms_.size());
}

// Many parameters that enter by a few yields, a term each.
void ChannelNll::place_functions() {
  static constexpr double one = 1;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    auto const& p = processes_[i];
    for (std::size_t k = 0; k < p.yield_local.size(); ++k) {
      parts_.push_back({p.yield_local[k], terms_.size(), p.nu_first.data() + k});
    }
    first_term_.push_back(terms_.size());
    add_term(&one, i, nullptr);
    for (std::size_t k = 0; k < p.n_shape && !p.is_constant; ++k) {
      parts_.push_back({p.shape_local[k], terms_.size(), &one});
      first_term_.push_back(terms_.size());
      add_term(nus_.data() + i, i, p.first_ptrs[1 + k]);
    }
  }
  first_term_.push_back(terms_.size());
}

}  // namespace toyfarm::fit
