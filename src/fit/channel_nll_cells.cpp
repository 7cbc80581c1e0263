#include <algorithm>
#include <limits>

#include "channel_nll.hpp"

// Which cells count by their nodes, and which by their events. Of a tree: each stretch at the
// coarsest cells that resolve the densities there.
namespace toyfarm::fit {

namespace {

constexpr double cells_per_scale = 2;      // eight nodes interpolate a Gaussian to 1e-9 then
constexpr double hidden = 3;               // scales between two points that a feature may hide in
constexpr std::size_t cells_at_once = 16;  // whose scale is asked for together

}  // namespace

double ChannelNll::scale(std::size_t observable, double lower, double upper) const {
  double least = std::numeric_limits<double>::infinity();
  for (auto const& p : processes_) {
    if (p.is_off) {
      continue;
    }
    for (auto const& factor : p.model->shape.factors) {
      if (factor.observable == observable) {
        auto const params =
            std::span(p.shape).subspan(factor.first_param, factor.density->n_params());
        least = std::min(least, factor.density->scale(params, lower, upper));
      }
    }
  }
  return least;
}

void ChannelNll::choose(model::NodeTree const& tree, std::uint32_t index) {
  auto const& cell = tree.cell(index);
  if (!(tree.count(index) > 0)) {
    return;
  }
  bool const holds_joint = std::any_of(joints_.begin(), joints_.end(), [&](double place) {
    return place > cell.lower && place < cell.upper;
  });
  bool const resolved = !holds_joint && (cell.upper - cell.lower) * cells_per_scale * fineness_ <=
                                            scale(tree.observable, cell.lower, cell.upper);
  bool const is_leaf = cell.halves == 0;
  if (resolved && !(is_leaf && tree.count(index) <= model::node_order)) {
    choice_.push_back(index);
  } else if (is_leaf) {
    choice_.push_back(static_cast<std::uint32_t>(tree.n_cells() + cell.first_leaf));
  } else {
    choose(tree, cell.halves);
    choose(tree, cell.halves + 1);
  }
}

void ChannelNll::choose_cells(model::NodeTree const& tree, std::span<double const> theta) {
  choice_.clear();
  joints_ = moving_.empty() ? std::span<double const>{} : moving_break_points(theta);
  for (auto const root : tree.roots()) {
    choose(tree, root);
  }
  if (chosen_for_ != &tree || choice_ != chosen_) {
    chosen_for_ = &tree;
    std::swap(choice_, chosen_);
    take_chosen(tree);
  }
}

void ChannelNll::take_chosen(model::NodeTree const& tree) {
  chosen_cells_.axes.resize(1);
  chosen_cells_.counts.clear();
  chosen_weights_.clear();
  close_events_.clear();
  auto& axis = chosen_cells_.axes.front();
  axis.observable = tree.observable;
  axis.lower.clear();
  axis.upper.clear();
  axis.nodes.clear();
  axis.checks.clear();
  for (auto const index : chosen_) {
    if (index >= tree.n_cells()) {
      auto const events = tree.events(index - tree.n_cells());
      close_events_.insert(close_events_.end(), events.begin(), events.end());
      continue;
    }
    auto const& cell = tree.cell(index);
    axis.lower.push_back(cell.lower);
    axis.upper.push_back(cell.upper);
    axis.nodes.insert(axis.nodes.end(), tree.nodes(index), tree.nodes(index) + model::node_order);
    axis.checks.insert(
        axis.checks.end(), tree.checks(index), tree.checks(index) + model::check_order);
    chosen_cells_.counts.push_back(tree.count(index));
    chosen_weights_.insert(
        chosen_weights_.end(), tree.weights(index), tree.weights(index) + model::node_order);
  }
  nodes_ = &chosen_cells_;
  auto const n = chosen_cells_.n_nodes();
  node_log_f_.resize(n);
  for (std::size_t j = 0; j < node_scores_.size(); ++j) {
    node_scores_[j].resize(n);
    node_score_ptrs_[j] = node_scores_[j].data();
  }
  for (auto& p : processes_) {
    p.node_log_p.clear();
    p.check_log_p.clear();
  }
}

bool ChannelNll::add_tree(model::ChannelSample const& sample,
                          std::span<double const> theta,
                          CompensatedSum& nll) {
  choose_cells(*sample.tree, theta);
  auto* const columns = sample_columns_.data();
  auto const add = [&](Block const& block) { return add_block(block, nll); };
  std::fill_n(columns, sample.columns.size(), nodes_->axes.front().nodes.data());
  if (!for_blocks({columns, nodes_->n_nodes()}, chosen_weights_.data(), [&](Block& block) {
        block.constants = &Process::node_log_p;
        return add_block(block, nll);
      })) {
    return false;
  }
  std::fill_n(columns, sample.columns.size(), close_events_.data());
  if (!for_blocks({columns, close_events_.size()}, nullptr, add)) {
    return false;
  }
  return for_blocks({columns_from(sample.columns, 0), sample.size()}, nullptr, add);
}

bool ChannelNll::is_resolved() const {
  for (auto const& axis : nodes_->axes) {
    for (std::size_t first = 0; first < axis.lower.size(); first += cells_at_once) {
      auto const last = std::min(first + cells_at_once, axis.lower.size());
      if (!are_resolved(axis, first, last)) {
        return false;
      }
    }
  }
  return true;
}

bool ChannelNll::are_resolved(model::NodeAxis const& axis,
                              std::size_t first,
                              std::size_t last) const {
  double lower = std::numeric_limits<double>::infinity();
  double upper = -lower;
  double widest = 0;
  for (auto c = first; c < last; ++c) {
    if (nodes_->counts[c] > 0) {
      lower = std::min(lower, axis.lower[c]);
      upper = std::max(upper, axis.upper[c]);
      widest = std::max(widest, axis.upper[c] - axis.lower[c]);
    }
  }
  // No part of an interval has a shorter scale than the whole.
  if (!(widest > 0) || widest <= hidden * scale(axis.observable, lower, upper)) {
    return true;
  }
  auto const per_cell = axis.checks.size() / axis.lower.size();
  for (auto c = first; c < last; ++c) {
    if (!(nodes_->counts[c] > 0) ||
        axis.upper[c] - axis.lower[c] <=
            hidden * scale(axis.observable, axis.lower[c], axis.upper[c])) {
      continue;
    }
    // Checks of two axes repeat along one of them.
    double before = axis.lower[c];
    for (std::size_t i = 0; i <= per_cell; ++i) {
      double const place = i < per_cell ? axis.checks[c * per_cell + i] : axis.upper[c];
      if (place - before > hidden * scale(axis.observable, before, place)) {
        return false;
      }
      before = std::max(before, place);
    }
  }
  return true;
}

// Which switch cells hold a break point at theta: their events count and their nodes get weight 0.
// False if there is none.
bool ChannelNll::choose_switches(model::ChannelSample const& sample,
                                 std::span<double const> theta) {
  if (sample.switches.empty() || moving_.empty()) {
    return false;
  }
  bool any = false;
  by_events_.assign(sample.switches.size(), false);
  for (double const place : moving_break_points(theta)) {
    auto cell = std::partition_point(sample.switches.begin(),
                                     sample.switches.end(),
                                     [&](auto const& c) { return c.upper < place; });
    for (; cell != sample.switches.end() && cell->lower <= place; ++cell) {
      by_events_[static_cast<std::size_t>(cell - sample.switches.begin())] = true;
      any = true;
    }
  }
  if (any) {
    switched_weights_.reserve(sample.weights.capacity());  // grows no more often than the sample
    switched_weights_ = sample.weights;
    for (std::size_t i = 0; i < sample.switches.size(); ++i) {
      if (by_events_[i]) {
        std::fill_n(switched_weights_.data() + sample.switches[i].first_node,
                    sample.switches[i].n_nodes,
                    0.0);
      }
    }
  }
  return any;
}

std::span<double const> ChannelNll::moving_break_points(std::span<double const> theta) {
  std::size_t n = 0;
  for (auto const i : moving_) {
    auto& p = processes_[i];
    shape_at_.resize(p.n_shape);
    for (std::size_t k = 0; k < p.n_shape; ++k) {
      shape_at_[k] = theta[p.model->shape_params[k]];
    }
    n +=
        p.model->shape.density->moving_break_points(shape_at_, std::span(break_points_).subspan(n));
  }
  return std::span(break_points_).first(n);
}

}  // namespace toyfarm::fit
