#include "run/toy_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/core.h>

#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"

namespace toyfarm::run {

study::Hypothesis poi_at(std::size_t poi, double value) {
  return {{{poi, value}}};
}

inference::FitEnd end_of(record::RowView const& row, std::size_t fit, std::size_t poi) {
  using record::FitRecord;
  auto const status = row.get<&FitRecord::status>(0, fit);
  bool const is_answer = fit > 0 && status == core::FitStatus::infinite_nll;
  return {is_answer ? std::numeric_limits<double>::infinity() : row.get<&FitRecord::nll>(0, fit),
          is_answer ? 0 : row.get<&FitRecord::bound>(0, fit),
          row.get<&FitRecord::values>(poi, fit),
          is_answer || core::is_converged(status)};
}

Nuisances resolved(std::optional<Nuisances> asked, bool has_data) {
  auto const nuisances = asked.value_or(has_data ? Nuisances::profiled : Nuisances::init);
  if (!has_data && nuisances != Nuisances::init) {
    throw core::UsageError("--nuisances " + std::string(core::word_of(nuisances)) +
                           " needs observed data, which are not to be looked at or not there");
  }
  return nuisances;
}

ToyTruths::ToyTruths(Input const& input,
                     DataProfile* data,
                     std::size_t poi,
                     std::optional<Nuisances> asked)
    : input_(&input), data_(data), poi_(poi), nuisances_(resolved(asked, data != nullptr)) {}

std::vector<double> ToyTruths::at(double value) const {
  std::vector<double> point;
  if (nuisances_ == Nuisances::mle) {
    point = data_->fit().values;
    point[poi_] = value;
  } else {
    point =
        asimov_point(*input_, nuisances_ == Nuisances::profiled ? data_ : nullptr, {{poi_, value}});
  }
  return moved_inside(*input_, std::move(point), "a generation point", model::EdgeScope::all);
}

char const* ToyTruths::text() const {
  switch (nuisances_) {
    case Nuisances::profiled:
      return "at their conditional estimates on the observed data, for each value of the POI";
    case Nuisances::mle:
      return "at their estimates on the observed data with the POI free";
    case Nuisances::init:
      break;
  }
  return "at the spec's init";
}

std::uint64_t first_toys(ToyChoice const& choice, std::uint64_t usual, std::size_t n_points) {
  auto const allowed = std::min<std::uint64_t>(choice.max_toys / n_points, usual);
  return choice.n_toys.value_or(std::max<std::uint64_t>(allowed, 1));
}

void warn_of_few(ToyChoice const& choice, double tail) {
  constexpr double least_beyond = 10;
  if (choice.n_toys && static_cast<double>(*choice.n_toys) * tail < least_beyond) {
    core::log_warn(fmt::format(
        "--n-toys {}: fewer than {:g} of them are expected in a tail of {:g}, so that ends and "
        "their errors mean little; at least {:.0f} are needed",
        *choice.n_toys,
        least_beyond,
        tail,
        std::ceil(least_beyond / tail)));
  }
}

ToySettings settings_of(ToyChoice const& choice) {
  return {choice.seed, choice.constraints, choice.engine};
}

Grid grid_within(Grid const& grid, model::Parameter const& poi, double bound) {
  double const lower = std::max(bound, poi.lower);
  if (grid.lower < lower || grid.upper > poi.upper) {
    throw core::UsageError(fmt::format("--grid: values of {} must lie within [{:g}, {:g}]",
                                       core::printable(poi.name),
                                       lower,
                                       poi.upper));
  }
  return grid;
}

void tell_grid(ToyChoice const& choice, double least, double largest, Json& out) {
  bool const is_wider = choice.grid && (least < choice.grid->lower || largest > choice.grid->upper);
  out["grid_widened"] = is_wider;
  if (is_wider) {
    core::log_warn(fmt::format("--grid {:g}:{:g}:{} does not reach an end: widened to [{:g}, {:g}]",
                               choice.grid->lower,
                               choice.grid->upper,
                               choice.grid->n,
                               least,
                               largest));
  }
}

void tell_toys(ToyChoice const& choice, ToyTruths const& truths, ToyFarm const& farm, Json& out) {
  bool const drawn = choice.constraints == record::ConstraintMode::randomize;
  out["method"] = "toys";
  out["definitions"]["nuisances"] = truths.text();
  out["definitions"]["global_observables"] =
      drawn ? "drawn in each toy around the generation point" : "kept at the spec's";
  out["definitions"]["events"] = "Poisson around the yields of the generation point";
  out["seed"] = choice.seed;
  out["n_toys"] = farm.n_toys();
}

}  // namespace toyfarm::run
