#pragma once
#include <cstddef>

// What the NLL of a sum of densities needs of a block of points: ln f, the share of each process in
// f, scores, and weighted sums of products. Sums run over 8 logical lanes, folded in a fixed order.
namespace toyfarm::kernels {

/// f(x_i) = sum_p nu_p exp(log_p[p][i]) of a block of points.
struct Mixture {
  std::size_t n_processes;
  double const* const* log_p;  ///< [process] column of ln p_p; -inf where p_p = 0
  double const* nu;            ///< [process] >= 0
  double* const* ratio;        ///< [process] column to write: p_p / f, finite also where nu_p = 0
};

/// Writes ln f and the ratios; returns sum_i w_i ln f_i, w null means all 1. Not finite where some
/// f is not positive and finite.
[[nodiscard]] double mixture_n(Mixture const& mixture,
                               double const* weights,
                               std::size_t n,
                               double* log_f);

/// Writes the ratios and returns sum_i ln f_i, by logarithms of products of up to 16 values: as
/// mixture_n, but faster. Each nu is 0 or at least 10^-18, and they add up to at most 10^18.
[[nodiscard]] double mixture_sum(Mixture const& mixture, std::size_t n);

/// coefficient * ratio_i * column_i; a null column means 1.
struct ScoreTerm {
  double coefficient;
  double const* ratio;
  double const* column;
};
/// y_i = sum of the terms.
void sum_terms(ScoreTerm const* terms, std::size_t n_terms, std::size_t n, double* y);

/// Weighted sums behind the derivatives of one process: adds sum_i w_i q_i columns[k][i]
/// columns[l][i] to out[k(k+1)/2 + l], l <= k < m, where columns[0] is not read but means 1. `w`
/// null means all 1.
void gram_with_one(double const* w,
                   double const* q,
                   double const* const* columns,
                   std::size_t m,
                   std::size_t n,
                   double* out);

/// out[c] += sum_i w_i q_i columns[c][i], c < m. `w` null means all 1.
void weighted_sums(double const* w,
                   double const* q,
                   double const* const* columns,
                   std::size_t m,
                   std::size_t n,
                   double* out);

/// Most columns of `quadratics_n`.
inline constexpr std::size_t most_quadratics = 6;

/// out[c][i] = sum_{k<=2} coefficients[3 c + k] (x_i - origin)^k, c < m <= most_quadratics.
void quadratics_n(double const* x,
                  double origin,
                  double const* coefficients,
                  std::size_t m,
                  std::size_t n,
                  double* const* out);

}  // namespace toyfarm::kernels
