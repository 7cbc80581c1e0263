#include <algorithm>

#include "toyfarm/kernels/math.hpp"

#include "channel_nll.hpp"

// Scores of all parameters from the few functions that they are sums of.
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

NodeScores ChannelNll::node_scores() {
  if (parts_.empty()) {
    return node_functions();
  }
  auto const n = node_log_f_.size();
  for (auto& column : all_node_scores_) {
    column.assign(n, 0);
  }
  for (auto const& part : parts_) {
    kernels::axpy(*part.coefficient,
                  node_scores_[part.function].data(),
                  all_node_scores_[part.param].data(),
                  n);
  }
  std::transform(all_node_scores_.begin(),
                 all_node_scores_.end(),
                 all_node_score_ptrs_.begin(),
                 [](core::Column const& column) { return column.data(); });
  return {node_log_f_.data(), all_node_score_ptrs_.data()};
}

NodeScores ChannelNll::block_node_scores(std::size_t n) {
  if (parts_.empty()) {
    return {log_f_.data(), score_ptrs_.data()};
  }
  for (auto& column : all_scores_) {
    std::fill_n(column.begin(), n, 0.0);
  }
  for (auto const& part : parts_) {
    kernels::axpy(
        *part.coefficient, scores_[part.function].data(), all_scores_[part.param].data(), n);
  }
  return {log_f_.data(), all_score_ptrs_.data()};
}

}  // namespace toyfarm::fit
