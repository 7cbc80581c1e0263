#pragma once
#include <span>
#include <vector>

#include <Eigen/Core>

#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::study {

/// Where the moving break points (joints) of a channel may go.
struct JointReach {
  struct Range {
    double lower;
    double upper;
  };
  std::vector<Range> ranges;
  /// Events of a cell that may hold a joint. With k cells over R events within reach of J joints,
  /// an evaluation takes 8 k nodes and J R / k events: least where R / k = (8 R / J)^(1/2).
  double most_kept = 0;

  [[nodiscard]] bool meets(double lower, double upper) const noexcept;
};

/// Six standard deviations from where each joint is at `theta`; for toys of few events, whose
/// joints are far from Gaussian, wherever the bounds of the parameters let it, if six deviations
/// hold more than a few percent of the events.
[[nodiscard]] JointReach joint_reach(fit::ExtendedNll& nll,
                                     std::size_t channel,
                                     toys::ChannelTables const& tables,
                                     std::vector<double> const& theta,
                                     Eigen::MatrixXd const& covariance);

}  // namespace toyfarm::study
