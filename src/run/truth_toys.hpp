#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/inference/coverage.hpp"

#include "run/toy_statistics.hpp"

namespace toyfarm::run {

/// What a toy says of a true value: its free fit, and 2 Delta NLL at the truth.
struct TruthToy {
  double estimate = 0;
  double error = 0;  ///< NaN where it has none
  bool converged = false;
  inference::Statistic at_truth;
  std::optional<double> signed_root;
};

/// Toys of true values of the POI, fitted freely and with the POI at the truth.
struct TruthToys {
  std::vector<double> truths;
  std::vector<std::vector<TruthToy>> toys;  ///< [truth]
  std::size_t n_failed = 0;                 ///< without a value of 2 Delta NLL
};

/// The values asked for with --grid; else the one that the nuisances' point has.
[[nodiscard]] std::vector<double> true_values(ToyChoice const& choice,
                                              Input const& input,
                                              std::size_t poi,
                                              std::string const& command);

/// Toys to be run: choice.n_toys, or `usual`, of each value.
struct TruthOrder {
  std::vector<double> values;
  std::uint64_t n_toys = 0;
  Input const* fitted = nullptr;  ///< another model that is fitted
};
[[nodiscard]] TruthToys run_truths(TruthOrder const& order,
                                   Input const& input,
                                   ToyTruths const& truths,
                                   ToyFarm& farm);

/// The spec's data, where the nuisances asked for need them; null otherwise.
[[nodiscard]] std::unique_ptr<DataProfile> data_for(ToyChoice const& choice,
                                                    Input const& input,
                                                    int threads);

}  // namespace toyfarm::run
