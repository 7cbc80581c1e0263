#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/inference/statistic.hpp"
#include "toyfarm/record/row_view.hpp"
#include "toyfarm/run/questions.hpp"

#include "run/question_parts.hpp"

// Toys of questions about one parameter: where they are generated, and statistics of their fits.
namespace toyfarm::run {

/// The fit with the POI at a value.
[[nodiscard]] study::Hypothesis poi_at(std::size_t poi, double value);

/// A fit of a toy as statistics want it: an infinite NLL of a conditional fit is an answer.
[[nodiscard]] inference::FitEnd end_of(record::RowView const& row,
                                       std::size_t fit,
                                       std::size_t poi);

/// Nuisances as asked, or at conditional estimates where data may be looked at, or at init. Throws
/// UsageError for those that need data then.
[[nodiscard]] Nuisances resolved(std::optional<Nuisances> asked, bool has_data);

/// Where the toys of a value of the POI are generated. `data` is null where nothing observed may
/// be looked at. Throws UsageError for nuisances that need data then, core::Error (1) where a fit
/// of the data fails.
class ToyTruths {
 public:
  ToyTruths(Input const& input, DataProfile* data, std::size_t poi, std::optional<Nuisances> asked);
  [[nodiscard]] std::vector<double> at(double value) const;
  [[nodiscard]] Nuisances nuisances() const noexcept { return nuisances_; }
  [[nodiscard]] char const* text() const;

 private:
  Input const* input_;
  DataProfile* data_;
  std::size_t poi_;
  Nuisances nuisances_;
};

/// How many toys of each of some points come first.
[[nodiscard]] std::uint64_t first_toys(ToyChoice const& choice,
                                       std::uint64_t usual,
                                       std::size_t n_points = 1);

/// Warns where so few toys were asked for that hardly any is expected beyond what an answer with
/// this tail needs.
void warn_of_few(ToyChoice const& choice, double tail);

/// The settings of a question's toys.
[[nodiscard]] ToySettings settings_of(ToyChoice const& choice);

/// The grid as it is. Throws UsageError where it goes beyond the POI's bounds or the physical one.
[[nodiscard]] Grid grid_within(Grid const& grid, model::Parameter const& poi, double bound);

/// Says whether values beyond the grid that was asked for were looked at, in a notice too.
void tell_grid(ToyChoice const& choice, double least, double largest, Json& out);

/// What every answer by toys says of them.
void tell_toys(ToyChoice const& choice, ToyTruths const& truths, ToyFarm const& farm, Json& out);

}  // namespace toyfarm::run
