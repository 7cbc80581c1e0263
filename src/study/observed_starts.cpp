#include "study/observed_starts.hpp"

#include <algorithm>
#include <cmath>

#include "toyfarm/fit/minimise.hpp"

namespace toyfarm::study {
namespace {

constexpr double near_bound = 0.05;  // of a range
constexpr double away = 0.25;
constexpr double jitter_fraction = 0.1;
constexpr std::uint32_t first_draw = 1000;  // attempts before it are jittered starts
constexpr double dominant = 0.9;            // share of a channel's events
constexpr double wide = 10;  // ratio of bounds from which on a shape is drawn by its logarithm

/// Uniform in [-1, 1), of a parameter's name and the attempt, whatever its place in the spec:
/// FNV-1a, then the finaliser of SplitMix64.
double deviate_of(model::Parameter const& p, std::uint32_t attempt) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (char const c : p.name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  hash += 0x9e3779b97f4a7c15U * (std::uint64_t{attempt} + 1);
  hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111ebU;
  return std::ldexp(static_cast<double>((hash ^ (hash >> 31U)) >> 11U), -52) - 1;
}

// A shape anywhere between its bounds.
double drawn(model::Parameter const& p, double deviate) {
  double const share = 0.5 * (1 + deviate);
  if (p.lower > 0 && p.upper > wide * p.lower) {
    return p.lower * std::pow(p.upper / p.lower, share);
  }
  return p.lower + share * (p.upper - p.lower);
}

}  // namespace

ObservedStarts::ObservedStarts(model::Model const& model, std::vector<double> start)
    : model_(&model), start_(std::move(start)), is_shape_(fit::find_shapes(model)) {}

bool ObservedStarts::moves(std::size_t j) const {
  return !model_->parameters[j].fixed && model_->parameters[j].used;
}

std::vector<double> ObservedStarts::away_from_bounds() const {
  auto out = start_;
  for (std::size_t j = 0; j < out.size(); ++j) {
    auto const& p = model_->parameters[j];
    double const range = p.upper - p.lower;
    if (moves(j) && is_shape_[j] && std::isfinite(range)) {
      bool const near = std::min(out[j] - p.lower, p.upper - out[j]) < near_bound * range;
      out[j] = near ? std::clamp(out[j], p.lower + away * range, p.upper - away * range) : out[j];
    }
  }
  return out;
}

std::vector<double> ObservedStarts::jittered(std::uint32_t attempt) const {
  auto out = start_;
  for (std::size_t j = 0; j < out.size(); ++j) {
    auto const& p = model_->parameters[j];
    double const range = p.upper - p.lower;
    double const deviate = deviate_of(p, attempt);
    if (!moves(j)) {
      continue;
    }
    if (!is_shape_[j] && p.lower >= 0) {
      out[j] *= std::exp(deviate);
    } else if (!std::isfinite(range)) {
      out[j] += 0.5 * deviate * std::max(1.0, std::abs(out[j]));
    } else if (attempt % 2 == 0 && is_shape_[j]) {
      out[j] = p.lower + 0.5 * (1 + deviate) * range;
    } else {
      out[j] += jitter_fraction * range * deviate;
    }
    out[j] = std::clamp(out[j], p.lower, p.upper);
  }
  return out;
}

std::vector<double> ObservedStarts::dominated(std::vector<double> theta,
                                              std::size_t channel,
                                              std::size_t process,
                                              double n_events) const {
  auto const& processes = model_->channels[channel].processes;
  double const rest = (1 - dominant) * n_events / static_cast<double>(processes.size());
  for (std::size_t p = 0; p < processes.size(); ++p) {
    double const wanted = p == process ? dominant * n_events : rest;
    for (auto const& factor : processes[p].yield.factors()) {
      auto const j = factor.parameter;
      if (factor.kind == model::FactorKind::parameter && moves(j)) {
        theta[j] = std::max(theta[j], 1e-3);
        double const value = theta[j] * wanted / processes[p].yield.value(theta);
        theta[j] = std::clamp(value, model_->parameters[j].lower, model_->parameters[j].upper);
        break;
      }
    }
  }
  return theta;
}

std::optional<std::vector<double>> ObservedStarts::reshaped(std::vector<double> theta,
                                                            model::Process const& process,
                                                            std::uint32_t draw) const {
  bool any = false;
  for (auto const j : process.shape_params) {
    auto const& p = model_->parameters[j];
    if (moves(j) && std::isfinite(p.upper - p.lower)) {
      theta[j] = drawn(p, deviate_of(p, first_draw + draw));
      any = true;
    }
  }
  return any ? std::optional(std::move(theta)) : std::nullopt;
}

std::vector<ObservedStarts::End> ObservedStarts::ends_of(model::Process const& process) const {
  auto const& params = process.shape_params;
  auto const& roles = process.shape.roles;
  bool const alone = std::ranges::count_if(params, [&](std::size_t j) { return moves(j); }) == 1;
  bool const is_peak = std::ranges::count(roles, model::ParamRole::location) > 0;
  std::vector<End> out;
  for (std::size_t k = 0; k < params.size(); ++k) {
    auto const j = params[k];
    bool const is_constrained = std::ranges::any_of(
        model_->constraints, [&](auto const& c) { return c->parameter() == j; });
    bool const is_tail = is_peak && roles[k] == model::ParamRole::other && !is_constrained;
    for (double const bound : {model_->parameters[j].lower, model_->parameters[j].upper}) {
      if (moves(j) && (alone || is_tail) && std::isfinite(bound)) {
        out.push_back({j, bound});
      }
    }
  }
  return out;
}

std::vector<std::size_t> ObservedStarts::two_sided() const {
  std::vector<std::size_t> out;
  for (std::size_t j = 0; j < start_.size(); ++j) {
    auto const& p = model_->parameters[j];
    bool kinked = false;
    for (auto const& channel : model_->channels) {
      for (auto const& process : channel.processes) {
        kinked = kinked || (channel.in_fit && !process.yield.kinks(j).empty());
      }
    }
    if (kinked && moves(j) && p.lower < 0 && p.upper > 0) {
      out.push_back(j);
    }
  }
  return out;
}

}  // namespace toyfarm::study
