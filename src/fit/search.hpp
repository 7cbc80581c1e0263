#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/fit/minimise.hpp"

#include "trust_region.hpp"

namespace toyfarm::fit {

/// Why a parameter does not move in this iteration.
enum class Hold { free, constant, lower, upper, kink, flat };

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
  FitResult const& run(std::span<double const> start);

 private:
  [[nodiscard]] std::size_t n() const { return x_.size(); }
  [[nodiscard]] model::Parameter const& parameter(std::size_t j) const {
    return nll_.model().parameters[j];
  }
  [[nodiscard]] bool evaluate(std::vector<double> const& x, NllPoint& out) {
    return nll_.evaluate(x, sides_, model::Derivatives::second, out);
  }
  void reset(std::span<double const> start);
  void choose_kink_sides();
  void hold_parameters();
  [[nodiscard]] bool is_flat(std::size_t j) const;
  [[nodiscard]] double noise() const;
  [[nodiscard]] double predicted(Eigen::VectorXd const& step);
  [[nodiscard]] Eigen::Index scaled_cholesky(Hold also);
  [[nodiscard]] bool propose_newton();
  void propose();
  void propose_constrained();
  [[nodiscard]] TrustRegionStep const& solve_free();
  [[nodiscard]] bool put_outside_on_limits(Eigen::VectorXd const& step);
  [[nodiscard]] double scaled_length(Eigen::VectorXd const& step) const;
  void projected_gradient_step(Eigen::VectorXd& step);
  [[nodiscard]] bool stationary() const;
  bool advance();
  FitResult const& finish(core::FitStatus status);
  void fill_errors();
  void fill_errors_by_eigenvalues();

  ExtendedNll& nll_;
  MinimiserOptions options_;
  std::vector<double> x_, trial_x_;
  std::vector<Hold> hold_;
  std::vector<model::KinkSide> sides_;
  std::vector<bool> kinked_;
  std::vector<double> lower_,
      upper_;  // limits of this iteration's step: bounds, and kinks not yet crossed
  std::vector<model::KinkSide> all_above_;
  Eigen::VectorXd ranges_;
  NllPoint point_, trial_, below_;
  TrustRegion trust_region_;
  Proposal proposal_;
  FitResult result_;
  std::vector<Eigen::Index> free_;                // parameters of work_
  Eigen::VectorXd lengths_, solution_, product_;  // by parameter; the first ones by free_
  Eigen::MatrixXd work_, inverse_;
  bool point_is_above_ = true;  // point_ has the upper slopes at kinks
  double initial_nll_ = std::numeric_limits<double>::infinity();
  double radius_ = 0;
  double last_edm_ = std::numeric_limits<double>::infinity();  // before the last step
  bool qualified_ = false;  // the last step was the full Newton step that contract 1 asks for
  std::uint32_t iterations_ = 0;
};

}  // namespace toyfarm::fit
