#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "toyfarm/model/model.hpp"
#include "toyfarm/model/node_cells.hpp"
#include "toyfarm/model/sample.hpp"

namespace toyfarm::fit {

/// NLL with the derivatives that were asked for; those not asked for are left as they were.
struct NllPoint {
  double value = 0;  ///< +inf outside a density's domain or where an event has zero density
  double scale = 0;  ///< |value| plus the expected events: its rounding error is some ulp of this
  Eigen::VectorXd gradient;
  Eigen::MatrixXd hessian;  ///< full, symmetric
  /// With second derivatives, of each parameter as a density's: the largest mean of (d ln p)^2 over
  /// the events that a density claims; a change by 1/sqrt of it is another shape, whatever the
  /// yield. 0 where no density tells (not a shape, or ln p is no guide).
  Eigen::VectorXd score_square;
  /// With second derivatives, of each parameter: events claimed by processes whose shape depends on
  /// it, and expected ones of those whose yield does.
  Eigen::VectorXd support;
};

/// ln f and its derivatives by a channel's parameters (ExtendedNll::channel_params) at some points.
struct NodeScores {
  double const* log_f = nullptr;
  double const* const* first = nullptr;  ///< [channel parameter][point]
};

/// What a function of a channel adds to the score of one of its parameters.
struct ScorePart {
  std::size_t param;  ///< index in ExtendedNll::channel_params
  std::size_t function;
  double coefficient;
};

class ChannelNll;
struct CompensatedSum;

/// The extended unbinned negative log-likelihood of a sample,
///   sum over fitted channels [ sum_p nu_p - sum_i w_i ln sum_p nu_p f_p(x_i) ] + sum_j [ ((theta_j
///   - c_j)/sigma_j)^2/2 + ln sigma_j + ln(2 pi)/2 ],
/// with exact first and second derivatives by all parameters but those of densities whose
/// parameters are all fixed. Holds the workspace, so that evaluation allocates nothing: one object
/// per thread. Sums run over fixed blocks in a fixed order with compensation between blocks.
class ExtendedNll {
 public:
  /// For samples of events, or, with `nodes` (one entry per channel, empty where there are none),
  /// for samples that begin with those. Both must outlive the object.
  /// `threads` share the events of large samples; the sums are the same for any number of them.
  explicit ExtendedNll(model::Model const& model,
                       std::span<model::NodeCells const> nodes = {},
                       int threads = 1);
  ExtendedNll(ExtendedNll const&) = delete;
  ExtendedNll& operator=(ExtendedNll const&) = delete;
  ~ExtendedNll();

  /// Takes the sample and the constraint centres c_j (one per constraint of the model). Both must
  /// outlive the evaluations; weights must not be 0.
  void bind(model::Sample const& sample, std::span<double const> centres);

  [[nodiscard]] model::Model const& model() const noexcept { return *model_; }
  [[nodiscard]] std::size_t n_params() const noexcept { return model_->parameters.size(); }
  /// Weight of a typical event of the sample, sum w^2 / sum |w|: the NLL changes in steps of it. 1
  /// without weights.
  [[nodiscard]] double unit() const noexcept { return unit_; }

  /// Of samples with a tree of cells: how many times finer than the densities' scales say the cells
  /// are to be that a sum chooses. 1 at first.
  void set_fineness(double fineness);

  /// Takes a process of a channel out of the likelihood, or back: without yield, whatever theta.
  void set_off(std::size_t channel, std::size_t process, bool off);
  [[nodiscard]] bool is_off(std::size_t channel, std::size_t process) const;

  /// Holds a parameter at a value, within its bounds, in all fits from now on: a hypothesis.
  void hold(std::size_t parameter, double value) { held_[parameter] = value; }
  /// Lets go of all parameters that are held.
  void release();
  [[nodiscard]] bool is_held(std::size_t parameter) const { return !std::isnan(held_[parameter]); }
  /// NaN where it is not held.
  [[nodiscard]] double held_at(std::size_t parameter) const { return held_[parameter]; }

  /// Evaluates at `theta`. `sides` chooses one-sided derivatives at kinks of yields, one entry per
  /// parameter. Returns false, with value = +inf, where the NLL is not finite.
  bool evaluate(std::span<double const> theta,
                std::span<model::KinkSide const> sides,
                model::Derivatives order,
                NllPoint& out);

  /// Parameters of the model that the densities and yields of a channel depend on.
  [[nodiscard]] std::vector<std::size_t> const& channel_params(std::size_t channel) const;

  /// Makes the functions below speak of `theta`, evaluating again where the last evaluation with
  /// derivatives was elsewhere; false where the NLL is not finite.
  [[nodiscard]] bool prepare_scores(std::span<double const> theta);
  /// The cells with nodes of a channel, and the nodes' weights, as of the last evaluation.
  [[nodiscard]] model::NodeCells const& cells(std::size_t channel) const;
  [[nodiscard]] double const* node_weights(std::size_t channel) const;
  /// Whether no density of a channel, at the point of the last evaluation, can hide between points
  /// of a cell: a feature finer than their distances shows in none of them.
  [[nodiscard]] bool is_resolved(std::size_t channel) const;
  /// ln f at the nodes of a channel, and the functions that its scores are sums of. Valid until the
  /// next evaluation.
  [[nodiscard]] NodeScores node_functions(std::size_t channel) const;
  /// The sums, at the point last evaluated, where many parameters enter by a few yields. No parts:
  /// the functions are the scores.
  [[nodiscard]] std::span<ScorePart const> score_parts(std::size_t channel);
  /// As node_functions, at n <= max_points checks of the nodes' cells from the first-th on. Valid
  /// until the next call of anything; nothing where some density is not positive and finite.
  [[nodiscard]] std::optional<NodeScores> check_functions(std::size_t channel,
                                                          std::size_t first,
                                                          std::size_t n);

  /// At any points, at most max_points, for a channel and theta of `prepare_channel`, which says
  /// false outside a density's domain: ln f and scores; else as check_functions.
  [[nodiscard]] bool prepare_channel(std::size_t channel, std::span<double const> theta);
  [[nodiscard]] std::optional<NodeScores> scores(std::size_t channel, model::Points points);
  static constexpr std::size_t max_points = 128;

  /// Where the moving break points of a channel's densities are at `theta`, inside the window or
  /// not. Valid until the next call of this function for the channel.
  [[nodiscard]] std::span<double const> moving_break_points(std::size_t channel,
                                                            std::span<double const> theta);

  /// J = sum_i w_i^2 s_i s_i^T + constraint curvatures at `theta`, s_i the score of event i: the
  /// middle of the sandwich for weighted events (Langenbruch, arXiv:1911.01303, eq. 18). False
  /// where the NLL is not finite.
  bool score_outer_product(std::span<double const> theta, Eigen::MatrixXd& out);

  [[nodiscard]] std::uint64_t n_evaluations() const noexcept { return n_evaluations_; }

 private:
  struct At {
    std::span<double const> theta;
    std::span<model::KinkSide const> sides;
    model::Derivatives order;
  };
  void add_constraints(At const& at, CompensatedSum& sum, NllPoint& out) const;
  // chunks.cpp
  [[nodiscard]] bool add_channel(std::size_t channel, At const& at, CompensatedSum& sum);
  [[nodiscard]] bool add_in_chunks(std::size_t channel, At const& at, CompensatedSum& sum);
  /// A thread's own object for a channel; the first thread has that of channels_.
  [[nodiscard]] ChannelNll& lane(std::size_t thread, std::size_t channel);

  model::Model const* model_;
  int threads_;
  std::vector<std::vector<std::unique_ptr<ChannelNll>>> lanes_;  // [thread - 1][channel]
  std::vector<double> held_;  // [parameter] NaN: free, as far as the model allows
  std::vector<double> chunk_sums_;
  model::Sample const* sample_ = nullptr;
  double unit_ = 1;
  std::span<double const> centres_;
  std::vector<std::unique_ptr<ChannelNll>> channels_;
  std::vector<model::KinkSide> above_;
  NllPoint scored_;
  // The point that the channels' sums and scores are of; no theta if they are of none.
  std::vector<double> scored_at_;
  model::Derivatives scored_order_ = model::Derivatives::none;
  double scored_value_ = 0;
  std::uint64_t n_evaluations_ = 0;
};

}  // namespace toyfarm::fit
