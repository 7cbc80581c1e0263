#pragma once
#include <cstddef>

namespace toyfarm::kernels {

/// Steps of eight deviates summed at a time: longer sums would lose digits.
inline constexpr std::size_t fold_block = 131072;

/// a_k T_k(u_j) for the four nodes u_j > 0, falling: a_k cos(pi k (j + 1/2) / 8), a_0 = 1/8, else
/// 1/4. At -u_j, odd rows change sign.
inline constexpr double node_weights[8][4] = {
    {0.125, 0.125, 0.125, 0.125},
    {0.24519632010080761, 0.20786740307563631, 0.13889255825490054, 0.048772580504032069},
    {0.23096988312782168, 0.095670858091272445, -0.095670858091272445, -0.23096988312782168},
    {0.20786740307563631, -0.048772580504032069, -0.24519632010080761, -0.13889255825490054},
    {0.17677669529663689, -0.17677669529663689, -0.17677669529663689, 0.17677669529663689},
    {0.13889255825490054, -0.24519632010080761, 0.048772580504032069, 0.20786740307563631},
    {0.095670858091272445, -0.23096988312782168, 0.23096988312782168, -0.095670858091272445},
    {0.048772580504032069, -0.13889255825490054, 0.20786740307563631, -0.24519632010080761},
};

/// The same for all eight nodes.
struct AllNodeWeights {
  double rows[8][8];
};
inline constexpr AllNodeWeights all_node_weights = [] {
  AllNodeWeights all{};
  for (std::size_t k = 0; k < 8; ++k) {
    for (std::size_t j = 0; j < 4; ++j) {
      all.rows[k][j] = node_weights[k][j];
      all.rows[k][7 - j] = k % 2 == 0 ? node_weights[k][j] : -node_weights[k][j];
    }
  }
  return all;
}();

}  // namespace toyfarm::kernels
