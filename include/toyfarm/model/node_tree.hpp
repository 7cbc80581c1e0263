#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "toyfarm/core/aligned.hpp"
#include "toyfarm/model/node_cells.hpp"

namespace toyfarm::model {

/// Cells of one observable that are cut in half again and again, as far as leaves of so few events
/// that smaller ones would not be worth their nodes. Each has weighted nodes that stand for the
/// events of a toy in it; those of a cell follow from its halves', exactly, since halves are halves
/// in the deviate u of which x is a polynomial. A sum over events takes each stretch at the
/// coarsest cells that resolve its densities (Density::scale), and the events themselves where no
/// leaf does.
class NodeTree {
 public:
  struct Cell {
    double lower = 0, upper = 0;
    std::uint32_t first_leaf = 0;
    std::uint32_t n_leaves = 1;
    std::uint32_t halves = 0;  ///< the first of two neighbours; 0 of a leaf
  };

  /// A cell to be cut in 2^depth leaves: x is `place(u)`, u in [-1, 1], which is asked for
  /// increasing and decreasing u alike.
  using Place = std::function<double(double)>;
  void add_root(double lower, double upper, unsigned depth, Place const& place);

  std::size_t observable = 0;

  [[nodiscard]] std::size_t n_leaves() const noexcept { return leaves_.size(); }
  [[nodiscard]] std::vector<std::uint32_t> const& roots() const noexcept { return roots_; }
  [[nodiscard]] Cell const& cell(std::size_t i) const noexcept { return cells_[i]; }
  [[nodiscard]] std::size_t n_cells() const noexcept { return cells_.size(); }
  [[nodiscard]] double const* nodes(std::size_t cell) const noexcept {
    return nodes_.data() + cell * node_order;
  }
  [[nodiscard]] double const* checks(std::size_t cell) const noexcept {
    return checks_.data() + cell * check_order;
  }

  /// Of the toy at hand: [leaf * node_order + j], and events per leaf, to be filled before
  /// `merge`.
  [[nodiscard]] std::span<double> leaf_weights() noexcept { return leaf_weights_; }
  [[nodiscard]] std::span<double> leaf_counts() noexcept { return leaf_counts_; }
  /// Gives all cells their weights and counts.
  void merge();
  [[nodiscard]] double const* weights(std::size_t cell) const noexcept {
    return weights_.data() + cell * node_order;
  }
  [[nodiscard]] double count(std::size_t cell) const noexcept { return counts_[cell]; }

  /// The events of a leaf, of the toy at hand; valid until the next call.
  std::function<std::span<double const>(std::size_t leaf)> events;

 private:
  void add_halves(
      std::uint32_t cell, double centre, double half_width, unsigned depth, Place const&);
  void add_points(double centre, double half_width, Place const& place);

  std::vector<Cell> cells_;  // halves after their parent
  std::vector<std::uint32_t> roots_, leaves_;
  core::Column nodes_, checks_;  // [cell * order + j]
  core::Column weights_, leaf_weights_;
  std::vector<double> counts_, leaf_counts_;
};

}  // namespace toyfarm::model
