#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "toyfarm/inference/p_value.hpp"
#include "toyfarm/run/data_profile.hpp"
#include "toyfarm/run/questions.hpp"
#include "toyfarm/study/asimov.hpp"

namespace toyfarm::run {

using Json = nlohmann::ordered_json;

/// The parameter that a question is about. Throws UsageError where the spec and the command line
/// name none, SpecError where it cannot move.
[[nodiscard]] std::size_t poi_of(Input const& input);
[[nodiscard]] std::size_t free_parameter(Input const& input, std::string const& name);

/// Whether the question may look at data: not if it is blind, or if there are none, of which a
/// notice tells.
[[nodiscard]] Observed looks_at(Input const& input, Observed asked);

/// Fits of the observed data from the spec's init.
[[nodiscard]] DataProfile observed_profile(Input const& input, int threads);

/// Throws core::Error (1) where the free fit of the data has not converged.
void require_converged(fit::FitResult const& free, std::string const& what);

/// The point of Asimov data with some parameters at values: the others at their conditional
/// estimates on the data, or the spec's. `data` is null where nothing observed may be looked at.
[[nodiscard]] std::vector<double> asimov_point(Input const& input,
                                               DataProfile* data,
                                               HeldAt const& held);
[[nodiscard]] char const* nuisances_text(DataProfile const* data);

/// "mu = 1.5 +- 0.3\n"; without an error, which a parameter at a bound or an edge has not, it says
/// so.
[[nodiscard]] std::string estimate_text(std::string const& name, double value, double error);

/// A test statistic of the data at a value of the POI.
[[nodiscard]] inference::Statistic statistic_of(
    DataProfile& data, inference::StatisticKind kind, std::size_t poi, double tested, double bound);

/// The bound below which no signal can be: as asked, or max(0, the POI's lower bound). Throws
/// UsageError for one outside the POI's bounds.
[[nodiscard]] double physical_bound(std::string const& command,
                                    std::optional<double> const& asked,
                                    model::Parameter const& poi);

/// JSON has no infinities: null for NaN, the words "inf" and "-inf".
[[nodiscard]] Json json_number(double value);
[[nodiscard]] Json json_of(std::optional<inference::Probability> const& p);
/// What every answer begins with.
[[nodiscard]] Json answer_head(std::string const& command, std::string const& poi);
[[nodiscard]] std::string json_text(Json const& document);

/// Bands of what is expected, in standard deviations, and their names: "-2" ... "0" ... "+2".
inline constexpr std::array bands{-2, -1, 0, 1, 2};
[[nodiscard]] std::string band_name(int band);

/// "crossing", "at_bound", …
[[nodiscard]] char const* state_word(inference::ProfileState state);

}  // namespace toyfarm::run
