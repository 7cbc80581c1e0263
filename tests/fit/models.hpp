#pragma once
#include <cmath>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/model/model.hpp"
#include "toyfarm/model/sample.hpp"
#include "toyfarm/spec/spec.hpp"

// Small models of one channel with observable x, and samples for them.
namespace toyfarm::test {

inline model::Model make_model(std::string const& parameters,
                               std::string const& processes,
                               std::string const& bounds = "[0, 10]") {
  auto const text =
      R"({"schema_version": "nextstat_unbinned_spec_v0", "model": {"parameters": [)" + parameters +
      R"(]}, "channels": [{"name": "main", "observables": [{"name": "x", "bounds": )" + bounds +
      R"(}], "processes": [)" + processes + "]}]}";
  return model::build_model(spec::parse_spec(text, "test.json", spec::UnknownFields::refuse));
}

inline model::Sample sample_of(core::Column events) {
  model::Sample sample;
  sample.channels.emplace_back();
  sample.channels[0].n_events = events.size();
  sample.channels[0].columns.push_back(std::move(events));
  return sample;
}

// Events of an exponential with slope -0.3 on [0, 10] and a peak at 4, from a fixed seed.
inline model::Sample peak_on_slope(int n_peak, int n_slope) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> peak(4, 0.5);
  std::uniform_real_distribution<double> uniform(0, 1);
  core::Column events;
  for (int i = 0; i < n_peak; ++i) {
    events.push_back(peak(random));
  }
  for (int i = 0; i < n_slope; ++i) {
    events.push_back(-std::log(1 - uniform(random) * (1 - std::exp(-3.0))) / 0.3);
  }
  return sample_of(std::move(events));
}

inline fit::NllPoint evaluate(fit::ExtendedNll& nll,
                              std::vector<double> const& theta,
                              model::Derivatives order = model::Derivatives::second) {
  std::vector<model::KinkSide> const sides(theta.size(), model::KinkSide::above);
  fit::NllPoint point;
  point.gradient.setZero(static_cast<Eigen::Index>(theta.size()));
  point.hessian.setZero(point.gradient.size(), point.gradient.size());
  EXPECT_TRUE(nll.evaluate(theta, sides, order, point));
  return point;
}

inline std::string const slope_parameters =
    R"({"name": "n", "init": 100, "bounds": [0, 1e6]}, {"name": "lam", "init": -0.1, "bounds": [-5, 5]})";
inline std::string const slope_process =
    R"({"name": "bkg", "pdf": {"type": "exponential", "observable": "x", "params": ["lam"]}, "yield": {"type": "parameter", "name": "n"}})";
inline std::string const peak_parameters =
    R"({"name": "nsig", "init": 200, "bounds": [0, 1e6]}, {"name": "m", "init": 4.2, "bounds": [2, 6]}, {"name": "s", "init": 0.7, "bounds": [0.05, 3]})";
inline std::string const peak_process =
    R"({"name": "sig", "pdf": {"type": "gaussian", "observable": "x", "params": ["m", "s"]}, "yield": {"type": "parameter", "name": "nsig"}})";

}  // namespace toyfarm::test
