#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "toyfarm/core/aligned.hpp"
#include "toyfarm/model/model.hpp"
#include "toyfarm/model/sample.hpp"

namespace toyfarm::fit {

/// NLL with the derivatives that were asked for; those not asked for are left as they were.
struct NllPoint {
  double value = 0;  ///< +inf outside a density's domain or where an event has zero density
  double scale = 0;  ///< |value| plus the expected events: its rounding error is some ulp of this
  Eigen::VectorXd gradient;
  Eigen::MatrixXd hessian;  ///< full, symmetric
};

/// The extended unbinned negative log-likelihood of a sample,
///   sum over fitted channels [ sum_p nu_p - sum_i w_i ln sum_p nu_p f_p(x_i) ] + sum_j [ ((theta_j
///   - c_j)/sigma_j)^2/2 + ln sigma_j + ln(2 pi)/2 ],
/// with exact first and second derivatives by all parameters. Holds the workspace, so that
/// evaluation allocates nothing: one object per thread. Sums run over fixed blocks in a fixed order
/// with compensation between blocks.
class ExtendedNll {
 public:
  /// `model` must outlive the object.
  explicit ExtendedNll(model::Model const& model);

  /// Takes the sample and the constraint centres c_j (one per constraint of the model). Both must
  /// outlive the evaluations; weights must not be 0.
  void bind(model::Sample const& sample, std::span<double const> centres);

  [[nodiscard]] model::Model const& model() const noexcept { return *model_; }
  [[nodiscard]] std::size_t n_params() const noexcept { return model_->parameters.size(); }

  /// Evaluates at `theta`. `sides` chooses one-sided derivatives at kinks of yields, one entry per
  /// parameter. Returns false, with value = +inf, where the NLL is not finite.
  bool evaluate(std::span<double const> theta,
                std::span<model::KinkSide const> sides,
                model::Derivatives order,
                NllPoint& out);

  /// Parameters of the model that the densities and yields of a channel depend on: the order of
  /// `scores`.
  [[nodiscard]] std::vector<std::size_t> const& channel_params(std::size_t channel) const {
    return work_[channel].params;
  }

  /// Makes `scores` speak of this channel at `theta`; false outside a density's domain.
  [[nodiscard]] bool prepare_scores(std::size_t channel, std::span<double const> theta);

  /// ln sum_p nu_p f_p at points of the channel last prepared, and pointers to its derivatives by
  /// channel_params; at most max_points points. Valid until the next call of anything; nothing where
  /// some density of a point is not positive and finite.
  struct Scores {
    double const* log_f = nullptr;
    double const* const* first = nullptr;  ///< [channel parameter][point]
  };
  [[nodiscard]] std::optional<Scores> scores(model::Points points);
  static constexpr std::size_t max_points = 256;

  /// Where the moving break points of a channel's densities are at `theta`, inside the window or not.
  /// Valid until the next call of this function for the channel.
  [[nodiscard]] std::span<double const> moving_break_points(std::size_t channel,
                                                            std::span<double const> theta);

  /// J = sum_i w_i^2 s_i s_i^T + constraint curvatures at `theta`, s_i the score of event i: the
  /// middle of the sandwich for weighted events (Langenbruch, arXiv:1911.01303, eq. 18). False
  /// where the NLL is not finite.
  bool score_outer_product(std::span<double const> theta, Eigen::MatrixXd& out);

  [[nodiscard]] std::uint64_t n_evaluations() const noexcept { return n_evaluations_; }

 private:
  static constexpr std::size_t block_size = max_points;

  // A process' sums over events, and where its columns stand in the workspace.
  struct ProcessWork {
    std::size_t n_shape = 0;
    core::Column scratch;
    core::Column columns;         // ln p, first, second: block_size each
    core::Column ratio;           // f_p / sum_q nu_q f_q
    core::Column weighted_ratio;  // the same times w
    double nu = 0;
    std::vector<double> nu_first, nu_second;
    double sum_ratio = 0;                  // sum_i w_i q_i
    std::vector<double> sum_first;         // [k] sum_i w_i q_i d_k
    std::vector<double> sum_second;        // [packed] sum_i w_i q_i (dd_kl + d_k d_l)
    std::vector<std::size_t> shape_local;  // channel-local parameter of each shape parameter
    std::vector<std::size_t> yield_local;  // of each yield factor
  };
  struct ChannelWork {
    std::vector<std::size_t> params;  // model parameter of each channel-local one
    std::vector<ProcessWork> processes;
    std::vector<core::Column> scores;  // [local] d ln f / d theta
    std::vector<double const*> score_ptrs;
    std::vector<double> score_gram;  // packed
    std::vector<std::size_t> moving;  // processes whose break points move
    core::Column weights;             // those of the sample, without nodes of cells that count by events
    std::vector<bool> by_events;      // [switch cell]
    std::vector<double> break_points;
  };

  bool prepare(std::size_t channel,
               std::span<double const> theta,
               std::span<model::KinkSide const> sides,
               model::Derivatives order);
  double block_log_f(std::size_t channel,
                     model::Points points,
                     double const* weights,
                     model::Derivatives order);
  void block_sums(std::size_t channel,
                  std::size_t n,
                  double const* weights,
                  model::Derivatives order);
  void block_scores(std::size_t channel, std::size_t n);
  void add_derivatives(std::size_t channel, model::Derivatives order, NllPoint& out) const;
  struct Sum {
    double total = 0;
    double carry = 0;
  };
  bool add_channel(std::size_t channel,
                   std::span<double const> theta,
                   model::Derivatives order,
                   Sum& sum);
  bool add_points(std::size_t channel,
                  model::Points points,
                  double const* weights,
                  model::Derivatives order,
                  Sum& sum);
  bool choose_switches(std::size_t channel, std::span<double const> theta);

  model::Model const* model_;
  model::Sample const* sample_ = nullptr;
  std::span<double const> centres_;
  std::vector<ChannelWork> work_;
  core::Column largest_, total_, log_f_, squared_weights_;
  std::vector<model::KinkSide> above_;
  std::size_t scored_channel_ = 0;
  std::uint64_t n_evaluations_ = 0;
};

}  // namespace toyfarm::fit
