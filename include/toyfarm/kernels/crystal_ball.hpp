#pragma once
#include <cstddef>

#include "toyfarm/kernels/density_columns.hpp"

// The Crystal Ball (Skwarnicki, DESY F31-86-02, appendix E), with a power tail on the left or on
// both sides:
//   ln f = -t^2/2 in the core, -alpha^2/2 - n ln(1 + r) in a tail, r = alpha (|t| - alpha) / n,
// which is the exponent form of e^L (B + |t|)^-n: nothing overflows for large n or small alpha.
namespace toyfarm::kernels {

/// Tail beyond |t| = alpha > 0, with power n.
struct CrystalBallTail {
  double alpha;
  double n;
};

/// What ln p = ln f - reference - log_norm needs at every point, parameters being (mu, sigma,
/// alpha, n of the left tail[, of the right one]).
struct CrystalBall {
  double anchor;  ///< t = t0 + s, s = (x - anchor) * inverse_sigma
  double inverse_sigma;
  double t0;
  double reference;  ///< of the tails; the core is -s (s + 2 t0) / 2
  double log_norm;
  CrystalBallTail tails[2];  ///< left, right
  double mean_first[6];      ///< subtracted from first derivatives of ln f
  double mean_second[21];    ///< subtracted from second derivatives of ln f
};

/// ln p and derivatives with one tail, whose joint t = -alpha belongs to it: 4 columns of first
/// derivatives, 10 of second ones.
void crystal_ball_n(CrystalBall const& c,
                    double const* x,
                    std::size_t n,
                    DensityColumns const& out);

/// The same with two tails, whose joints belong to the core: 6 columns, 21 columns.
void double_crystal_ball_n(CrystalBall const& c,
                           double const* x,
                           std::size_t n,
                           DensityColumns const& out);

/// Nodes of a quadrature within one region: its own columns of first derivatives of ln f, (mu,
/// sigma) in the core, (mu, sigma, alpha, n) in a tail, and sums over nodes.
struct CrystalBallNodes {
  double const* at;  ///< s of nodes in the core; ln(1 + r) of nodes in a tail
  double* weights;   ///< in: of the quadrature in that variable; out: times f e^-reference dt
  std::size_t n;     ///< a multiple of 8
  double* first;     ///< null if no derivatives are wanted
  std::size_t stride;
};

/// Sums of weights, of weights times first and times second derivatives (packed lower triangle).
struct CrystalBallSums {
  double total;
  double first[4];
  double second[10];
};

/// Sums over nodes in the core. Uses c's first three members.
void crystal_ball_core(CrystalBall const& c, CrystalBallNodes const& nodes, CrystalBallSums& sums);

/// Sums over nodes in a tail, 0 for the left one, 1 for the right one.
void crystal_ball_tail(CrystalBall const& c,
                       std::size_t tail,
                       CrystalBallNodes const& nodes,
                       CrystalBallSums& sums);

}  // namespace toyfarm::kernels
