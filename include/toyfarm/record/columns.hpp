#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/core/status.hpp"
#include "toyfarm/record/schema.hpp"

// What is kept of a toy: the records, and the list of their members that rows have columns of. To
// add a column, add a member and a line of the list; its `since` is a new format_version.
namespace toyfarm::record {

/// One fit of a toy. Lists have one entry per parameter.
struct FitRecord {
  core::FitStatus status = core::FitStatus::failed;
  core::Engine engine = core::Engine::eventwise;
  std::vector<double> values;    ///< estimates
  std::vector<double> errors;    ///< NaN: fixed, unused, at a bound, flat, degenerate, or not
                                 ///< converged to a positive definite Hessian
  std::vector<core::Held> held;  ///< what keeps a parameter where it is, if anything
  double nll = 0;
  /// Where the search that led here began.
  double initial_nll = std::numeric_limits<double>::quiet_NaN();
  double edm = 0;                ///< g^T H^-1 g / 2 over the free parameters
  double bound = 0;              ///< certified bound on |error of NLL|, 0 for eventwise
  double gradient_norm = 0;      ///< of the free parameters
  std::uint32_t iterations = 0;  ///< Newton steps tried
  std::uint32_t attempts = 1;    ///< starts tried, 1 = the first sufficed
  std::uint32_t won = 0;         ///< which of them, from 0, led to this end
  /// How much higher the NLL of the next other end is; NaN if no other was found.
  double next_end = std::numeric_limits<double>::quiet_NaN();
};

/// Everything that is kept of one toy: its sample, and its fits.
struct ToyRecord {
  core::ToyId toy;
  std::vector<std::uint64_t> n_events;     ///< [channel]
  std::vector<double> global_observables;  ///< [constraint]
  std::vector<FitRecord> fits{1};          ///< [hypothesis]

  /// The fit under the first hypothesis.
  [[nodiscard]] FitRecord& fit() { return fits.front(); }
  [[nodiscard]] FitRecord const& fit() const { return fits.front(); }
};

/// A column and the member that it keeps: one value, or a list of them over the column's axis.
template <class Record, class Member>
struct Kept : Column {
  using Element = Member;
  Member Record::*member;
};
template <class Record, class T>
struct Kept<Record, std::vector<T>> : Column {
  using Element = T;
  std::vector<T> Record::*member;
};

template <class T>
constexpr Type type_of() noexcept {
  if constexpr (std::is_same_v<T, double>) {
    return Type::number;
  } else if constexpr (std::is_enum_v<T>) {
    return std::is_signed_v<std::underlying_type_t<T>> ? Type::side : Type::word;
  } else {
    return sizeof(T) == 4 ? Type::count32 : Type::count;
  }
}

template <class T>
constexpr Words words_of() noexcept {
  if constexpr (std::is_same_v<T, core::Held>) {
    return {-1, core::n_held, [](int i) {
              auto const held = static_cast<core::Held>(i);
              return held == core::Held::none ? std::string_view("none") : core::to_string(held);
            }};
  } else if constexpr (std::is_enum_v<T>) {
    constexpr int n = std::is_same_v<T, core::Engine> ? core::n_engines : core::n_fit_statuses;
    return {0, n, [](int i) { return core::to_string(static_cast<T>(i)); }};
  } else {
    return {};
  }
}

template <class Record, class Member>
constexpr Kept<Record, Member> kept(std::string_view name,
                                    Member Record::*member,
                                    Axis axis,
                                    int since = 1,
                                    std::string_view meaning = {}) noexcept {
  using T = typename Kept<Record, Member>::Element;
  static_assert(sizeof(T) == size_of(type_of<T>()) && std::is_trivially_copyable_v<T>);
  return {{name, type_of<T>(), axis, since, meaning, words_of<T>()}, member};
}

/// The columns, in the order of files.
inline constexpr std::tuple columns{
    kept("toy", &ToyRecord::toy, Axis::toy),
    kept("status", &FitRecord::status, Axis::fit),
    kept("engine", &FitRecord::engine, Axis::fit),
    kept("nll", &FitRecord::nll, Axis::fit),
    kept("edm", &FitRecord::edm, Axis::fit),
    kept("bound", &FitRecord::bound, Axis::fit),
    kept("iterations", &FitRecord::iterations, Axis::fit),
    kept("attempts", &FitRecord::attempts, Axis::fit, 1, "points that the fit started from"),
    kept("won",
         &FitRecord::won,
         Axis::fit,
         2,
         "which of these starts, from 0, led to the row's minimum"),
    kept("next_end",
         &FitRecord::next_end,
         Axis::fit,
         2,
         "how much higher the NLL is at the next other end that a start led to; NaN: no other was "
         "found"),
    kept("initial_nll",
         &FitRecord::initial_nll,
         Axis::fit,
         3,
         "NLL where the search that ended in the row's minimum began: at the generation point, "
         "unless the minimum was reached from another start"),
    kept("n_events", &ToyRecord::n_events, Axis::channel),
    kept("estimate", &FitRecord::values, Axis::parameter),
    kept("error", &FitRecord::errors, Axis::parameter),
    kept("at_bound", &FitRecord::held, Axis::parameter),
    kept("global_observables", &ToyRecord::global_observables, Axis::constraint)};

/// The same, without their members.
inline constexpr auto schema = std::apply(
    [](auto const&... column) { return std::array{static_cast<Column const&>(column)...}; },
    columns);
static_assert(schema[0].name == "toy", "the first word of a row is its toy");

/// Number of the newest column's version of files.
inline constexpr int newest_column = std::ranges::max(schema, {}, &Column::since).since;

/// Calls visit(column, i) for every column, the i-th of the schema; i is a constant expression.
template <class Visit>
constexpr void visit_columns(Visit const& visit) {
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    (visit(std::get<i>(columns), std::integral_constant<std::size_t, i>()), ...);
  }
  (std::make_index_sequence<schema.size()>());
}

/// Number of the column that keeps a member.
template <auto Member>
consteval std::size_t column_of() {
  std::size_t found = schema.size();
  visit_columns([&](auto const& column, std::size_t i) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(column.member)>, decltype(Member)>) {
      found = column.member == Member ? i : found;
    }
  });
  return found;
}

/// What the i-th column has one of per element of its axis.
template <std::size_t i>
using ElementAt = typename std::tuple_element_t<i, std::remove_cv_t<decltype(columns)>>::Element;

/// Bytes of the part of a row that is the toy's.
[[nodiscard]] constexpr std::size_t sample_bytes(RowLayout const& layout) noexcept {
  constexpr auto extent = extent_before(schema, schema.size(), Axis::toy);
  return whole_words(extent.of(layout));
}
/// Bytes of the part of a row that is one fit's.
[[nodiscard]] constexpr std::size_t fit_bytes(RowLayout const& layout) noexcept {
  constexpr auto extent = extent_before(schema, schema.size(), Axis::fit);
  return whole_words(extent.of(layout));
}
/// First byte of the i-th column's values in a row, of those of a fit where it has any.
template <std::size_t i>
[[nodiscard]] constexpr std::size_t byte_of(RowLayout const& layout, std::size_t fit = 0) noexcept {
  constexpr auto axis = schema[i].axis;
  constexpr auto before = extent_before(schema, i, axis);
  return before.of(layout) +
         (is_per_fit(axis) ? sample_bytes(layout) + fit * fit_bytes(layout) : 0);
}

}  // namespace toyfarm::record
