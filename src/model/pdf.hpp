#pragma once
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "toyfarm/kernels/density_columns.hpp"
#include "toyfarm/model/density.hpp"

// What the files pdf_*.cpp share: how they are asked for, and how they keep constants in a caller's
// scratch.
namespace toyfarm::model {

/// A pdf whose type, params and observable have been checked: what its builder needs.
struct PdfSource {
  spec::Pdf const& pdf;
  DensityContext const& context;
  std::size_t observable;  ///< index within the channel
  spec::Interval window;

  /// Throws SpecError at `field` of the pdf (empty: the pdf itself); the message starts with the
  /// process' name.
  [[noreturn]] void fail(std::string const& field, std::string const& problem) const;
  [[nodiscard]] bool has(std::string const& name) const { return pdf.attributes.contains(name); }
  [[nodiscard]] double number(std::string const& name, double fallback) const;
  [[nodiscard]] std::vector<double> numbers(std::string const& name) const;
  /// True for `"variant": "nextstat"`, false for "exact" or none.
  [[nodiscard]] bool nextstat_variant() const;
};

using DensityPtr = std::unique_ptr<Density const>;
[[nodiscard]] DensityPtr make_argus(PdfSource const& source);
[[nodiscard]] DensityPtr make_chebyshev(PdfSource const& source);
[[nodiscard]] DensityPtr make_crystal_ball(PdfSource const& source);
[[nodiscard]] DensityPtr make_double_crystal_ball(PdfSource const& source);
[[nodiscard]] DensityPtr make_exponential(PdfSource const& source);
[[nodiscard]] DensityPtr make_gaussian(PdfSource const& source);
[[nodiscard]] DensityPtr make_histogram(PdfSource const& source);
[[nodiscard]] DensityPtr make_kde(PdfSource const& source);
[[nodiscard]] DensityPtr make_spline(PdfSource const& source);
[[nodiscard]] DensityPtr make_voigtian(PdfSource const& source);
/// The product of already built one-dimensional densities on disjoint observables.
[[nodiscard]] DensityPtr make_product(std::vector<DensityPtr> components,
                                      std::vector<std::size_t> observables);

/// Number of a density for messages: shortest text that reads back as the same double.
[[nodiscard]] std::string number_text(double value);

/// `out` as kernels take it: columns that `order` does not ask for are null.
[[nodiscard]] inline kernels::DensityColumns wanted(LogDensityView const& out, Derivatives order) {
  return {out.value,
          order == Derivatives::none ? nullptr : out.first,
          order == Derivatives::second ? out.second : nullptr,
          out.stride};
}

/// Doubles that a struct of doubles takes in scratch.
template <class T>
inline constexpr std::size_t doubles_in = sizeof(T) / sizeof(double);

template <class T>
void put(T const& constants, std::span<double> scratch) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % sizeof(double) == 0);
  std::memcpy(scratch.data(), &constants, sizeof(T));
}

template <class T>
[[nodiscard]] T get(std::span<double const> scratch) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % sizeof(double) == 0);
  T constants;
  std::memcpy(static_cast<void*>(&constants), scratch.data(), sizeof(T));
  return constants;
}

}  // namespace toyfarm::model
