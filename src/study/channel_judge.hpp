#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include <Eigen/Core>

#include "toyfarm/cells/chebyshev.hpp"
#include "toyfarm/fit/channel_functions.hpp"
#include "toyfarm/fit/node_errors.hpp"
#include "toyfarm/toys/tables.hpp"

#include "study/cell_points.hpp"
#include "study/joint_reach.hpp"

namespace toyfarm::study {

/// Errors of a function summed over events: their mean's magnitude, and their squares.
struct ErrorSums {
  double mean = 0;
  double square = 0;
};

/// Where a layout starts from.
struct LayoutCentre {
  model::Model const* model;
  std::vector<double> theta;
  Eigen::MatrixXd covariance;  ///< expected there
  fit::ExtendedNll* nll;       ///< of the model: says which processes are off, and where joints are
};

/// Judges the cells of one channel at its test points: ln f and the channel's scores, whitened by
/// the covariance of its own parameters, must be interpolated well enough. Many parameters that
/// enter by a few yields make no more functions and no more points than those yields.
class ChannelJudge {
 public:
  ChannelJudge(LayoutCentre const& centre, std::size_t channel, toys::ChannelTables const& first);

  /// `n_cells`: among how many the allowance is shared. Forgets the cells there were.
  void share_among(double n_cells);
  /// What share of the allowance the cells that passed take together, at the worst point.
  [[nodiscard]] double used() const;
  [[nodiscard]] toys::CellVerdict operator()(toys::CellCandidate const& cell);
  /// Values of functions computed, and products that whitening took.
  [[nodiscard]] std::uint64_t work() const { return functions_.n_values() + n_products_; }

 private:
  struct Point {
    std::optional<fit::ChannelFunctions::Place> place;  ///< nothing if a density does not exist
    std::vector<double> joints;                         ///< break points that move
    Eigen::MatrixXd whitening;  ///< (function, whitened function); empty: as at the first point
  };

  // channel_judge_points.cpp
  void place_points(LayoutCentre const& centre, std::size_t channel);
  /// Where the parameters that move are among the channel's.
  [[nodiscard]] std::vector<Eigen::Index> rows_of_free() const;
  [[nodiscard]] Eigen::MatrixXd whitening_at(fit::ChannelFunctions::Place const& place) const;
  // channel_judge.cpp
  [[nodiscard]] bool is_smooth(toys::CellCandidate const& cell);
  [[nodiscard]] bool compare(Point const& point, toys::CellCandidate const& cell);
  [[nodiscard]] bool within_limits(Point const& point, toys::CellCandidate const& cell);
  [[nodiscard]] bool passes(toys::CellCandidate const& cell, double const* errors, double floor);
  [[nodiscard]] bool whitened_passes(Eigen::Ref<Eigen::VectorXd const> const& weights,
                                     toys::CellCandidate const& cell);
  [[nodiscard]] double rounding(toys::CellCandidate const& cell, std::size_t function) const;
  [[nodiscard]] toys::CellVerdict rougher_side(toys::CellCandidate const& cell) const;
  [[nodiscard]] double high_part(std::size_t side) const;

  model::Channel const* channel_;
  fit::ChannelFunctions functions_;
  std::vector<std::size_t> free_;  // parameters of the channel that move, rising
  Eigen::MatrixXd covariance_;     // of those
  std::vector<Point> points_;
  std::size_t n_whitened_ = 0;
  JointReach reach_;
  fit::NodeErrors errors_;
  cells::ChebyshevNodes nodes_;
  CellPoints points_of_;
  std::vector<double> whitened_;               // at the checks
  std::vector<double> rough_;                  // at the nodes: the function that failed last
  std::vector<std::vector<double>> at_nodes_;  // [function] of the cell last compared
  std::vector<double const*> first_;           // the same, from the first score on
  std::vector<double> roundings_;              // [function] of the same
  double n_cells_ = 1;
  std::vector<ErrorSums> used_;   // [point * functions + function]
  std::vector<ErrorSums> tried_;  // the same, of the cell at hand
  std::uint64_t n_products_ = 0;
};

}  // namespace toyfarm::study
