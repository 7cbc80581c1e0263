#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/core/error.hpp"
#include "toyfarm/run/request.hpp"
#include "toyfarm/run/toy_farm.hpp"

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
constexpr core::WordTable<Observed, 2> words_of(Observed /*any*/) {
  return {{{Observed::shown, "shown"}, {Observed::blind, "blind"}}};
}

/// Where distributions of statistics come from.
enum class Method { asymptotic, toys };
constexpr core::WordTable<Method, 2> words_of(Method /*any*/) {
  return {{{Method::asymptotic, "asymptotic"}, {Method::toys, "toys"}}};
}

/// Nuisances of toys at a value of the POI: at their conditional estimates on the data (the LHC's
/// prescription), at the spec's init, or at the fit with the POI free.
enum class Nuisances { profiled, init, mle };
constexpr core::WordTable<Nuisances, 3> words_of(Nuisances /*any*/) {
  return {{{Nuisances::profiled, "profiled"}, {Nuisances::init, "init"}, {Nuisances::mle, "mle"}}};
}

/// Toys of a question: how many, and how they are run.
struct ToyChoice {
  std::optional<std::uint64_t> n_toys;  ///< of each point, in one round; none: as accuracy asks
  double accuracy = 0.02;               ///< of an answer, relative to it
  std::uint64_t max_toys = 400'000;     ///< of all points together
  std::optional<Grid> grid;             ///< values of the POI; none: from asymptotics
  std::optional<Nuisances> nuisances;   ///< none: profiled, or init where there are no data
  std::uint64_t seed = 42;
  record::ConstraintMode constraints = record::ConstraintMode::randomize;
  study::EngineChoice engine = study::EngineChoice::automatic;
  Conduct conduct;
  std::string resume;  ///< run directory to go on in; empty: none
};

struct SignificanceQuestion {
  InputRequest input;
  Observed observed = Observed::shown;
  std::optional<double> expect;  ///< POI of data whose significance is wanted
  Method method = Method::asymptotic;
  ToyChoice toys;
  int threads = 1;
};

struct LimitQuestion {
  InputRequest input;
  Observed observed = Observed::shown;
  double cl = 0.95;
  std::optional<double> physical_bound;  ///< none: max(0, the POI's lower bound)
  std::optional<double> mass;            ///< for limits.json
  std::string limits_file;               ///< to add to; empty: none
  Method method = Method::asymptotic;
  ToyChoice toys;
  int threads = 1;
};

/// Confidence intervals by toys at true values, ordered by the likelihood ratio.
struct IntervalQuestion {
  InputRequest input;
  Observed observed = Observed::shown;
  std::vector<double> cl{0.6827, 0.95};
  std::optional<double> physical_bound;  ///< none: max(0, the POI's lower bound)
  bool is_bounded = true;                ///< else the POI's lower bound is the physical one
  ToyChoice toys;
  int threads = 1;
};

/// How often intervals hold the truth, or how far estimates are from it, at true values.
struct CoverageQuestion {
  InputRequest input;
  std::vector<double> cl{0.6827, 0.95};
  ToyChoice toys;
  int threads = 1;
};
struct BiasQuestion {
  InputRequest input;
  std::string fit_config;  ///< spec whose model is fitted; empty: the one that toys come from
  ToyChoice toys;
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
/// The same of an input that was read before.
[[nodiscard]] Answer significance(SignificanceQuestion const& question, Input const& input);
[[nodiscard]] Answer limit(LimitQuestion const& question, Input const& input);

/// What a question by toys reads.
[[nodiscard]] Input read_for(InputRequest const& request, Observed asked);
/// The same by toys, beside the asymptotic answers.
[[nodiscard]] Answer significance_by_toys(SignificanceQuestion const& question,
                                          Input const& input,
                                          ToyFarm& farm);
[[nodiscard]] Answer limit_by_toys(LimitQuestion const& question,
                                   Input const& input,
                                   ToyFarm& farm);
/// Feldman-Cousins intervals, nuisances profiled; without a look at data, the belt alone.
[[nodiscard]] Answer interval(IntervalQuestion const& question, Input const& input, ToyFarm& farm);
/// Coverage of Hessian and profile intervals.
[[nodiscard]] Answer coverage(CoverageQuestion const& question, Input const& input, ToyFarm& farm);
/// Pulls, and signed roots of 2 Delta NLL at the truth.
[[nodiscard]] Answer bias(BiasQuestion const& question, Input const& input, ToyFarm& farm);

/// How far the POI moves with each nuisance at the ends of its interval, and of its prior's.
[[nodiscard]] Answer impacts(ImpactsQuestion const& question);

}  // namespace toyfarm::run
