#pragma once
#include <span>
#include <vector>

#include "toyfarm/fit/minimise.hpp"
#include "toyfarm/fit/node_errors.hpp"

namespace toyfarm::fit {

/// What compressing a sample may have changed at most: the NLL at the estimates, and the estimates,
/// in units of their errors.
struct NodeBound {
  double nll = 0;
  double shift = 0;
};

/// Limits of a certified fit: 10^-6 or 8 ulp in the NLL, 10^-6 errors in the estimates.
[[nodiscard]] bool is_certified(NodeBound const& bound, double nll) noexcept;

/// Bounds the error of fits of compressed samples. With e the difference of a function g (ln f, or
/// a score whitened by the covariance) from its interpolation over the nodes of a cell, N_c events
/// spread over the cell like the model's differ in sum_i g(x_i) by less than
///   sum_c N_c |mean e| + 5 (sum_c N_c mean e^2)^(1/2) + 2 epsilon sum |W g|
/// with five standard deviations; means are Gauss sums over each cell. One object per thread.
class Certificate {
 public:
  explicit Certificate(model::Model const& model);

  /// Of a converged fit of `sample`, which is bound to `nll`; infinite where a moving break point
  /// lies inside a cell that has nodes only, or a density is finer than the points of a cell.
  [[nodiscard]] NodeBound bound(ExtendedNll& nll,
                                FitResult const& result,
                                model::Sample const& sample);

 private:
  static constexpr auto nowhere = static_cast<std::size_t>(-1);

  bool whiten(FitResult const& result);
  bool add_channel(ExtendedNll& nll,
                   model::ChannelSample const& sample,
                   std::size_t channel,
                   std::vector<double> const& theta);
  bool count_events(ExtendedNll& nll,
                    model::ChannelSample const& sample,
                    model::NodeCells const& cells,
                    std::size_t channel,
                    std::vector<double> const& theta);
  // certificate_sums.cpp
  void place_functions(ExtendedNll& nll, std::size_t channel);
  void add_cells(double const* counts, std::size_t n, std::size_t n_axes);
  void add_mean(std::size_t k, double const* counts, std::size_t n);
  void add_squares();
  void expand_squares();
  void add_rounding(NodeScores const& nodes, double const* weights, std::size_t n_nodes);
  [[nodiscard]] double whitened_square(std::size_t k) const;

  model::Model const* model_;
  NodeErrors errors_;
  std::size_t n_free_ = 0;
  std::vector<std::size_t> row_of_;  // [parameter] place among those with an error, or nowhere
  std::vector<double> factor_;       // lower triangle of V = L L^T, [row * n_params + column]
  std::vector<std::size_t> place_;   // [0] 0 ln f, [1 + channel parameter] 1 + row, or nowhere
  std::size_t n_functions_ = 0;      // of the channel, without ln f
  bool by_parts_ = false;            // functions are not the scores themselves
  std::vector<ScorePart> parts_;     // of parameters with an error
  std::vector<double> in_whitened_;  // of parts: [whitened score * n_functions_ + function]
  std::vector<double> expanded_;     // [channel parameter * n_functions_ + function]
  std::vector<double> counts_;       // of cells that count by nodes
  core::Column gauss_weights_, whitened_;
  // Sums over cells: [0] ln f, [1 + k] score of the k-th parameter with an error.
  std::vector<double> means_;    // whitened, absolute
  std::vector<double> squares_;  // packed, raw
  std::vector<double> local_squares_;
  std::vector<double> rounding_;  // raw
};

}  // namespace toyfarm::fit
