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
model::NodeCells const no_nodes;

}  // namespace

ExtendedNll::ExtendedNll(model::Model const& model, std::span<model::NodeCells const> nodes)
    : model_(&model), above_(model.parameters.size(), model::KinkSide::above) {
  TOYFARM_EXPECTS(nodes.empty() || nodes.size() == model.channels.size());
  for (std::size_t c = 0; c < model.channels.size(); ++c) {
    channels_.push_back(std::make_unique<ChannelNll>(
        model.channels[c], model.parameters, nodes.empty() ? no_nodes : nodes[c]));
  }
  scored_at_.reserve(model.parameters.size());
  scored_.gradient.resize(static_cast<Eigen::Index>(model.parameters.size()));
}

ExtendedNll::~ExtendedNll() = default;

void ExtendedNll::bind(model::Sample const& sample, std::span<double const> centres) {
  TOYFARM_EXPECTS(sample.channels.size() == model_->channels.size());
  TOYFARM_EXPECTS(centres.size() == model_->constraints.size());
  sample_ = &sample;
  centres_ = centres;
  scored_at_.clear();
}

bool ExtendedNll::evaluate(std::span<double const> theta,
                           std::span<model::KinkSide const> sides,
                           Derivatives order,
                           NllPoint& out) {
  TOYFARM_EXPECTS(sample_ != nullptr && theta.size() == n_params() && sides.size() == n_params());
  ++n_evaluations_;
  scored_at_.clear();
  auto const n = static_cast<Eigen::Index>(n_params());
  if (order != Derivatives::none) {
    out.gradient.setZero(n);
  }
  if (order == Derivatives::second) {
    out.hessian.setZero(n, n);
  }
  out.value = infinity;
  CompensatedSum sum;
  CompensatedSum expected;
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    if (!model_->channels[c].in_fit) {
      continue;
    }
    auto& channel = *channels_[c];
    if (!channel.prepare(theta, sides, order)) {
      return false;
    }
    channel.add_expected(sum);
    channel.add_expected(expected);
    if (!channel.add_points(sample_->channels[c], theta, sum)) {
      return false;
    }
    channel.add_derivatives(out);
  }
  for (std::size_t j = 0; j < model_->constraints.size(); ++j) {
    auto const& constraint = model_->constraints[j];
    auto const k = static_cast<Eigen::Index>(constraint.parameter);
    double const z = (theta[constraint.parameter] - centres_[j]) / constraint.sigma;
    sum.add(0.5 * z * z + std::log(constraint.sigma) + 0.5 * std::log(2 * std::numbers::pi));
    if (order != Derivatives::none) {
      out.gradient[k] += z / constraint.sigma;
    }
    if (order == Derivatives::second) {
      out.hessian(k, k) += 1 / (constraint.sigma * constraint.sigma);
    }
  }
  bool const finite = std::isfinite(sum.value()) &&
                      (order == Derivatives::none || out.gradient.allFinite()) &&
                      (order != Derivatives::second || out.hessian.allFinite());
  out.value = finite ? sum.value() : infinity;
  out.scale = std::abs(out.value) + expected.value();
  if (finite && order != Derivatives::none) {
    scored_at_.assign(theta.begin(), theta.end());
  }
  return finite;
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

NodeScores ExtendedNll::node_scores(std::size_t channel) const {
  return channels_[channel]->node_scores();
}

std::optional<NodeScores> ExtendedNll::check_scores(std::size_t channel,
                                                    std::size_t first,
                                                    std::size_t n) {
  return channels_[channel]->check_scores(first, n);
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
  for (auto const& constraint : model_->constraints) {
    auto const k = static_cast<Eigen::Index>(constraint.parameter);
    out(k, k) += 1 / (constraint.sigma * constraint.sigma);
  }
  return true;
}

}  // namespace toyfarm::fit
