#include <algorithm>
#include <cmath>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/kernels/math.hpp"

#include "channel_nll.hpp"

// Scores of points, nodes and checks: of all parameters, or the few functions that they are sums
// of.
namespace toyfarm::fit {

using model::packed;

// C G C^T, C being the parts.
std::vector<double> const& ChannelNll::gram_of_scores() {
  if (parts_.empty()) {
    return score_gram_;
  }
  auto const n = scores_.size();
  std::fill(half_expanded_.begin(), half_expanded_.end(), 0.0);
  for (auto const& part : parts_) {
    double* const row = half_expanded_.data() + part.param * n;
    for (std::size_t f = 0; f < n; ++f) {
      auto const [low, high] = std::minmax(f, part.function);
      row[f] += *part.coefficient * score_gram_[packed(high, low)];
    }
  }
  std::fill(all_gram_.begin(), all_gram_.end(), 0.0);
  for (auto const& part : parts_) {
    for (std::size_t k = part.param; k < params_.size(); ++k) {
      all_gram_[packed(k, part.param)] += half_expanded_[k * n + part.function] * *part.coefficient;
    }
  }
  return all_gram_;
}

std::span<ScorePart const> ChannelNll::score_parts() {
  parts_now_.clear();
  for (auto const& part : parts_) {
    parts_now_.push_back({part.param, part.function, *part.coefficient});
  }
  return parts_now_;
}

std::optional<NodeScores> ChannelNll::check_functions(std::size_t first, std::size_t n) {
  auto* const columns = block_columns_.data();
  place_columns(&model::NodeAxis::checks, first, columns);
  Block block{{columns, n}, nullptr, &Process::check_log_p};
  block.first = first;
  if (!std::isfinite(sum_log_f(block))) {
    return std::nullopt;
  }
  block_scores(block);
  return NodeScores{log_f_.data(), score_ptrs_.data()};
}

std::optional<NodeScores> ChannelNll::scores(model::Points points) {
  TOYFARM_EXPECTS(points.size <= block_size);
  evaluate_densities({points});
  kernels::Mixture const mixture{
      processes_.size(), log_p_ptrs_.data(), nus_.data(), ratio_ptrs_.data()};
  if (!std::isfinite(kernels::mixture_n(mixture, nullptr, points.size, log_f_.data()))) {
    return std::nullopt;
  }
  block_scores({points});
  if (parts_.empty()) {
    return NodeScores{log_f_.data(), score_ptrs_.data()};
  }
  for (auto& column : all_scores_) {
    std::fill_n(column.begin(), points.size, 0.0);
  }
  for (auto const& part : parts_) {
    kernels::axpy(*part.coefficient,
                  scores_[part.function].data(),
                  all_scores_[part.param].data(),
                  points.size);
  }
  return NodeScores{log_f_.data(), all_score_ptrs_.data()};
}

bool ChannelNll::add_score_products(model::ChannelSample const& sample, Eigen::MatrixXd& out) {
  double const* const weights = sample.weights.empty() ? nullptr : sample.weights.data();
  if (!for_blocks(
          {columns_from(sample.columns, 0), sample.size()}, weights, [&](Block const& block) {
            if (!std::isfinite(sum_log_f(block))) {
              return false;
            }
            block_scores(block);
            auto const n = block.points.size;
            if (block.weights != nullptr) {
              kernels::multiply(block.weights, block.weights, squares_.data(), n);
            }
            kernels::gram(block.weights != nullptr ? squares_.data() : nullptr,
                          score_ptrs_.data(),
                          scores_.size(),
                          n,
                          score_gram_.data());
            return true;
          })) {
    return false;
  }
  auto const& gram = gram_of_scores();
  for (std::size_t k = 0; k < params_.size(); ++k) {
    for (std::size_t l = 0; l < params_.size(); ++l) {
      out(static_cast<Eigen::Index>(params_[k]), static_cast<Eigen::Index>(params_[l])) +=
          gram[packed(std::max(k, l), std::min(k, l))];
    }
  }
  return true;
}

}  // namespace toyfarm::fit
