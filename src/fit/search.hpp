#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/fit/minimise.hpp"

#include "convex_step.hpp"
#include "edges.hpp"
#include "trust_region.hpp"

namespace toyfarm::fit {

/// Why a parameter does not move in this iteration. `pinned`: its range is too short for anything
/// but an end of it; `unsupported`: a shape whose processes have no yield.
enum class Hold { free, constant, lower, upper, kink, flat, pinned, unsupported };

/// A step over all parameters and what it promises.
struct Proposal {
  Eigen::VectorXd step;
  double edm = 0;
  bool full_newton = false;
  bool positive_definite = true;
  Eigen::Index n_null = 0;
};

// One search at a time; everything it needs is kept for the next one.
class Search {
 public:
  Search(ExtendedNll& nll, MinimiserOptions const& options);
  FitResult const& run(std::span<double const> start, StartOptions const& how);
  [[nodiscard]] FitResult const& result() const noexcept { return result_; }

 private:
  [[nodiscard]] std::size_t n() const { return x_.size(); }
  [[nodiscard]] model::Parameter const& parameter(std::size_t j) const {
    return nll_.model().parameters[j];
  }
  [[nodiscard]] bool is_fixed(std::size_t j) const { return parameter(j).fixed || nll_.is_held(j); }
  [[nodiscard]] bool evaluate(std::vector<double> const& x, NllPoint& out) {
    return nll_.evaluate(x, sides_, model::Derivatives::second, out);
  }
  // search_start.cpp
  void reset(std::span<double const> start, StartOptions const& how);
  [[nodiscard]] bool begin();
  // search.cpp
  [[nodiscard]] bool end_yields();
  [[nodiscard]] bool is_hopeless() const;
  [[nodiscard]] double noise() const;
  [[nodiscard]] bool stationary() const;
  [[nodiscard]] bool is_below_resolution() const;
  [[nodiscard]] bool none_free() const;
  [[nodiscard]] bool evaluate_trial();
  bool advance();
  [[nodiscard]] bool rest_unsupported();
  [[nodiscard]] core::FitStatus final_status() const;
  // search_hold.cpp
  void hold_parameters();
  void choose_kink_sides();
  void look_at_both_sides();
  void limit_shapes();
  [[nodiscard]] double natural_length(std::size_t j) const;
  [[nodiscard]] bool is_flat(std::size_t j) const;
  [[nodiscard]] bool is_pinned(std::size_t j) const;
  [[nodiscard]] bool has_support(std::size_t j) const;
  [[nodiscard]] Hold hold_idle(std::size_t j);
  // search_step.cpp
  [[nodiscard]] double predicted(Eigen::VectorXd const& step);
  void gather_free();
  [[nodiscard]] Eigen::Index scaled_cholesky();
  [[nodiscard]] bool propose_newton();
  void propose();
  void propose_constrained();
  [[nodiscard]] TrustRegionStep const& solve_free();
  [[nodiscard]] bool put_outside_on_limits(Eigen::VectorXd const& step);
  [[nodiscard]] double scaled_length(Eigen::VectorXd const& step) const;
  void projected_gradient_step(Eigen::VectorXd& step);
  // search_edge.cpp
  void propose_along_edge();
  void prepare_edge();
  [[nodiscard]] Inequalities edge_limits(std::vector<Cut> const& cuts,
                                         std::vector<Eigen::Index>& active) const;
  template <class Solve>
  [[nodiscard]] ConvexStep shortened(Solve const& solve) const;
  void leave_saddle(Inequalities const& limits, ConvexStep& solved) const;
  void take_edge_step(std::vector<Cut> const& cuts, ConvexStep const& solved, bool newton);
  [[nodiscard]] Eigen::MatrixXd edge_hessian(std::vector<Cut> const& cuts) const;
  void fill_errors_along_edge();
  // search_result.cpp
  FitResult const& finish(core::FitStatus status);
  void fill_errors();
  void fill_errors_by_eigenvalues();

  static constexpr double first_radius = 10;  // in units of axis_lengths, roughly errors

  ExtendedNll& nll_;
  MinimiserOptions options_;
  StartOptions how_;
  Edges edges_;
  std::vector<double> x_, trial_x_, start_;
  std::vector<Hold> hold_;
  std::vector<model::KinkSide> sides_;
  std::vector<std::vector<double>> kinks_;  // [parameter] rising
  std::vector<bool> is_shape_;              // [parameter] of some fitted density
  std::vector<double> lower_,
      upper_;  // limits of this iteration's step: bounds, kinks not yet crossed, another shape
  std::vector<model::KinkSide> all_above_;
  std::vector<int> pinned_moves_;
  Eigen::VectorXd ranges_;
  NllPoint point_, trial_, below_;
  TrustRegion trust_region_;
  Proposal proposal_;
  FitResult result_;
  std::vector<Eigen::Index> free_;                // parameters of work_
  Eigen::VectorXd lengths_, solution_, product_;  // by parameter; the first ones by free_
  Eigen::MatrixXd work_, inverse_;
  bool point_is_above_ = true;  // point_ has the upper slopes at kinks
  bool yields_only_ = false;    // shapes wait until the yields are solved
  bool along_edge_ = false;     // a density was about to become negative
  double initial_nll_ = std::numeric_limits<double>::infinity();
  double radius_ = 0;
  double unit_ = 1;  // weight of a typical event: limits in the NLL are in units of it
  double last_edm_ = std::numeric_limits<double>::infinity();  // before the last step
  bool qualified_ = false;  // the last step was the full Newton step that convergence asks for
  std::uint32_t iterations_ = 0;

  /// Of a proposal along an edge: what it is held by and what it leaves free, over `parameters` and
  /// in units of `lengths`.
  struct Edge {
    std::vector<Cut> cuts;      ///< active
    Eigen::MatrixXd basis;      ///< columns: free directions
    Eigen::MatrixXd curvature;  ///< of the Lagrangian
    Eigen::VectorXd gradient, lengths;
    std::vector<Eigen::Index> parameters;
  };
  Edge edge_;
};

}  // namespace toyfarm::fit
