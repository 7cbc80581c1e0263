#pragma once
#include <cstddef>
#include <cstdint>

#include "toyfarm/kernels/crystal_ball.hpp"
#include "toyfarm/kernels/mixture.hpp"
#include "toyfarm/kernels/moments.hpp"
#include "toyfarm/kernels/polynomial.hpp"
#include "toyfarm/kernels/random.hpp"
#include "toyfarm/kernels/shapes.hpp"
#include "toyfarm/kernels/voigt.hpp"

// What each kernel means, in plain loops. Sums, polynomials and random numbers of a target with
// fused multiply-add equal these bit for bit; exp and log are within 2 ulp.
namespace toyfarm::kernels::reference {

void exp_n(double const* x, double* y, std::size_t n);
void log_n(double const* x, double* y, std::size_t n);
[[nodiscard]] double sum(double const* x, std::size_t n);
[[nodiscard]] double dot(double const* a, double const* b, std::size_t n);
[[nodiscard]] double dot3(double const* a, double const* b, double const* c, std::size_t n);
[[nodiscard]] double dot_of_magnitudes(double const* a, double const* b, std::size_t n);
void gram(double const* w, double const* const* columns, std::size_t m, std::size_t n, double* out);
void axpy(double a, double const* x, double* y, std::size_t n);
void convolve(double const* shares, std::size_t reach, double const* x, double* y, std::size_t n);
void merge_halves(double const* rule, double const* halves, double* whole);
void multiply(double const* a, double const* b, double* y, std::size_t n);

// Densities: columns within so many ulp of their largest entry (sums of terms may cancel): Crystal
// Balls, Chebyshev and Argus 32; Voigt near its peak 32 for values, 128 for first and 1024 for
// second derivatives, on its flanks, where w'' is a difference, up to 2^18 for these.
void crystal_ball_n(CrystalBall const& c,
                    double const* x,
                    std::size_t n,
                    DensityColumns const& out);
void double_crystal_ball_n(CrystalBall const& c,
                           double const* x,
                           std::size_t n,
                           DensityColumns const& out);
void crystal_ball_core(CrystalBall const& c, CrystalBallNodes const& nodes, CrystalBallSums& sums);
void crystal_ball_tail(CrystalBall const& c,
                       std::size_t tail,
                       CrystalBallNodes const& nodes,
                       CrystalBallSums& sums);

void faddeeva_n(double const* x, std::size_t n, double y, double* out, std::size_t stride);
void voigt_n(Voigt const& c, double const* x, std::size_t n, DensityColumns const& out);

void chebyshev_n(Chebyshev const& c, double const* x, std::size_t n, DensityColumns const& out);
void argus_n(Argus const& c, double const* x, std::size_t n, DensityColumns const& out);

void fill_bits(Lanes& state, std::uint64_t* bits, std::size_t n);
void fill_symmetric(Lanes& state, double* u, std::size_t n);
void polynomial_n(Polynomial const& polynomial, double const* u, double* x, std::size_t n);
void polynomials_n(PolynomialTable const& table,
                   std::uint64_t const* which,
                   double const* u,
                   double* x,
                   std::size_t n);

void fold_cells(Lanes& state, std::uint64_t const* counts, std::size_t n_cells, double* weights);
void fold_deviates(double const* u, std::size_t n, double* weights);
void fold_products(
    Lanes& first, Lanes& second, std::uint64_t const* counts, std::size_t n_cells, double* weights);
void fold_pairs(double const* u, double const* v, std::size_t n, double* weights);
void interpolation_errors(Interpolation const& rule,
                          double const* at_nodes,
                          double const* at_checks,
                          std::size_t n_cells,
                          double* errors,
                          double* means);

// Mixtures: ln f within 4 ulp of the largest of |ln p| and |ln f|, ratios within 8 ulp of
// themselves; the rest bit for bit.
[[nodiscard]] double mixture_n(Mixture const& mixture,
                               double const* weights,
                               std::size_t n,
                               double* log_f);
[[nodiscard]] double mixture_sum(Mixture const& mixture, std::size_t n);
void sum_terms(ScoreTerm const* terms, std::size_t n_terms, std::size_t n, double* y);
void gram_with_one(double const* w,
                   double const* q,
                   double const* const* columns,
                   std::size_t m,
                   std::size_t n,
                   double* out);
void weighted_sums(double const* w,
                   double const* q,
                   double const* const* columns,
                   std::size_t m,
                   std::size_t n,
                   double* out);
void quadratics_n(double const* x,
                  double origin,
                  double const* coefficients,
                  std::size_t m,
                  std::size_t n,
                  double* const* out);

}  // namespace toyfarm::kernels::reference
