#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "model/density_support.hpp"

// What tests know of a pdf. tests/model/pdfs/<name>.case.cpp defines `PdfCase <name>_case()`; laws,
// toys and benches run over all of them.
namespace toyfarm::model::testing {

using Real = long double;
using Theta = std::vector<Real>;
using Attributes = std::map<std::string, spec::Attribute>;

/// A pdf's formula once more, in long double and as it stands in the text books: slow, and sharing
/// nothing with the code that it checks. Nothing but log_f must be given.
struct Reference {
  /// ln of the density before normalisation, at home + s.
  std::function<Real(Case const&, Theta const&, Real s)> log_f{};
  /// A point of the window from which x is counted, so that narrow peaks are resolved.
  std::function<Real(Case const&)> home = [](Case const& c) -> Real { return c.window.lower; };
  /// Values of s where log_f is structured or jumps: numerical integrals are split there.
  std::function<std::vector<Real>(Case const&, Theta const&)> marks{};
  /// ln of the integral over the window, where it must not be summed over s.
  std::function<Real(Case const&, Theta const&)> log_norm{};
  /// The scale on which ln p changes with each parameter: steps of finite differences.
  std::function<std::vector<Real>(Case const&)> scales{};
  /// Places that are compared, as shares of the window.
  std::vector<double> places{
      0.0, 0.013, 0.11, 0.26, 0.41, 0.505, 0.52, 0.534, 0.66, 0.8, 0.93, 0.999};
  /// False where a finite difference does not hold: next to a joint, or where p = 0.
  std::function<bool(Case const&, double x)> holds_at{};
  /// True where a parameter stands at the end of its domain.
  std::function<bool(Case const&, std::size_t param)> at_end{};
};

/// ln p by an independent program.
struct ValueRow {
  spec::Interval window;
  std::vector<double> theta;
  std::vector<double> x;
  std::vector<double> log_p;
  Attributes attributes{};
  double tolerance = 2e-12;  ///< of ln p, relative
};

struct ToyParameter {
  std::string name;
  double init;
  double lower = 1e-9;
};

/// What a density integrates to: 1, or something else by design (the old program's formulas).
enum class Integral { one, its_own };

/// A pdf on observable x in [0, 10], from which toys are drawn.
struct ToyPdf {
  std::string name;
  std::vector<ToyParameter> parameters{};
  std::string fields{};  ///< further members of the JSON object, each with a comma after it
  Integral integral = Integral::one;
};

/// A model on observable x in [0, 10] whose toys are fitted.
struct PdfStudy {
  std::string name;
  std::string parameters;  ///< JSON objects, with commas between them
  std::string processes;   ///< likewise
};

struct PdfCase {
  std::string type;
  std::vector<Case> points{};  ///< where laws are tested
  Reference reference{};
  std::vector<ValueRow> values{};
  /// Parameters outside the domain, each with others inside; on [60, 120].
  std::vector<std::pair<std::vector<double>, std::vector<double>>> outside{};
  std::vector<ToyPdf> toys{};
  std::vector<PdfStudy> studies{};  ///< of pdfs that no spec of tests/data/mixes has
  std::vector<Case> bench{};        ///< what bench_densities times
};

/// All cases, in the order of the registry (generated).
[[nodiscard]] std::vector<PdfCase> pdf_cases();

[[nodiscard]] inline std::vector<Case> points_of(std::string const& type,
                                                 spec::Interval window,
                                                 std::vector<std::vector<double>> const& thetas) {
  std::vector<Case> points;
  for (auto const& theta : thetas) {
    points.push_back({type, window, theta});
  }
  return points;
}

/// A peak of free mean and yield `ns` on a background of yield `nb`, both given as JSON pdfs; for
/// studies. `more`: the pdfs' parameters but for those two.
[[nodiscard]] inline PdfStudy peak_on(std::string const& name,
                                      std::string const& peak,
                                      std::string const& background,
                                      std::string const& more,
                                      double n_peak = 2000) {
  auto const process = [](std::string const& yield, std::string const& pdf) {
    return R"({"name":")" + yield + R"(","pdf":)" + pdf +
           R"(,"yield":{"type":"parameter","name":")" + yield + R"("}})";
  };
  return {name,
          R"({"name":"ns","init":)" + std::to_string(n_peak) +
              R"(,"bounds":[0,1e6]},{"name":"nb","init":8000,"bounds":[0,1e6]})" +
              (more.empty() ? "" : ",") + more,
          process("ns", peak) + "," + process("nb", background)};
}

/// A Gaussian peak for studies of backgrounds, and its parameters.
inline constexpr char const* gaussian_peak =
    R"({"type":"gaussian","observable":"x","params":["m","s"]})";
inline constexpr char const* gaussian_parameters =
    R"({"name":"m","init":4,"bounds":[2,6]},{"name":"s","init":0.5,"bounds":[0.2,1.5]})";
/// A background for studies of peaks, and its parameter.
inline constexpr char const* falling = R"({"type":"exponential","observable":"x","params":["l"]})";
inline constexpr char const* falling_parameter = R"({"name":"l","init":-0.2,"bounds":[-3,3]})";

/// The window of most cases.
inline constexpr spec::Interval z_window{60, 120};

}  // namespace toyfarm::model::testing
