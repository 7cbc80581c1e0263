#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/core/error.hpp"
#include "toyfarm/run/request.hpp"

// Questions to one data set that fits of it answer, and large-sample formulas where a distribution
// is asked for. Each throws what read_input throws, and SpecError or UsageError where the parameter
// asked about is not there or not free.
namespace toyfarm::run {

/// N values from `lower` to `upper`, both included.
struct Grid {
  double lower = 0;
  double upper = 0;
  std::size_t n = 1;
  [[nodiscard]] double at(std::size_t i) const;
};

/// A parameter to scan.
struct ScanAxis {
  std::string parameter;
  Grid grid;
};

struct ScanQuestion {
  InputRequest input;
  std::vector<ScanAxis> axes;  ///< one or two
  std::vector<double> cl{0.6827, 0.95};
  bool stat_only = false;  ///< beside it, with constrained parameters held at the best fit
  int threads = 1;
};

/// Whether anything observed may be looked at.
enum class Observed { shown, blind };

struct SignificanceQuestion {
  InputRequest input;
  Observed observed = Observed::shown;
  std::optional<double> expect;  ///< POI of Asimov data whose significance is wanted
  int threads = 1;
};

struct LimitQuestion {
  InputRequest input;
  Observed observed = Observed::shown;
  double cl = 0.95;
  std::optional<double> physical_bound;  ///< none: max(0, the POI's lower bound)
  int threads = 1;
};

/// How a nuisance's ends are found.
enum class ImpactMethod { profile, hessian };
constexpr core::WordTable<ImpactMethod, 2> words_of(ImpactMethod /*any*/) {
  return {{{ImpactMethod::profile, "profile"}, {ImpactMethod::hessian, "hessian"}}};
}

struct ImpactsQuestion {
  InputRequest input;
  Observed observed = Observed::shown;
  ImpactMethod method = ImpactMethod::profile;
  int threads = 1;
};

/// What is told of a question.
struct Answer {
  core::ExitCode code = core::ExitCode::success;
  std::string table;  ///< for people
  std::string json;   ///< without a line end
};

/// The profile likelihood over one or two parameters, with intervals (MINOS) of one.
[[nodiscard]] Answer scan(ScanQuestion const& question);
/// p-value and Z of the hypothesis that the POI is 0, by q0 in large samples; what Asimov data at
/// another value of the POI would give.
[[nodiscard]] Answer significance(SignificanceQuestion const& question);
/// The upper limit on the POI by CLs of q-tilde in large samples, observed and expected.
[[nodiscard]] Answer limit(LimitQuestion const& question);
/// How far the POI moves with each nuisance at the ends of its interval, and of its prior's.
[[nodiscard]] Answer impacts(ImpactsQuestion const& question);

}  // namespace toyfarm::run
