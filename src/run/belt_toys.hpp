#pragma once
#include <cstddef>
#include <map>
#include <vector>

#include "toyfarm/inference/belt.hpp"
#include "toyfarm/inference/rounds.hpp"

#include "run/toy_statistics.hpp"

namespace toyfarm::run {

/// Toys at values of the POI, tested against them, with the data's statistic there unless there are
/// none (null).
class BeltToys {
 public:
  BeltToys(Input const& input,
           ToyFarm& farm,
           ToyTruths const& truths,
           DataProfile* data,
           std::size_t poi,
           double bound);

  /// Runs a round: further toys of values there are, first ones of new values.
  void run(std::vector<inference::PointToys> const& points);

  /// Where the data have a statistic.
  [[nodiscard]] std::vector<inference::BeltPoint> points() const;
  [[nodiscard]] std::vector<inference::PointToys> n_toys() const;
  [[nodiscard]] std::map<double, std::vector<inference::Statistic>> const& toys() const noexcept {
    return toys_;
  }
  /// [value][toy] of the POI, POI free.
  [[nodiscard]] std::map<double, std::vector<double>> const& estimates() const noexcept {
    return estimates_;
  }
  [[nodiscard]] inference::Statistic const& observed(double value) const {
    return observed_.at(value);
  }
  [[nodiscard]] int n_rounds() const noexcept { return round_; }

 private:
  ToyFarm* farm_;
  ToyTruths const* truths_;
  DataProfile* data_;
  std::size_t poi_;
  double bound_;
  bool goes_below_;  // the POI may be below the bound
  std::map<double, std::vector<inference::Statistic>> toys_;
  std::map<double, std::vector<double>> estimates_;
  std::map<double, inference::Statistic> observed_;
  int round_ = 0;
};

}  // namespace toyfarm::run
