#pragma once
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/model/model.hpp"
#include "toyfarm/model/sample.hpp"
#include "toyfarm/spec/spec.hpp"

// NLL of a spec with written events.
namespace toyfarm::test {

using Values = std::map<std::string, double>;

/// The events that a spec has written in it.
inline model::Sample written_sample(spec::Spec const& spec) {
  model::Sample sample;
  for (auto const& channel : spec.channels) {
    auto& out = sample.channels.emplace_back();
    auto const& events = *channel.data->events;
    out.n_events = events.entries.size();
    out.columns.resize(channel.observables.size());
    for (auto const& entry : events.entries) {
      for (std::size_t o = 0; o < entry.size(); ++o) {
        out.columns[o].push_back(entry[o]);
      }
    }
    out.weights.assign(events.weights.begin(), events.weights.end());
  }
  return sample;
}

/// At init but for `values`.
inline double nll_at(spec::Spec const& spec,
                     model::Sample const& sample,
                     Values const& values = {}) {
  auto const model = model::build_model(spec);
  auto theta = model.init();
  for (auto const& [name, value] : values) {
    auto const index = model.index_of(name);
    EXPECT_TRUE(index) << name;
    theta.at(index.value_or(0)) = value;
  }
  auto const globals = model.observed_globals();
  fit::ExtendedNll nll(model);
  nll.bind(sample, globals);
  std::vector<model::KinkSide> const sides(theta.size(), model::KinkSide::above);
  fit::NllPoint point;
  EXPECT_TRUE(nll.evaluate(theta, sides, model::Derivatives::none, point));
  return point.value;
}

/// What constraints add to it at init but for `values`.
inline double constraint_nll(spec::Spec const& spec, Values const& values = {}) {
  auto const model = model::build_model(spec);
  auto const globals = model.observed_globals();
  double sum = 0;
  for (std::size_t k = 0; k < model.constraints.size(); ++k) {
    auto const& p = model.parameters[model.constraints[k]->parameter()];
    auto const given = values.find(p.name);
    sum +=
        model.constraints[k]->nll(given == values.end() ? p.init : given->second, globals[k]).value;
  }
  return sum;
}

}  // namespace toyfarm::test
