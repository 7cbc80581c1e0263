#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "toyfarm/kernels/random.hpp"

namespace toyfarm::toys {

/// Discrete distribution over 0 … n-1 for drawing by one word each (Walker 1977,
/// doi:10.1145/355744.355749).
struct AliasTable {
  std::vector<double> keep;          ///< chance to stay in a column
  std::vector<std::uint32_t> other;  ///< where to go otherwise
};
/// From weights >= 0, not all zero, any scale.
[[nodiscard]] AliasTable make_alias_table(std::span<double const> weights);

/// The column of a table of n columns that a word picks.
[[nodiscard]] inline std::uint64_t alias_draw(double const* keep,
                                              std::uint32_t const* other,
                                              std::uint64_t n,
                                              std::uint64_t word) noexcept {
  __extension__ using Wide = unsigned __int128;
  Wide const product = static_cast<Wide>(word) * n;
  auto const column = static_cast<std::uint64_t>(product >> 64);
  double const share = static_cast<double>(static_cast<std::uint64_t>(product) >> 11) * 0x1p-53;
  std::uint64_t const elsewhere = other[column];  // read in any case: which way it goes is
                                                  // unpredictable, so a branch would cost more
  std::uint64_t const stay = share < keep[column] ? ~std::uint64_t{0} : 0;
  return (column & stay) | (elsewhere & ~stay);
}

/// Poisson counts of many means: up to 3*10^4 by an alias table over all counts of probability
/// above 10^-18 of the largest, above by rejection. Equal means in a row share columns. Flat
/// arrays.
struct PoissonTables {
  std::vector<double> mean;             ///< [table]
  std::vector<std::uint64_t> smallest;  ///< [table] count of the first column
  std::vector<std::uint64_t> first;     ///< [table][2] first column, and that after the last; no
                                        ///< columns = mean 0, or rejection
  std::vector<double> keep;             ///< [column]
  std::vector<std::uint32_t> other;     ///< [column]

  [[nodiscard]] std::size_t size() const noexcept { return mean.size(); }
};
/// Means must be finite and >= 0, at most 10^15.
[[nodiscard]] PoissonTables make_poisson_tables(std::span<double const> means);

/// A count of table `i`.
[[nodiscard]] std::uint64_t draw_poisson(PoissonTables const& tables,
                                         std::size_t i,
                                         kernels::BitStream& bits);

/// ln of the Poisson probability of `count` at `mean` > 0, to about 10^-15 of its largest term's
/// deviation (Loader 2000); count >= 16.
[[nodiscard]] double log_poisson(double count, double mean);

}  // namespace toyfarm::toys
