#pragma once
#include <cstddef>

// Nodes of the trapezoidal sums for the Faddeeva function: step h with h^2 = pi/12, at (k + 1/2) h
// and at (k + 1) h. Weights made by, with 50 digits:
//   [float((-(pi / 12) * (k + first)**2).exp()) for k in range(12)] for first in (1/2, 1)
namespace toyfarm::kernels {

inline constexpr std::size_t faddeeva_terms = 12;
inline constexpr double faddeeva_step = 0.51166335397324425;
inline constexpr double faddeeva_step_square = 0.26179938779914943;

struct FaddeevaNodes {
  double square[faddeeva_terms];  ///< t^2
  double weight[faddeeva_terms];  ///< e^{-t^2}
};

constexpr FaddeevaNodes faddeeva_nodes(double first, double const (&weights)[faddeeva_terms]) {
  FaddeevaNodes nodes{};
  for (std::size_t k = 0; k < faddeeva_terms; ++k) {
    double const t = static_cast<double>(k) + first;
    nodes.square[k] = t * t * faddeeva_step_square;
    nodes.weight[k] = weights[k];
  }
  return nodes;
}

inline constexpr FaddeevaNodes faddeeva_halves = faddeeva_nodes(0.5,
                                                                {0.9366460212365959,
                                                                 0.55485491015985344,
                                                                 0.1947095780852903,
                                                                 0.04047614460380574,
                                                                 0.0049844231324685864,
                                                                 0.00036360898638930446,
                                                                 1.5712969017800481e-05,
                                                                 4.0224054215648138e-07,
                                                                 6.0998249159121596e-09,
                                                                 5.4796502397575273e-11,
                                                                 2.9160317551794992e-13,
                                                                 9.192541525134372e-16});
inline constexpr FaddeevaNodes faddeeva_multiples = faddeeva_nodes(1,
                                                                   {0.76966541249323983,
                                                                    0.35091980717841098,
                                                                    0.094780224842154856,
                                                                    0.01516461986454657,
                                                                    0.0014373060804075317,
                                                                    8.0699517570304602e-05,
                                                                    2.6840867930967431e-06,
                                                                    5.2884221169441576e-08,
                                                                    6.1724788652243099e-10,
                                                                    4.2677311354552244e-12,
                                                                    1.7479879405655014e-14,
                                                                    4.2411511830160777e-17});

}  // namespace toyfarm::kernels
