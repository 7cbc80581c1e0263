#pragma once
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/report/page.hpp"
#include "toyfarm/report/toy_numbers.hpp"

// Figures of an ensemble of toys.
namespace toyfarm::report {

/// Estimates of a parameter: points with error bars, a Gaussian of their mean and width, the truth.
[[nodiscard]] Figure estimate_figure(ParameterNumbers const& parameter);
/// Its pulls beside the unit Gaussian.
[[nodiscard]] Figure pull_figure(ParameterNumbers const& parameter);
/// Means of all pulls with their errors, bars of their widths; of at most 60 parameters.
[[nodiscard]] Figure pulls_figure(std::vector<ParameterNumbers> const& parameters);

/// A rank, shard or host of a run.
struct WorkerShare {
  std::string name;
  std::uint64_t planned = 0;  ///< toys
  std::uint64_t done = 0;
  double seconds = 0;  ///< at work
};
/// Toys of each, and the plan's.
[[nodiscard]] Figure shares_figure(std::vector<WorkerShare> const& workers);
/// How long each was at work, as points of toys per second beside.
[[nodiscard]] Figure times_figure(std::vector<WorkerShare> const& workers);

/// Truth, mean, width and pulls of every parameter with errors; fixed ones by their value.
[[nodiscard]] Table parameter_table(record::StudyInfo const& study,
                                    ensemble::Summary const& summary);
/// How toys ended, and what those that failed could make of the answers.
[[nodiscard]] Section failure_section(record::StudyInfo const& study,
                                      ensemble::Summary const& summary);

}  // namespace toyfarm::report
