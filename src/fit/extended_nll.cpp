#include "toyfarm/fit/extended_nll.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numbers>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/core/thread_team.hpp"

#include "channel_nll.hpp"

namespace toyfarm::fit {
namespace {

using model::Derivatives;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t chunk_size = 32'768;  // events whose sums are taken together
constexpr std::size_t chunks_per_thread = 4;

/// Compensated sums of many numbers at a time.
class CompensatedTotals {
 public:
  explicit CompensatedTotals(std::size_t n) : sums_(n), values_(n) {}
  void add(std::span<double const> terms) {
    for (std::size_t i = 0; i < terms.size(); ++i) {
      sums_[i].add(terms[i]);
    }
  }
  [[nodiscard]] std::span<double const> values() {
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      values_[i] = sums_[i].value();
    }
    return values_;
  }

 private:
  std::vector<CompensatedSum> sums_;
  std::vector<double> values_;
};

model::NodeCells const no_nodes;

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
  for (std::size_t j = 0; j < model_->constraints.size(); ++j) {
    auto const& constraint = *model_->constraints[j];
    auto const k = static_cast<Eigen::Index>(constraint.parameter());
    auto const term = constraint.nll(theta[constraint.parameter()], centres_[j]);
    sum.add(term.value);
    if (order != Derivatives::none) {
      out.gradient[k] += term.slope;
    }
    if (order == Derivatives::second) {
      out.hessian(k, k) += term.curvature;
    }
  }
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

bool ExtendedNll::add_channel(std::size_t channel, At const& at, CompensatedSum& sum) {
  auto const& sample = sample_->channels[channel];
  if (channels_[channel]->has_nodes() || sample.tree != nullptr || sample.size() <= chunk_size) {
    return channels_[channel]->add_points(sample, at.theta, sum);
  }
  return add_in_chunks(channel, at, sum);
}

ChannelNll& ExtendedNll::lane(std::size_t thread, std::size_t channel) {
  return thread == 0 ? *channels_[channel] : *lanes_[thread - 1][channel];
}

// Chunks are added in their order, a few for each thread at a time, so that neither the sums nor
// the memory depend on who computed what. The first thread's object takes the totals in between.
bool ExtendedNll::add_in_chunks(std::size_t channel, At const& at, CompensatedSum& sum) {
  auto const& sample = sample_->channels[channel];
  auto const n_chunks = (sample.size() + chunk_size - 1) / chunk_size;
  auto const n_sums = channels_[channel]->n_sums();
  auto const at_a_time = static_cast<std::size_t>(threads_) * chunks_per_thread;
  std::vector<CompensatedSum> values(at_a_time);
  chunk_sums_.resize(at_a_time * n_sums);
  for (std::size_t t = 1; t < static_cast<std::size_t>(threads_); ++t) {
    auto& own = lanes_[t - 1][channel];
    if (!own) {
      own = std::make_unique<ChannelNll>(model_->channels[channel], model_->parameters, no_nodes);
    }
    for (std::size_t p = 0; p < model_->channels[channel].processes.size(); ++p) {
      own->set_off(p, channels_[channel]->is_off(p));
    }
    if (!own->prepare(at.theta, at.sides, at.order)) {
      return false;
    }
  }
  std::atomic<bool> finite = true;
  CompensatedTotals all(n_sums);
  for (std::size_t begin = 0; begin < n_chunks && finite; begin += at_a_time) {
    auto const n = std::min(at_a_time, n_chunks - begin);
    core::parallel_for(n, threads_, [&](std::size_t i, int thread) {
      auto& own = lane(static_cast<std::size_t>(thread), channel);
      auto const first = (begin + i) * chunk_size;
      values[i] = {};
      if (!own.add_events(sample, first, std::min(first + chunk_size, sample.size()), values[i])) {
        finite = false;
      }
      own.take_sums(std::span(chunk_sums_).subspan(i * n_sums, n_sums));
    });
    for (std::size_t i = 0; i < n; ++i) {
      sum.add(values[i].total);
      sum.add(values[i].carry);
      all.add(std::span(chunk_sums_).subspan(i * n_sums, n_sums));
    }
  }
  channels_[channel]->put_sums(all.values());
  return finite;
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

NodeScores ExtendedNll::node_scores(std::size_t channel) {
  return channels_[channel]->node_scores();
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
  for (std::size_t j = 0; j < model_->constraints.size(); ++j) {
    auto const& constraint = *model_->constraints[j];
    auto const k = static_cast<Eigen::Index>(constraint.parameter());
    out(k, k) += constraint.nll(theta[constraint.parameter()], centres_[j]).curvature;
  }
  return true;
}

}  // namespace toyfarm::fit
