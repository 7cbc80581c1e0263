#include "toyfarm/fit/extended_nll.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "toyfarm/core/contract.hpp"

#include "channel_nll.hpp"

namespace toyfarm::fit {
namespace {

using model::Derivatives;

constexpr double infinity = std::numeric_limits<double>::infinity();

// Weights of nodes are no weights of events.
double typical_weight(model::Sample const& sample,
                      std::vector<std::unique_ptr<ChannelNll>> const& channels) {
  double sum = 0;
  double squares = 0;
  for (std::size_t c = 0; c < channels.size(); ++c) {
    auto const& points = sample.channels[c];
    bool const has_nodes = channels[c]->has_nodes() || points.tree != nullptr;
    if (has_nodes || points.weights.empty()) {
      sum += static_cast<double>(has_nodes ? 0 : points.size());
      squares += static_cast<double>(has_nodes ? 0 : points.size());
      continue;
    }
    for (double const w : points.weights) {
      sum += std::abs(w);
      squares += w * w;
    }
  }
  return sum > 0 ? squares / sum : 1;
}

}  // namespace

ExtendedNll::ExtendedNll(model::Model const& model,
                         std::span<model::NodeCells const> nodes,
                         int threads)
    : model_(&model),
      threads_(threads),
      lanes_(static_cast<std::size_t>(threads) - 1),
      held_(model.parameters.size(), std::numeric_limits<double>::quiet_NaN()),
      above_(model.parameters.size(), model::KinkSide::above) {
  TOYFARM_EXPECTS(threads >= 1);
  TOYFARM_EXPECTS(nodes.empty() || nodes.size() == model.channels.size());
  for (std::size_t c = 0; c < model.channels.size(); ++c) {
    channels_.push_back(std::make_unique<ChannelNll>(
        model.channels[c], model.parameters, nodes.empty() ? no_nodes : nodes[c]));
  }
  scored_at_.reserve(model.parameters.size());
  for (auto& lane : lanes_) {
    lane.resize(channels_.size());
  }
  scored_.gradient.resize(static_cast<Eigen::Index>(model.parameters.size()));
}

ExtendedNll::~ExtendedNll() = default;

void ExtendedNll::release() {
  std::ranges::fill(held_, std::numeric_limits<double>::quiet_NaN());
}

void ExtendedNll::bind(model::Sample const& sample, std::span<double const> centres) {
  TOYFARM_EXPECTS(sample.channels.size() == model_->channels.size());
  TOYFARM_EXPECTS(centres.size() == model_->constraints.size());
  sample_ = &sample;
  unit_ = typical_weight(sample, channels_);
  centres_ = centres;
  scored_at_.clear();
  for (auto const& channel : channels_) {
    channel->forget_cells();
  }
}

bool ExtendedNll::evaluate(std::span<double const> theta,
                           std::span<model::KinkSide const> sides,
                           Derivatives order,
                           NllPoint& out) {
  TOYFARM_EXPECTS(sample_ != nullptr && theta.size() == n_params() && sides.size() == n_params());
  ++n_evaluations_;
  bool const same_point =
      order != Derivatives::none && order <= scored_order_ &&
      std::equal(scored_at_.begin(), scored_at_.end(), theta.begin(), theta.end());
  scored_at_.clear();
  auto const n = static_cast<Eigen::Index>(n_params());
  if (order != Derivatives::none) {
    out.gradient.setZero(n);
  }
  if (order == Derivatives::second) {
    out.hessian.setZero(n, n);
    out.score_square.setZero(n);
    out.support.setZero(n);
  }
  out.value = infinity;
  CompensatedSum sum;
  CompensatedSum expected;
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    if (!model_->channels[c].in_fit) {
      continue;
    }
    auto& channel = *channels_[c];
    bool const turned = same_point && channel.sums_serve_all_sides();
    if (turned) {
      channel.turn(theta, sides, order);
    } else if (!channel.prepare(theta, sides, order)) {
      return false;
    }
    channel.add_expected(sum);
    channel.add_expected(expected);
    if (!turned && !add_channel(c, {theta, sides, order}, sum)) {
      return false;
    }
    channel.add_derivatives(out);
  }
  add_constraints({theta, sides, order}, sum, out);
  bool const finite = std::isfinite(sum.value()) &&
                      (order == Derivatives::none || out.gradient.allFinite()) &&
                      (order != Derivatives::second || out.hessian.allFinite());
  double const value = same_point ? scored_value_ : sum.value();
  out.value = finite ? value : infinity;
  out.scale = std::abs(out.value) + expected.value();
  if (finite && order != Derivatives::none) {
    scored_at_.assign(theta.begin(), theta.end());
    scored_order_ = same_point ? scored_order_ : order;
    scored_value_ = value;
  }
  return finite;
}

void ExtendedNll::add_constraints(At const& at, CompensatedSum& sum, NllPoint& out) const {
  for (std::size_t j = 0; j < model_->constraints.size(); ++j) {
    auto const& constraint = *model_->constraints[j];
    auto const k = static_cast<Eigen::Index>(constraint.parameter());
    auto const term = constraint.nll(at.theta[constraint.parameter()], centres_[j]);
    sum.add(term.value);
    if (at.order != Derivatives::none) {
      out.gradient[k] += term.slope;
    }
    if (at.order == Derivatives::second) {
      out.hessian(k, k) += term.curvature;
    }
  }
}

void ExtendedNll::set_off(std::size_t channel, std::size_t process, bool off) {
  channels_[channel]->set_off(process, off);
  scored_at_.clear();
}

bool ExtendedNll::is_off(std::size_t channel, std::size_t process) const {
  return channels_[channel]->is_off(process);
}

std::vector<std::size_t> const& ExtendedNll::channel_params(std::size_t channel) const {
  return channels_[channel]->params();
}

bool ExtendedNll::prepare_scores(std::span<double const> theta) {
  if (std::equal(scored_at_.begin(), scored_at_.end(), theta.begin(), theta.end())) {
    return true;
  }
  return evaluate(theta, above_, Derivatives::first, scored_);
}

void ExtendedNll::set_fineness(double fineness) {
  for (auto const& channel : channels_) {
    channel->set_fineness(fineness);
  }
  scored_at_.clear();
}

model::NodeCells const& ExtendedNll::cells(std::size_t channel) const {
  return channels_[channel]->cells();
}

double const* ExtendedNll::node_weights(std::size_t channel) const {
  return channels_[channel]->node_weights(sample_->channels[channel]);
}

bool ExtendedNll::is_resolved(std::size_t channel) const {
  return channels_[channel]->is_resolved();
}

std::span<ScorePart const> ExtendedNll::score_parts(std::size_t channel) {
  return channels_[channel]->score_parts();
}

NodeScores ExtendedNll::node_functions(std::size_t channel) const {
  return channels_[channel]->node_functions();
}

std::optional<NodeScores> ExtendedNll::check_functions(std::size_t channel,
                                                       std::size_t first,
                                                       std::size_t n) {
  return channels_[channel]->check_functions(first, n);
}

bool ExtendedNll::prepare_channel(std::size_t channel, std::span<double const> theta) {
  scored_at_.clear();
  return channels_[channel]->prepare(theta, above_, Derivatives::first);
}

std::optional<NodeScores> ExtendedNll::scores(std::size_t channel, model::Points points) {
  return channels_[channel]->scores(points);
}

std::span<double const> ExtendedNll::moving_break_points(std::size_t channel,
                                                         std::span<double const> theta) {
  return channels_[channel]->moving_break_points(theta);
}

bool ExtendedNll::score_outer_product(std::span<double const> theta, Eigen::MatrixXd& out) {
  auto const n_all = static_cast<Eigen::Index>(n_params());
  out.setZero(n_all, n_all);
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    if (model_->channels[c].in_fit &&
        !(prepare_channel(c, theta) &&
          channels_[c]->add_score_products(sample_->channels[c], out))) {
      return false;
    }
  }
  for (std::size_t j = 0; j < model_->constraints.size(); ++j) {
    auto const& constraint = *model_->constraints[j];
    auto const k = static_cast<Eigen::Index>(constraint.parameter());
    out(k, k) += constraint.nll(theta[constraint.parameter()], centres_[j]).curvature;
  }
  return true;
}

}  // namespace toyfarm::fit
