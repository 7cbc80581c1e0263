#pragma once
#include <string>
#include <vector>

#include "toyfarm/io/reports.hpp"
#include "toyfarm/parallel/plan.hpp"
#include "toyfarm/run/order.hpp"

namespace toyfarm::run {

/// How long ranks will take, and what that is known from.
struct Forecast {
  std::vector<double> seconds;  ///< [rank]; empty = not known
  std::string basis;
};

/// By the preflight's speeds where it has them for all, scaled to this spec's toys if there is one;
/// else, for a job on this host, by this spec's toys on one thread. `setup` may be null.
[[nodiscard]] Forecast forecast(FarmRequest const& farm,
                                parallel::Plan const& plan,
                                std::vector<parallel::RankReport> const& reports,
                                study::StudySetup const* setup);

/// Tables for people.
[[nodiscard]] std::string forecast_text(parallel::Plan const& plan,
                                        std::vector<parallel::RankReport> const& reports,
                                        Forecast const& expected);

/// The plan as a manifest has it.
[[nodiscard]] io::PlannedRun planned_run(Order const& order, parallel::Plan const& plan);

}  // namespace toyfarm::run
