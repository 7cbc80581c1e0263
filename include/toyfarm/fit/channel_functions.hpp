#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "toyfarm/core/aligned.hpp"
#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/kernels/mixture.hpp"
#include "toyfarm/model/model.hpp"

namespace toyfarm::fit {

/// Functions of which the scores of a channel are sums.
enum class ScoreBasis {
  parameters,  ///< the scores themselves: one per parameter of the channel
  processes    ///< one per free parameter of a shape, the yields held, and p_p / f of each process:
               ///< however many parameters the yields have, there are no more functions
};

/// ln f of one channel and the functions of a basis, for many theta at the same points: what does
/// not depend on x is computed once per theta, densities without free parameters once per set of
/// points. One object per thread.
class ChannelFunctions {
 public:
  /// `theta`: where the fixed parameters are.
  ChannelFunctions(model::Channel const& channel,
                   std::vector<model::Parameter> const& parameters,
                   std::span<double const> theta,
                   ScoreBasis basis);
  ChannelFunctions(ChannelFunctions const&) = delete;
  ChannelFunctions& operator=(ChannelFunctions const&) = delete;
  ~ChannelFunctions() = default;

  /// Parameters of the model that the channel depends on, in the order of the scores.
  [[nodiscard]] std::vector<std::size_t> const& params() const noexcept { return params_; }
  /// Those of them that change a shape and are free, once each.
  [[nodiscard]] std::vector<std::size_t> const& shape_params() const noexcept { return shapes_; }
  [[nodiscard]] ScoreBasis basis() const noexcept { return basis_; }
  [[nodiscard]] std::size_t n_functions() const noexcept { return first_term_.size() - 1; }

  /// Takes a process out of the channel, or back: its yield is 0 at every place made afterwards.
  void set_off(std::size_t process, bool off) { processes_[process].is_off = off; }

  /// What does not depend on x, at one theta.
  struct Place {
    std::vector<double> nus;            ///< [process]
    std::vector<core::Column> scratch;  ///< [process]; empty for densities that cannot change
    std::vector<double> coefficients;   ///< [term]
    std::vector<double> yield_slopes;   ///< [process, yield factor], one process after the other
  };
  /// Nothing outside a density's domain.
  [[nodiscard]] std::optional<Place> place(std::span<double const> theta);

  /// The scores at a place as sums of the functions: s_j = sum_f out(j, f) b_f; of free
  /// parameters.
  [[nodiscard]] Eigen::MatrixXd scores_of(Place const& place) const;

  /// The points that `nodes` and `checks` speak of from now on, at most ExtendedNll::max_points of
  /// each; both must outlive these calls.
  void set_points(model::Points nodes, model::Points checks);
  /// Valid until the next call; nothing where some density is not positive and finite.
  [[nodiscard]] std::optional<NodeScores> nodes(Place const& place) { return at(place, 0); }
  [[nodiscard]] std::optional<NodeScores> checks(Place const& place) { return at(place, 1); }

  /// Values of ln f and of functions that were computed.
  [[nodiscard]] std::uint64_t n_values() const noexcept { return n_values_; }

 private:
  struct Process {
    model::Process const* model = nullptr;
    bool is_constant = false;  ///< no parameter of the density is free
    bool is_off = false;
    bool exists = true;    ///< of a constant density
    core::Column scratch;  ///< of a constant density
    core::Column kept[2];  ///< ln p of a constant density at the points
    core::Column columns;  ///< ln p and first derivatives, `stride` apart
    std::vector<std::size_t> shape_local, yield_local;  ///< as in params()
  };
  /// Where a term's coefficient comes from: 1, a yield, or a derivative of one.
  struct Source {
    enum class Kind { one, yield, slope } kind;
    std::size_t index;
  };

  void add_process(model::Process const& process,
                   std::vector<model::Parameter> const& parameters,
                   std::span<double const> theta);
  void add_scores();
  void add_parts();
  void add_shape_terms(std::size_t process, std::size_t local);
  void add_term(Source source, std::size_t process, double const* column);
  [[nodiscard]] std::optional<NodeScores> at(Place const& place, std::size_t which);

  ScoreBasis basis_;
  std::vector<std::size_t> params_, shapes_;
  std::vector<Process> processes_;
  std::vector<model::KinkSide> above_;
  std::vector<double> shape_at_;
  std::vector<core::Column> ratios_, functions_;
  std::vector<double*> ratio_ptrs_;
  std::vector<double const*> log_p_ptrs_, function_ptrs_;
  core::Column log_f_;
  std::vector<kernels::ScoreTerm> terms_;   // by function
  std::vector<Source> sources_;             // of each term's coefficient
  std::vector<std::size_t> first_term_{0};  // [function], one more entry than functions
  model::Points points_[2] = {};
  std::uint64_t n_values_ = 0;
};

}  // namespace toyfarm::fit
