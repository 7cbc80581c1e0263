#include <algorithm>
#include <cmath>

#include "toyfarm/fit/minimise.hpp"

namespace toyfarm::fit {
namespace {

constexpr double aligned = 0.5;  // cosine between the ways that yields go on both sides of 0

bool is_folded_at_zero(model::Model const& model, std::size_t j, std::vector<double> const& init) {
  double both = 0;
  double above = 0;
  double below = 0;
  for (auto const& channel : model.channels) {
    for (std::size_t i = 0; channel.in_fit && i < channel.processes.size(); ++i) {
      auto const rise = channel.processes[i].yield.rise(j, init);
      both += rise.above * rise.below;
      above += rise.above * rise.above;
      below += rise.below * rise.below;
    }
  }
  return both < aligned * std::sqrt(above * below);
}

/// Where a modifier of a parameter reaches 0.
void add_zeros(model::Channel const& channel, std::size_t j, std::vector<double>& places) {
  for (auto const& process : channel.processes) {
    for (auto const& factor : process.yield.factors()) {
      if (factor.kind != model::FactorKind::constant && factor.parameter == j) {
        places.push_back(factor.zero_below);
        places.push_back(factor.zero_above);
      }
    }
  }
}

}  // namespace

std::vector<Fold> find_folds(model::Model const& model) {
  std::vector<Fold> folds;
  auto const init = model.init();
  for (std::size_t j = 0; j < init.size(); ++j) {
    auto const& p = model.parameters[j];
    if (p.fixed) {
      continue;
    }
    std::vector<double> places;
    for (auto const& channel : model.channels) {
      if (channel.in_fit) {
        add_zeros(channel, j, places);
      }
    }
    if (is_folded_at_zero(model, j, init)) {
      places.push_back(0);
    }
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    for (double const place : places) {
      if (place > p.lower && place < p.upper) {
        folds.push_back({j, place});
      }
    }
  }
  return folds;
}

}  // namespace toyfarm::fit
