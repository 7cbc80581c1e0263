#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "toyfarm/ensemble/summary.hpp"
#include "toyfarm/record/toy_record.hpp"

namespace toyfarm::report {

/// What a fit says of the points that it started from.
struct StartsOfFit {
  std::uint32_t tried;
  std::uint32_t won;   ///< from 0
  double next_end;     ///< NaN if no other end was found
  std::string winner;  ///< name of the one that won; may be empty
};
/// One line without its end: "starts 7, the 3rd led here; the next other minimum is 12.4 higher in
/// NLL".
[[nodiscard]] std::string starts_text(StartsOfFit const& starts);

/// A parameter as a fit left it.
struct FittedParameter {
  std::string name;
  double value;
  double error;                 ///< NaN: none
  std::string no_error;         ///< why there is none: "fixed", "unused", "-"
  std::optional<double> sumw2;  ///< error for weighted events
  std::string held;             ///< by what
  std::string minos{};          ///< asymmetric errors; empty: not known
};
/// How a fit ended.
struct FitEnd {
  std::string status;
  double nll;
  double edm;
  std::uint32_t iterations;
  StartsOfFit starts;
};
/// Correlations of those parameters that have errors: the lower triangle. `covariance` is of all
/// parameters, n x n.
[[nodiscard]] std::string correlation_table(std::vector<FittedParameter> const& parameters,
                                            std::span<double const> covariance);

/// Table of a fit: value, error and what holds it per parameter, then status, NLL, EDM and starts.
[[nodiscard]] std::string fit_table(std::vector<FittedParameter> const& parameters,
                                    FitEnd const& end);

/// Readable summary of an ensemble: truth, mean estimate, pulls per parameter, counts, guardrails.
[[nodiscard]] std::string summary_table(record::StudyInfo const& study,
                                        ensemble::Summary const& summary,
                                        ensemble::GuardrailVerdict const& verdict);

/// One toy's record as a table.
[[nodiscard]] std::string toy_table(record::StudyInfo const& study,
                                    record::ToyRecord const& record);

}  // namespace toyfarm::report
