#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/inference/limit.hpp"
#include "toyfarm/inference/rounds.hpp"

#include "run/toy_statistics.hpp"

namespace toyfarm::run {

/// The POI where there is no signal.
inline constexpr double no_signal = 0;

/// Toys of an upper limit, as rounds ask for them: of each value of the POI, tested against it, and
/// without signal, tested against every value.
class LimitToys {
 public:
  /// q-tilde of the data at a value; null where nothing observed may be looked at.
  using Observed = std::function<inference::Statistic(double)>;
  LimitToys(Input const& input,
            ToyFarm& farm,
            ToyTruths const& truths,
            std::size_t poi,
            double bound,
            Observed observed);

  /// Runs a round: further toys of values there are, first ones of new values.
  void run(inference::Round const& round);

  /// In order of the POI; valid until the next round.
  [[nodiscard]] std::vector<inference::LimitPoint> points() const;
  [[nodiscard]] std::vector<inference::PointToys> n_toys() const;
  [[nodiscard]] std::uint64_t n_background() const noexcept { return n_background_; }
  [[nodiscard]] std::size_t n_failed() const;
  [[nodiscard]] int n_rounds() const noexcept { return round_; }

 private:
  struct Value {
    std::optional<inference::Statistic> observed;
    std::vector<inference::Statistic> signal;
    std::vector<inference::Statistic> background;
  };
  void run_signal(inference::Round const& round);
  /// Toys [first, first + n) without signal, tested against some values.
  void run_background(std::string const& name,
                      std::uint64_t first,
                      std::uint64_t n,
                      std::vector<double> const& values);
  /// Free, at the bound where the POI may be below it, and what is tested.
  [[nodiscard]] std::vector<study::Hypothesis> hypotheses(std::vector<double> const& tested) const;
  [[nodiscard]] std::vector<std::string> names(std::vector<std::string> tested) const;
  [[nodiscard]] inference::Statistic statistic(record::RowView const& row,
                                               std::size_t fit,
                                               double tested) const;

  Input const* input_;
  ToyFarm* farm_;
  ToyTruths const* truths_;
  std::size_t poi_;
  double bound_;
  Observed observed_;
  bool goes_below_;  // the POI may be below the bound
  std::map<double, Value> values_;
  std::uint64_t n_background_ = 0;
  int round_ = 0;
};

}  // namespace toyfarm::run
