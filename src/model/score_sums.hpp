#pragma once
#include <span>

#include "toyfarm/model/density.hpp"

namespace toyfarm::model {

/// What a density given by ln f alone is normalised with: ln of the integral of f, and, with s, h
/// the first and second derivatives of ln f and <> means over p, the derivatives <s> and
/// <h> + cov(s, s) of that.
template <class Number>
struct Norm {
  Number* log_norm;
  std::span<Number> first;   ///< of each parameter
  std::span<Number> second;  ///< packed lower triangle
};

/// Sums for a Norm, panel by panel: within a panel about its own means, so that no digits cancel
/// (Chan, Golub, LeVeque 1983, doi:10.1080/00031305.1983.10483115).
class ScoreSums {
 public:
  /// `work`: as many doubles as there are parameters. `is_linear`: there are no second derivatives.
  ScoreSums(Norm<double> const& into, std::span<double> work, Derivatives order, bool is_linear);

  /// Nodes of weights f dx / e^top, one top for all panels, and derivatives of ln f at them up to
  /// the order, whose columns are used up.
  void add(double const* weights, std::size_t n_nodes, LogDensityView const& log_f);

  /// False if anything is not finite.
  bool finish(double top);

 private:
  Norm<double> into_;
  std::span<double> delta_;
  Derivatives order_;
  bool is_linear_;
  double total_ = 0;
};

/// Turns ln f and its derivatives into those of p.
void normalise(Norm<double const> const& norm,
               std::size_t n,
               Derivatives order,
               bool is_linear,
               LogDensityView const& out);

}  // namespace toyfarm::model
