#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "toyfarm/fit/minimise.hpp"
#include "toyfarm/inference/profile.hpp"
#include "toyfarm/inference/statistic.hpp"
#include "toyfarm/run/input.hpp"

namespace toyfarm::run {

/// Parameters held at values, by their index in the model.
using HeldAt = std::map<std::size_t, double>;

/// The profile likelihood of one data set: fits with parameters held at values, each made once. A
/// conditional fit that ends below the free one is where the free one then starts again.
class DataProfile {
 public:
  /// How widely minima are looked for: from many starts, as observed data want, or from the point
  /// at which Asimov data have theirs.
  enum class Search { wide, near };
  /// `input` and `sample` must outlive the object. `start`: where the first fit starts.
  DataProfile(Input const& input,
              model::Sample const& sample,
              std::vector<double> globals,
              std::vector<double> start,
              Search search,
              int threads = 1);

  /// The fit with some parameters held; none: the free fit.
  [[nodiscard]] fit::FitResult const& fit(HeldAt const& held = {});
  /// The same as estimators want it: an infinite NLL is an answer.
  [[nodiscard]] inference::FitEnd end(std::size_t poi, HeldAt const& held = {});
  /// 2 (NLL - NLL of the free fit); NaN where one has not converged.
  [[nodiscard]] double rise(HeldAt const& held);
  /// The profile interval of a parameter around the free fit.
  [[nodiscard]] inference::ProfileInterval interval(std::size_t parameter, double cl);
  [[nodiscard]] std::vector<double> const& globals() const noexcept { return globals_; }

 private:
  [[nodiscard]] fit::FitResult fit_from(std::vector<double> const& start, HeldAt const& held);
  void look_below(fit::FitResult const& conditional);

  Input const* input_;
  model::Sample const* sample_;
  std::vector<double> globals_;
  std::vector<double> start_;
  Search search_;
  int threads_;
  model::Model model_;  // with the parameters of the fit at hand held
  std::map<HeldAt, fit::FitResult> fits_;
};

}  // namespace toyfarm::run
