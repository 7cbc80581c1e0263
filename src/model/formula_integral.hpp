#pragma once
#include <array>
#include <span>

#include "toyfarm/formula/enclosure.hpp"
#include "toyfarm/formula/tape.hpp"
#include "toyfarm/model/density.hpp"

namespace toyfarm::model {

/// Parameters of one formula, and joints in its window: what stands on the stack.
inline constexpr std::size_t max_formula_params = 64;
inline constexpr std::size_t max_formula_joints = 128;

/// ln f of a formula at a parameter point.
struct FormulaAt {
  formula::Tape const& tape;
  formula::Enclosure const& enclosure;
  std::span<double const> theta;
  std::span<double const> constants;  ///< of the tape at theta

  /// At points x, with derivatives; false where it is undefined (NaN, given as -inf) or infinite.
  /// Derivatives that are not finite are 0.
  bool log_f(double const* x, std::size_t n, Derivatives order, LogDensityView const& out) const;
};

/// Panels on which Gauss-Legendre sums of f, and of f times derivatives of ln f, are right to
/// rounding. A panel is looked at only where bounds of ln f say that nothing hides between the
/// nodes; panels of which bounds say that they hold next to nothing are left out.
class FormulaPanels {
 public:
  static constexpr std::size_t n_nodes = 16;
  using Nodes = std::array<double, n_nodes>;
  struct Panel {
    double lower, upper;
    [[nodiscard]] Nodes nodes() const;
    [[nodiscard]] Nodes weights() const;
    [[nodiscard]] double log_integral(FormulaAt const& f) const;
  };

  /// Between rising borders. False where f is negative, undefined, not integrable or too intricate.
  bool find(FormulaAt const& f, std::span<double const> borders);

  [[nodiscard]] std::span<Panel const> all() const { return {panels_.data(), n_}; }
  /// About the largest ln f at a node.
  [[nodiscard]] double top() const { return top_; }

 private:
  struct Open {
    Panel panel;
    double bound, scale;  ///< of ln of the integral; of f
  };
  enum class Look { good, coarse, refused };

  void push(FormulaAt const& f, Panel const& panel);
  Open pop();
  bool treat(FormulaAt const& f, Open const& open, double smallest);
  Look look(FormulaAt const& f, Panel const& panel, bool is_last);

  static constexpr std::size_t max_panels = 512;
  std::array<Open, max_panels> open_;
  std::array<Panel, max_panels> panels_;
  std::array<Panel, max_formula_joints> narrow_;  ///< that cannot be cut any further
  std::size_t n_open_ = 0, n_ = 0, n_narrow_ = 0;
  double top_ = 0;                                     ///< sums are in units of e^top
  double total_ = 0;                                   ///< integral of f
  std::array<double, 2 * max_formula_params> scores_;  ///< integrals of |f s| and f s^2, s = d ln f
};

/// A value that ln f has in the window, not far below its largest.
[[nodiscard]] double about_the_top(FormulaAt const& f, double lower, double upper);

}  // namespace toyfarm::model
