#pragma once
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "toyfarm/spec/spec.hpp"

namespace toyfarm::model {

/// How many derivatives with respect to the parameters an evaluation gives.
enum class Derivatives { none, first, second };

/// How the second derivatives of ln p depend on x, at points where p > 0.
enum class SecondForm {
  columns,        ///< no simpler than the columns that evaluate writes
  affine,         ///< dd_kl = a_kl + sum_m b_klm d_m (exponential families)
  affine_product  ///< dd_kl + d_k d_l = a_kl + sum_m b_klm d_m (densities linear in their
                  ///< parameters, normalised)
};

/// Place of (k, l), l <= k, in a packed lower triangle.
[[nodiscard]] constexpr std::size_t packed(std::size_t k, std::size_t l) noexcept {
  return k * (k + 1) / 2 + l;
}
/// Length of a packed lower triangle of order n.
[[nodiscard]] constexpr std::size_t packed_size(std::size_t n) noexcept {
  return n * (n + 1) / 2;
}

/// A block of points: columns[o][i] is observable o of point i; a density reads the observables it
/// was built on.
struct Points {
  double const* const* columns;
  std::size_t size;
};

/// Where a density writes ln p and its derivatives: contiguous columns, `stride` doubles apart, of
/// at least Points::size each.
struct LogDensityView {
  double* value;   ///< ln p(x_i); -inf where p = 0
  double* first;   ///< [k * stride + i]: d ln p / d theta_k; finite everywhere (0 where p = 0)
  double* second;  ///< [packed(k, l) * stride + i]: second derivatives, likewise
  std::size_t stride;

  [[nodiscard]] double* d(std::size_t k) const noexcept { return first + k * stride; }
  [[nodiscard]] double* dd(std::size_t k, std::size_t l) const noexcept {
    return second + packed(k, l) * stride;
  }
};

/// A local minimum over the window of a density before its normalisation, in a form that is linear
/// in the parameters: where its margin is 0 the density touches zero, and theta + d stays inside as
/// long as margin + gradient . d >= 0.
struct EdgePoint {
  double margin = 0;             ///< value there; < 0 outside the domain
  double curvature = 0;          ///< second derivative in x; 0 at an end of the window, which stays
  std::vector<double> gradient;  ///< [k] of the margin by the parameters, x held
  std::vector<double> slope;     ///< [k] derivative in x of the gradient
  std::size_t observable = 0;    ///< index within the channel
  double place = 0;              ///< value of the observable
};

/// Where a parameter of a density with an edge may be: if the density is positive everywhere for
/// some values inside their bounds, it is for some with |value - inside| <= reach.
struct EdgeRoom {
  double inside = 0;  ///< with all parameters there, the least margin is about 1
  double reach = 2;
};

/// A density normalised over the window of its observable(s).
///
/// Evaluation is in two steps, so that what does not depend on x is computed once per parameter
/// point: `prepare` fills a caller's scratch, `evaluate` reads it. Objects are immutable: any
/// number of threads may use one, each with its own scratch.
class Density {
 public:
  Density() = default;
  Density(Density const&) = delete;
  Density& operator=(Density const&) = delete;
  virtual ~Density() = default;

  [[nodiscard]] virtual std::size_t n_params() const noexcept = 0;

  /// Doubles of scratch needed.
  [[nodiscard]] virtual std::size_t scratch_size() const noexcept = 0;

  /// Computes normalisation and constants at `theta` (n_params values) for evaluations up to
  /// `order`. Returns false, leaving scratch unspecified, where theta is outside the density's
  /// domain (sigma <= 0, a negative polynomial, …).
  [[nodiscard]] virtual bool prepare(std::span<double const> theta,
                                     Derivatives order,
                                     std::span<double> scratch) const = 0;

  /// ln p and its derivatives up to `order` at every point. Points inside the window only.
  /// Allocates nothing for up to 512 points.
  virtual void evaluate(std::span<double const> scratch,
                        Points points,
                        Derivatives order,
                        LogDensityView out) const = 0;

  /// By how much rounding may put p off where it is next to nothing: 0 where it is right to a few
  /// ulp everywhere.
  [[nodiscard]] virtual double rounding(std::span<double const> scratch) const {
    static_cast<void>(scratch);
    return 0;
  }

  /// What sums of second derivatives over points can be made of instead of columns.
  [[nodiscard]] virtual SecondForm second_form() const noexcept { return SecondForm::columns; }

  /// Sums over points of the left side of a form that is not `columns`, from scratch prepared with
  /// Derivatives::second: out[packed(k, l)] = a_kl sums[0] + sum_m b_klm sums[1 + m], where sums[0]
  /// is the sum of the points' weights and sums[1 + m] that of weight times d_m.
  virtual void second_sums(std::span<double const> scratch,
                           std::span<double const> sums,
                           std::span<double> out) const {
    static_cast<void>(scratch);
    static_cast<void>(sums);
    static_cast<void>(out);
  }

  /// Places inside the window, at `theta`, where p or a derivative of p in x jumps: knots, bin
  /// edges, joints. Any order, duplicates allowed.
  [[nodiscard]] virtual std::vector<double> break_points(std::span<double const> theta) const = 0;

  /// Places that mark where p is structured (a peak's centre and flanks), so that adaptive cells
  /// cannot step over it. May lie outside the window.
  [[nodiscard]] virtual std::vector<double> guide_points(std::span<double const> theta) const = 0;

  /// The shortest length over which p changes its form at `theta`, anywhere in [lower, upper]:
  /// points further apart may miss it, whatever they show. +inf where p is as smooth as the
  /// interval is long, or next to nothing. Break points are no part of it. Allocates nothing.
  [[nodiscard]] virtual double scale(std::span<double const> theta,
                                     double lower,
                                     double upper) const {
    static_cast<void>(theta);
    static_cast<void>(lower);
    static_cast<void>(upper);
    return std::numeric_limits<double>::infinity();
  }

  /// How many break points move with theta (Crystal Ball joints).
  [[nodiscard]] virtual std::size_t n_moving_break_points() const noexcept { return 0; }
  [[nodiscard]] bool has_moving_break_points() const noexcept {
    return n_moving_break_points() > 0;
  }

  /// Those break points that move, inside the window or not, written to `out`; returns how many:
  /// n_moving_break_points(). Allocates nothing.
  [[nodiscard]] virtual std::size_t moving_break_points(std::span<double const> theta,
                                                        std::span<double> out) const {
    static_cast<void>(theta);
    static_cast<void>(out);
    return 0;
  }

  /// True where parameters inside their bounds may make the density negative in the window, so that
  /// `prepare` refuses them and a minimum may lie where it touches zero.
  [[nodiscard]] virtual bool has_edge() const noexcept { return false; }

  /// Of each parameter; of a density without an edge nobody asks. The default is that of a sum of
  /// cosines which is 1 in the mean: none that is >= 0 has a coefficient beyond 2.
  [[nodiscard]] virtual EdgeRoom edge_room(std::size_t param) const {
    static_cast<void>(param);
    return {};
  }

  /// Local minima at `theta`, in the domain or outside, lowest first: all whose margin is below
  /// zero or which may get there next. Of a density without an edge: nothing.
  [[nodiscard]] virtual std::vector<EdgePoint> edge_points(std::span<double const> theta) const {
    static_cast<void>(theta);
    return {};
  }
};

/// One factor of a density that is a product over observables: a one-dimensional density and where
/// its parameters start.
struct Factor {
  Density const* density;
  std::size_t observable;   ///< index within the channel
  std::size_t first_param;  ///< index within the whole density's parameters
};

/// What a density is built from. Errors name `pdf.pointer` in `file`.
struct DensityContext {
  std::string file;                                  ///< the spec, for messages
  std::string process;                               ///< name, for messages
  std::string channel;                               ///< name, for messages
  std::vector<spec::Observable> const* observables;  ///< of the channel
  std::vector<spec::Parameter> const*
      parameters;  ///< of the spec: bounds and init are checked against the density's domain
  spec::UnknownFields unknown = spec::UnknownFields::refuse;
};

/// What a parameter does to a density: where its peak is, how wide that is, or anything else.
enum class ParamRole { other, location, width };

/// A density and how the channel sees it.
struct BuiltDensity {
  std::unique_ptr<Density const> density;
  std::vector<std::string> parameter_names;  ///< in the density's order; a name may occur twice
  std::vector<ParamRole> roles;              ///< of each parameter
  std::vector<Factor> factors;  ///< one for an ordinary pdf, one per component of a product
};

/// Builds the density that `pdf` describes. Throws SpecError for an unknown type or attribute,
/// wrong number of params, domain, support.
[[nodiscard]] BuiltDensity build_density(spec::Pdf const& pdf, DensityContext const& context);

/// Names of the pdf types known, in alphabetical order.
[[nodiscard]] std::vector<std::string> density_types();

/// Which formula of its type a pdf has.
struct PdfVariant {
  std::string word;    ///< as its field `variant` says
  bool stated;         ///< by the spec
  std::string notice;  ///< one line for users: the formula in use where nothing is said, the others
};

/// The variant of a pdf whose type has several; nothing for any other.
[[nodiscard]] std::optional<PdfVariant> pdf_variant(spec::Pdf const& pdf);

}  // namespace toyfarm::model
