#pragma once
#include <cstddef>
#include <cstdint>

#include "toyfarm/kernels/random.hpp"

// Events of a cell folded into weights of its nodes. With u the deviates of the cell's events and
// T_k Chebyshev polynomials, m_k = sum_i T_k(u_i) are the moments, and
//   sum_i g(u_i) = sum_j W_j g(u_j) for every polynomial g of degree below node_order, with
//   W_j = sum_k a_k T_k(u_j) m_k, a_0 = 1/n, a_k = 2/n, u_j = cos(pi (j + 1/2) / n).
namespace toyfarm::kernels {

/// Nodes, and moments, of a cell.
inline constexpr std::size_t node_order = 8;

/// For each cell in turn: draws counts[c] deviates, those that fill_symmetric would give, and
/// writes the weights of its nodes to weights[c * node_order + j]. No deviate is stored.
void fold_cells(Lanes& state, std::uint64_t const* counts, std::size_t n_cells, double* weights);

/// The weights of one cell's nodes from its n deviates; the same bits.
void fold_deviates(double const* u, std::size_t n, double* weights);

/// Weights of a cell's nodes from those of its two halves, which stand one after the other:
/// whole[k] = sum_j rule[j * node_order + k] halves[j].
void merge_halves(double const* rule, double const* halves, double* whole);

/// Nodes of a cell of two observables: all pairs of nodes.
inline constexpr std::size_t product_nodes = node_order * node_order;

/// The same for cells of two observables, each event a pair of deviates of its own stream: writes
/// weights[c * product_nodes + i * node_order + j] for the node (u_i, u_j), with which
///   sum over events of g(u) h(v) = sum_ij W_ij g(u_i) h(u_j) for polynomials of degree below
///   node_order.
void fold_products(
    Lanes& first, Lanes& second, std::uint64_t const* counts, std::size_t n_cells, double* weights);

/// Points of a cell at which its nodes are checked.
inline constexpr std::size_t check_order = 9;

/// How n_cells cells' values at the checks differ from those at the nodes, interpolated: with each
/// row of `matrix` for one node,
///   errors[c * check_order + i] = at_checks[…] - sum_j matrix[j * check_order + i] at_nodes[c *
///   node_order + j],
/// and their means over each cell, means[c] = sum_i weights[i] errors[c * check_order + i].
struct Interpolation {
  double const* matrix;   ///< [node_order * check_order]
  double const* weights;  ///< [check_order]
};
void interpolation_errors(Interpolation const& rule,
                          double const* at_nodes,
                          double const* at_checks,
                          std::size_t n_cells,
                          double* errors,
                          double* means);

}  // namespace toyfarm::kernels
