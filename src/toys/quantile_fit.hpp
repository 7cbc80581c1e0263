#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "toyfarm/cells/chebyshev.hpp"
#include "toyfarm/toys/tables.hpp"

#include "toys/mixture.hpp"

namespace toyfarm::toys {

/// Throws the RuntimeFailure of tables that cannot be built.
[[noreturn]] void fail_tables(std::string const& problem);

/// What became of the inverse c.d.f. of a mixture over an interval.
struct QuantilePiece {
  enum class Kind {
    empty,  ///< no events
    flat,   ///< as good as none, or cut too often: drawn uniformly
    exact,  ///< a polynomial
    rough   ///< not one
  };
  Kind kind;
  double lower;
  double upper;
  double events;                     ///< integral of the mixture
  std::vector<double> coefficients;  ///< of x = sum_k c_k u^k
  std::vector<double> density;       ///< of exact and rough pieces: series in t in [-1, 1]
};

/// Whether an interval is not going to be cut any more.
enum class LastTry { no, yes };

/// Finds the polynomials that turn uniform deviates into events of a mixture.
class QuantileFit {
 public:
  explicit QuantileFit(Mixture& mixture) : mixture_(mixture) {}

  static constexpr std::size_t n_density_nodes = 24;
  static constexpr std::size_t n_quantile_nodes = quantile_order + 1;

  /// Over [lower, upper). The density of the events of an exact piece differs from the mixture by
  /// less than 10^-9 of it and by what the rounding of x and, next to a zero, of the mixture does.
  /// Throws for one that is not finite.
  [[nodiscard]] QuantilePiece fit(double lower, double upper, LastTry last);

  /// Whether a piece that is not rough has the right density at some points of its interval as
  /// well, save where that is as good as none.
  [[nodiscard]] bool sees(QuantilePiece const& piece, std::span<double const> points);

 private:
  // An interval in its local coordinate t in [-1, 1].
  struct Cell {
    double lower, upper, middle, half;
    std::vector<double> density;     // series in t
    std::vector<double> cumulative;  // series in t, from -1
    double total;                    // cumulative at 1
  };

  static double clamped(Cell const& cell, double t);
  static double solve(Cell const& cell, double y);
  static double rounding_floor(Cell const& cell, std::span<double const> rho);
  void fit_quantiles(Cell const& cell, QuantilePiece& piece);
  bool is_exact(Cell const& cell, std::vector<double> const& series);

  Mixture& mixture_;
  cells::ChebyshevNodes nodes_{n_density_nodes};
  cells::ChebyshevNodes quantile_nodes_{n_quantile_nodes};
};

}  // namespace toyfarm::toys
