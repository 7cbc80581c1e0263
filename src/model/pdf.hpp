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
  [[nodiscard]] std::string const& text(std::string const& name) const;
  /// True where `variant` is this word of the type's, which is the first one where nothing is said.
  [[nodiscard]] bool is_variant(std::string const& word) const;
};

using DensityPtr = std::unique_ptr<Density const>;

/// What a density asks of one of its parameters before anything is evaluated.
enum class Domain {
  any,
  some_positive,      ///< init > 0, some of the interval > 0; evaluations elsewhere are refused by
                      ///< prepare()
  some_non_negative,  ///< the same with >= 0
  all_positive,       ///< init and finite bounds > 0
  all_above_one       ///< init and finite bounds > 1
};

struct ParamRule {
  char const* name;
  Domain domain = Domain::any;
  ParamRole role = ParamRole::other;
};

inline constexpr ParamRule mu_rule{"mu", Domain::any, ParamRole::location};
inline constexpr ParamRule sigma_rule{"sigma", Domain::some_positive, ParamRole::width};

/// One of a type's formulas: the word of its field `variant`, and what is said of it.
struct VariantRule {
  char const* word;
  char const* notice;
};

/// A pdf's row of the registry. pdf_<name>.cpp defines `PdfType <name>_pdf()`; the list of names is
/// in CMakeLists.txt.
struct PdfType {
  char const* name;
  DensityPtr (*make)(PdfSource const&) = nullptr;  ///< null for a product
  std::vector<ParamRule> params{};
  std::size_t least_params = 0;       ///< of a type without `params` that takes any number; else 0
  bool takes_any_params = false;      ///< also none
  std::vector<std::string> fields{};  ///< besides type, observable, params and variant
  std::vector<VariantRule> variants{};  ///< the first is in use where nothing is said
};

/// All rows, by name (generated).
[[nodiscard]] std::vector<PdfType> pdf_types();

/// PdfType::make of a class that is built from a PdfSource.
template <class D>
[[nodiscard]] DensityPtr make_density(PdfSource const& source) {
  return std::make_unique<D>(source);
}

/// The product of already built one-dimensional densities on disjoint observables.
[[nodiscard]] DensityPtr make_product(std::vector<DensityPtr> components,
                                      std::vector<std::size_t> observables);

/// Throws SpecError where fields, parameters or the variant of a pdf are not the type's.
void check_pdf(PdfType const& type, PdfSource const& source);

/// "process 'x'" and " (channel 'y')", for messages.
[[nodiscard]] std::string process_of(DensityContext const& context);
[[nodiscard]] std::string channel_of(DensityContext const& context);

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
