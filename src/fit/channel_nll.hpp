#pragma once
#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "toyfarm/core/aligned.hpp"
#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/kernels/mixture.hpp"
#include "toyfarm/model/model.hpp"
#include "toyfarm/model/node_cells.hpp"
#include "toyfarm/model/node_tree.hpp"
#include "toyfarm/model/sample.hpp"

namespace toyfarm::fit {

/// Neumaier's compensated sum.
struct CompensatedSum {
  double total = 0;
  double carry = 0;  ///< what the additions to `total` lost

  void add(double term) noexcept;
  [[nodiscard]] double value() const noexcept { return total + carry; }
};

/// Of channels that have events only.
inline model::NodeCells const no_nodes;

/// One channel's part of the NLL. Holds the workspace.
class ChannelNll {
 public:
  /// `parameters` are the model's. Where `nodes` is not empty, samples begin with its points; those
  /// and all else must outlive the object.
  ChannelNll(model::Channel const& channel,
             std::vector<model::Parameter> const& parameters,
             model::NodeCells const& nodes);

  [[nodiscard]] std::vector<std::size_t> const& params() const noexcept { return params_; }
  [[nodiscard]] bool has_nodes() const noexcept { return nodes_->n_nodes() > 0; }

  /// Of samples with a tree: a new one is at hand, and how many times finer than their densities'
  /// scales say its cells are to be.
  void forget_cells() noexcept { chosen_for_ = nullptr; }
  void set_fineness(double fineness) noexcept { fineness_ = fineness; }
  /// The cells with nodes of the last add_points, and the weights of their nodes.
  [[nodiscard]] model::NodeCells const& cells() const noexcept { return *nodes_; }
  [[nodiscard]] double const* node_weights(model::ChannelSample const& sample) const noexcept {
    return sample.tree != nullptr ? chosen_weights_.data() : sample.weights.data();
  }
  /// Whether no density, at the point last prepared, can hide between neighbouring points of the
  /// cells.
  [[nodiscard]] bool is_resolved() const;

  /// Computes yields and all that does not depend on x; false outside a density's domain.
  [[nodiscard]] bool prepare(std::span<double const> theta,
                             std::span<model::KinkSide const> sides,
                             model::Derivatives order);
  /// Whether the sums of a point hold at whatever side of the yields' kinks it is looked at: scores
  /// that are kept as sums of functions do.
  [[nodiscard]] bool sums_serve_all_sides() const noexcept { return !parts_.empty(); }
  /// Looks at the point last summed, with derivatives up to `order` at least, from other sides.
  void turn(std::span<double const> theta,
            std::span<model::KinkSide const> sides,
            model::Derivatives order);
  /// Takes a process out of the channel, or back: its yield is then 0, whatever theta.
  void set_off(std::size_t process, bool off) { processes_[process].is_off = off; }
  [[nodiscard]] bool is_off(std::size_t process) const { return processes_[process].is_off; }

  /// The events [first, last) of a sample without nodes, as add_points.
  [[nodiscard]] bool add_events(model::ChannelSample const& sample,
                                std::size_t first,
                                std::size_t last,
                                CompensatedSum& nll);
  /// The sums behind the derivatives: how many, moved out of the object, and put into it.
  [[nodiscard]] std::size_t n_sums() const;
  void take_sums(std::span<double> out);
  void put_sums(std::span<CompensatedSum const> sums);

  /// Expected events at the point last prepared, added process by process.
  void add_expected(CompensatedSum& nll) const;
  /// Adds -sum_i w_i ln f_i and keeps the sums behind the derivatives; false where it is not
  /// finite.
  [[nodiscard]] bool add_points(model::ChannelSample const& sample,
                                std::span<double const> theta,
                                CompensatedSum& nll);
  /// Adds to gradient and Hessian what the sums say.
  void add_derivatives(NllPoint& out);
  /// Adds sum_i w_i^2 s_i s_i^T to `out`.
  [[nodiscard]] bool add_score_products(model::ChannelSample const& sample, Eigen::MatrixXd& out);

  /// As of ExtendedNll.
  [[nodiscard]] std::span<ScorePart const> score_parts();
  [[nodiscard]] NodeScores node_functions() const noexcept {
    return {node_log_f_.data(), node_score_ptrs_.data()};
  }
  [[nodiscard]] std::optional<NodeScores> check_functions(std::size_t first, std::size_t n);
  [[nodiscard]] std::optional<NodeScores> scores(model::Points points);

  [[nodiscard]] std::span<double const> moving_break_points(std::span<double const> theta);

 private:
  static constexpr std::size_t block_size = ExtendedNll::max_points;
  static constexpr std::size_t column_stride = block_size + 8;  ///< columns share no cache sets

  /// A process' sums over points, and where its columns stand in the workspace.
  struct Process {
    model::Process const* model = nullptr;
    std::size_t n_shape = 0;
    bool is_constant = false;  ///< no parameter of the density is free
    bool is_off = false;
    model::SecondForm form = model::SecondForm::columns;
    std::vector<double> shape;  ///< parameters of the density at the point last prepared
    bool is_prepared = false;
    core::Column scratch;
    core::Column columns;                   ///< ln p, first, second: column_stride apart
    std::vector<double const*> first_ptrs;  ///< [0] stands for 1, then first derivatives
    std::vector<double const*> second_ptrs;
    core::Column node_log_p, check_log_p;  ///< of a constant density, filled when first wanted
    double nu = 0;
    std::vector<double> nu_first, nu_second;
    std::vector<double> gram;              ///< packed: sum_i w_i q_i c_k c_l, c_0 = 1
    std::vector<double> sums;              ///< sum_i w_i q_i c_k: a block's, or all for the form
    std::vector<double> sum_second;        ///< packed: sum_i w_i q_i dd_kl, or what the form gives
    std::vector<std::size_t> shape_local;  ///< channel-local parameter of each shape parameter
    std::vector<std::size_t> yield_local;  ///< of each yield factor
  };

  /// Points of one block. Of nodes and checks ln p of constant densities is kept: in `constants`,
  /// from `first` on.
  struct Block {
    model::Points points;
    double const* weights = nullptr;
    core::Column Process::*constants = nullptr;
    std::size_t first = 0;
  };

  void add_process(model::Process const& process, std::vector<model::Parameter> const& parameters);
  void place_terms();
  void add_term(double const* coefficient, std::size_t process, double const* factor);
  void place_functions();
  [[nodiscard]] std::vector<double> const& gram_of_scores();  // channel_nll_scores.cpp
  [[nodiscard]] bool prepare_yield(std::size_t process,
                                   std::span<double const> theta,
                                   std::span<model::KinkSide const> sides);
  [[nodiscard]] bool prepare_shape(Process& p,
                                   std::span<double const> theta,
                                   model::Derivatives order);
  [[nodiscard]] model::Derivatives order_of(Process const& p) const noexcept;
  void evaluate_densities(Block const& block);
  /// Where points of the nodes' cells are, by observable.
  using CellPoints = core::Column model::NodeAxis::*;
  void place_columns(CellPoints points, std::size_t first, double const** columns) const;
  void fill_constants(Process& p, CellPoints points, core::Column& log_p);
  [[nodiscard]] double sum_log_f(Block const& block);
  void block_sums(Block const& block);
  void block_scores(Block const& block);
  [[nodiscard]] bool add_block(Block const& block, CompensatedSum& nll);
  /// Where a sample's columns stand, from a point on. Valid until the next call.
  [[nodiscard]] double const** columns_from(std::vector<core::Column> const& columns,
                                            std::size_t first);
  template <class Use>
  [[nodiscard]] bool for_blocks(model::Points points, double const* weights, Use use);
  template <class Use>
  void for_sums(Use use);  // chunks.cpp
  // channel_nll_cells.cpp
  [[nodiscard]] bool add_tree(model::ChannelSample const& sample,
                              std::span<double const> theta,
                              CompensatedSum& nll);
  void choose_cells(model::NodeTree const& tree, std::span<double const> theta);
  void choose(model::NodeTree const& tree, std::uint32_t cell);
  void take_chosen(model::NodeTree const& tree);
  [[nodiscard]] double scale(std::size_t observable, double lower, double upper) const;
  /// Whether no density can hide between neighbouring points of the cells [first, last).
  [[nodiscard]] bool are_resolved(model::NodeAxis const& axis,
                                  std::size_t first,
                                  std::size_t last) const;
  [[nodiscard]] bool choose_switches(model::ChannelSample const& sample,
                                     std::span<double const> theta);
  void add_shape_facts(Process const& p, NllPoint& out) const;
  static void sum_by_form(Process& p);

  model::Channel const* channel_;
  model::NodeCells const* nodes_;
  model::Derivatives order_ = model::Derivatives::none;
  std::vector<std::size_t> params_;  // model parameter of each channel-local one
  std::vector<Process> processes_;
  std::vector<double> nus_;
  bool may_multiply_ = false;  // values of f, 16 at a time
  std::vector<double const*> log_p_ptrs_;
  std::vector<core::Column> ratios_;
  std::vector<double*> ratio_ptrs_;
  core::Column log_f_;
  // Scores d ln f / d theta, [column], one for each local parameter; or, where they are few beside
  // the parameters, the functions that all scores are sums of: q of each process, and nu q d ln p
  // of each shape parameter.
  std::vector<core::Column> scores_;  // of a block
  std::vector<double const*> score_ptrs_, block_score_ptrs_;
  std::vector<kernels::ScoreTerm> terms_;    // by column
  std::vector<std::size_t> first_term_;      // [column], one more entry than there are
  std::vector<double const*> coefficients_;  // where that of each term stands
  std::vector<double> score_gram_;           // packed
  /// A function's part in a parameter's score.
  struct Part {
    std::size_t param, function;
    double const* coefficient;
  };
  std::vector<Part> parts_;  // empty: columns are scores
  std::vector<ScorePart> parts_now_;
  std::vector<core::Column> all_scores_;  // of parts_: [local]
  std::vector<double const*> all_score_ptrs_;
  std::vector<double> all_gram_, half_expanded_;
  core::Column node_log_f_;
  std::vector<core::Column> node_scores_;
  std::vector<double const*> node_score_ptrs_;
  std::vector<std::size_t> moving_;  // processes whose break points move
  std::vector<double> break_points_, shape_at_;
  std::vector<double const*> sample_columns_, block_columns_, kept_columns_;  // [observable]
  core::Column switched_weights_;  // the sample's, but 0 for nodes of cells that count by events
  std::vector<bool> by_events_;    // [switch cell]
  core::Column squares_;

  // Cells chosen of a tree, and leaves whose events count themselves.
  model::NodeTree const* chosen_for_ = nullptr;  // null: not yet of the sample at hand
  double fineness_ = 1;
  std::vector<std::uint32_t> choice_, chosen_;  // cells, and n_cells + leaf of those by events
  std::span<double const> joints_;              // moving break points
  model::NodeCells chosen_cells_;
  core::Column chosen_weights_, close_events_;
};

// Calls use(block) for one block after the other until it returns false.
template <class Use>
bool ChannelNll::for_blocks(model::Points points, double const* weights, Use use) {
  auto* const columns = block_columns_.data();
  for (std::size_t begin = 0; begin < points.size; begin += block_size) {
    for (std::size_t o = 0; o < channel_->observables.size(); ++o) {
      columns[o] = points.columns[o] + begin;
    }
    Block block{{columns, std::min(block_size, points.size - begin)},
                weights == nullptr ? nullptr : weights + begin};
    block.first = begin;
    if (!use(block)) {
      return false;
    }
  }
  return true;
}

}  // namespace toyfarm::fit
