#include "toyfarm/fit/channel_functions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "toyfarm/core/contract.hpp"

#include "local_index.hpp"

namespace toyfarm::fit {

using model::Derivatives;

namespace {

constexpr std::size_t block_size = ExtendedNll::max_points;
constexpr std::size_t stride = block_size + 8;  // columns share no cache sets

}  // namespace

ChannelFunctions::ChannelFunctions(model::Channel const& channel,
                                   std::vector<model::Parameter> const& parameters,
                                   std::span<double const> theta,
                                   ScoreBasis basis)
    : basis_(basis),
      above_(parameters.size(), model::KinkSide::above),
      ratios_(channel.processes.size(), core::Column(block_size)),
      log_p_ptrs_(channel.processes.size()),
      log_f_(block_size) {
  for (auto const& process : channel.processes) {
    add_process(process, parameters, theta);
  }
  for (auto& ratio : ratios_) {
    ratio_ptrs_.push_back(ratio.data());
  }
  if (basis == ScoreBasis::parameters) {
    add_scores();
  } else {
    add_parts();
  }
  functions_.assign(n_functions(), core::Column(block_size));
  for (auto const& function : functions_) {
    function_ptrs_.push_back(function.data());
  }
}

void ChannelFunctions::add_process(model::Process const& process,
                                   std::vector<model::Parameter> const& parameters,
                                   std::span<double const> theta) {
  Process p;
  p.model = &process;
  p.is_constant = std::all_of(process.shape_params.begin(),
                              process.shape_params.end(),
                              [&](std::size_t j) { return parameters[j].fixed; });
  auto const n_first = p.is_constant ? 0 : process.shape_params.size();
  p.columns.resize((1 + n_first) * stride);
  for (auto const j : process.shape_params) {
    p.shape_local.push_back(local_index(params_, j));
    if (!p.is_constant && !parameters[j].fixed) {
      local_index(shapes_, j);
    }
  }
  for (auto const j : process.yield.params()) {
    p.yield_local.push_back(local_index(params_, j));
  }
  if (p.is_constant) {
    p.scratch.resize(process.shape.density->scratch_size());
    for (auto& kept : p.kept) {
      kept.resize(block_size);
    }
    std::vector<double> shape;
    for (auto const j : process.shape_params) {
      shape.push_back(theta[j]);
    }
    p.exists = process.shape.density->prepare(shape, Derivatives::none, p.scratch);
  }
  processes_.push_back(std::move(p));
}

void ChannelFunctions::add_term(Source source, std::size_t process, double const* column) {
  terms_.push_back({0, ratios_[process].data(), column});
  sources_.push_back(source);
}

void ChannelFunctions::add_shape_terms(std::size_t process, std::size_t local) {
  auto const& p = processes_[process];
  for (std::size_t k = 0; k < p.shape_local.size() && !p.is_constant; ++k) {
    if (p.shape_local[k] == local) {
      add_term({Source::Kind::yield, process}, process, p.columns.data() + (1 + k) * stride);
    }
  }
}

// As ChannelNll has them, term by term.
void ChannelFunctions::add_scores() {
  for (std::size_t j = 0; j < params_.size(); ++j) {
    std::size_t slope = 0;
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      for (auto const local : processes_[i].yield_local) {
        if (local == j) {
          add_term({Source::Kind::slope, slope}, i, nullptr);
        }
        ++slope;
      }
      add_shape_terms(i, j);
    }
    first_term_.push_back(terms_.size());
  }
}

void ChannelFunctions::add_parts() {
  for (auto const j : shapes_) {
    auto const local =
        static_cast<std::size_t>(std::find(params_.begin(), params_.end(), j) - params_.begin());
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      add_shape_terms(i, local);
    }
    first_term_.push_back(terms_.size());
  }
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    add_term({Source::Kind::one, i}, i, nullptr);
    first_term_.push_back(terms_.size());
  }
}

std::optional<ChannelFunctions::Place> ChannelFunctions::place(std::span<double const> theta) {
  Place out;
  for (auto& p : processes_) {
    auto const n_yield = p.yield_local.size();
    auto const first_slope = out.yield_slopes.size();
    out.yield_slopes.resize(first_slope + n_yield);
    auto const slopes = std::span(out.yield_slopes).subspan(first_slope);
    double nu = p.model->yield.value(theta, above_, Derivatives::first, slopes, {});
    if (p.is_off) {
      nu = 0;
      std::fill(slopes.begin(), slopes.end(), 0.0);
    }
    out.nus.push_back(nu);
    auto& scratch = out.scratch.emplace_back();
    bool exists = p.exists;
    if (!p.is_constant) {
      auto const& density = *p.model->shape.density;
      shape_at_.clear();
      for (auto const j : p.model->shape_params) {
        shape_at_.push_back(theta[j]);
      }
      scratch.resize(density.scratch_size());
      exists = density.prepare(shape_at_, Derivatives::first, scratch);
    }
    if (!exists || !(nu >= 0 && nu < std::numeric_limits<double>::infinity())) {
      return std::nullopt;
    }
  }
  for (auto const& [kind, index] : sources_) {
    out.coefficients.push_back(kind == Source::Kind::one     ? 1
                               : kind == Source::Kind::yield ? out.nus[index]
                                                             : out.yield_slopes[index]);
  }
  return out;
}

Eigen::MatrixXd ChannelFunctions::scores_of(Place const& place) const {
  auto const n = static_cast<Eigen::Index>(params_.size());
  if (basis_ == ScoreBasis::parameters) {
    return Eigen::MatrixXd::Identity(n, n);
  }
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(n, static_cast<Eigen::Index>(n_functions()));
  for (std::size_t f = 0; f < shapes_.size(); ++f) {
    auto const local = std::find(params_.begin(), params_.end(), shapes_[f]) - params_.begin();
    out(local, static_cast<Eigen::Index>(f)) = 1;
  }
  auto slope = place.yield_slopes.begin();
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    for (auto const j : processes_[i].yield_local) {
      out(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(shapes_.size() + i)) += *slope++;
    }
  }
  return out;
}

void ChannelFunctions::set_points(model::Points nodes, model::Points checks) {
  TOYFARM_EXPECTS(nodes.size <= block_size && checks.size <= block_size);
  points_[0] = nodes;
  points_[1] = checks;
  for (auto& p : processes_) {
    for (std::size_t which = 0; which < 2 && p.is_constant && p.exists; ++which) {
      p.model->shape.density->evaluate(p.scratch,
                                       points_[which],
                                       Derivatives::none,
                                       {p.kept[which].data(), nullptr, nullptr, block_size});
      n_values_ += points_[which].size;
    }
  }
}

std::optional<NodeScores> ChannelFunctions::at(Place const& place, std::size_t which) {
  auto const n = points_[which].size;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    auto& p = processes_[i];
    if (p.is_constant) {
      log_p_ptrs_[i] = p.kept[which].data();
      continue;
    }
    double* const columns = p.columns.data();
    p.model->shape.density->evaluate(place.scratch[i],
                                     points_[which],
                                     Derivatives::first,
                                     {columns, columns + stride, nullptr, stride});
    log_p_ptrs_[i] = columns;
  }
  n_values_ += n * (1 + n_functions());
  kernels::Mixture const mixture{
      processes_.size(), log_p_ptrs_.data(), place.nus.data(), ratio_ptrs_.data()};
  if (!std::isfinite(kernels::mixture_n(mixture, nullptr, n, log_f_.data()))) {
    return std::nullopt;
  }
  for (std::size_t t = 0; t < terms_.size(); ++t) {
    terms_[t].coefficient = place.coefficients[t];
  }
  for (std::size_t f = 0; f < n_functions(); ++f) {
    kernels::sum_terms(terms_.data() + first_term_[f],
                       first_term_[f + 1] - first_term_[f],
                       n,
                       functions_[f].data());
  }
  return NodeScores{log_f_.data(), function_ptrs_.data()};
}

}  // namespace toyfarm::fit
