#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "toyfarm/core/status.hpp"
#include "toyfarm/fit/extended_nll.hpp"

namespace toyfarm::fit {

struct MinimiserOptions {
  std::uint32_t max_iterations = 200;
};

/// A fit of one sample. Vectors have one entry per parameter of the model, in its order.
struct FitResult {
  core::FitStatus status = core::FitStatus::failed;
  std::vector<double> values;
  std::vector<double> errors;    ///< NaN: fixed, unused, at a bound, flat, degenerate, or not
                                 ///< converged to a positive definite Hessian
  std::vector<core::Held> held;  ///< what keeps a parameter where it is, if anything
  Eigen::MatrixXd covariance;    ///< n x n; zero rows for parameters without an error
  double nll = 0;
  double initial_nll = 0;
  double edm = 0;                ///< g^T H^-1 g / 2 over the free parameters
  double gradient_norm = 0;      ///< of the free parameters
  std::uint32_t iterations = 0;  ///< Newton steps tried
  std::uint32_t attempts = 1;    ///< starting points tried
  std::uint32_t won = 0;         ///< which of them, from 0, led to this end
  bool gave_up = false;          ///< left off since StartOptions::give_up_above was out of reach
  /// How much higher the NLL of the next other end is; NaN if no other was found.
  double next_end = std::numeric_limits<double>::quiet_NaN();
};

/// How a search goes about a start.
struct StartOptions {
  /// Solves the yields at the start's shapes before anything else moves.
  bool yields_first = false;
  /// Leaves off as soon as the search cannot end below this NLL.
  double give_up_above = std::numeric_limits<double>::infinity();
  /// Where shapes that no yield supports are left; empty: at the start.
  std::span<double const> rest{};
};

/// Points to start from, in the order they are to be tried.
using Starts = std::vector<std::vector<double>>;

/// A value of a parameter on whose two sides yields do not simply go on, so that each side may hold
/// a minimum: 0 where both variations move them alike, or where a modifier reaches 0 and stays
/// there.
struct Fold {
  std::size_t parameter;
  double place;
};
/// All folds of a model within the bounds.
[[nodiscard]] std::vector<Fold> find_folds(model::Model const& model);

/// [parameter] of some density of a fitted channel.
[[nodiscard]] std::vector<bool> find_shapes(model::Model const& model);

class Search;

/// Minimises a bound NLL.
///
/// Newton's method with exact derivatives, bounds by active set, a trust region in the metric of
/// the Hessian's diagonal (Moré and Sorensen, SIAM J. Sci. Stat. Comput. 4 (1983) 553), so that no
/// parameter needs scaling. Yields with a kink at alpha = 0 are treated as a bound that both sides
/// may leave. Ends with a status, never an exception. Converged: a full Newton step (taken
/// from EDM <= 1e-9, EDM after it <= 1e-13 or its predicted change below 4 ulp of the NLL).
/// Keeps its workspace: a usual fit allocates nothing. One object per thread.
class Minimiser {
 public:
  /// `nll` must outlive the object.
  explicit Minimiser(ExtendedNll& nll, MinimiserOptions const& options = {});
  Minimiser(Minimiser const&) = delete;
  Minimiser& operator=(Minimiser const&) = delete;
  ~Minimiser();

  /// From `start` (clipped to the bounds; fixed and unused parameters stay there). A minimum that
  /// is so flat towards a bound that another may lie there is looked at from there as well, and the
  /// lower one taken; likewise the other side of a kink from which a yield goes the same way to
  /// both sides. The result is valid until the next call.
  FitResult const& minimise(std::span<double const> start, StartOptions const& how = {});

  /// Goes on after a first fit that did not converge: minimises from each start in turn until one
  /// ends converged; else the best of all, the first included: ends at a stationary point before
  /// others, then the lowest NLL.
  [[nodiscard]] FitResult retry(FitResult first, Starts const& starts);

 private:
  [[nodiscard]] bool suspect_bound(FitResult const& result, std::vector<double>& probe);
  FitResult const& look_from(std::vector<double> const& probe, StartOptions const& how);
  void look_across(Fold const& fold, StartOptions const& how);

  ExtendedNll* nll_;
  std::unique_ptr<Search> search_;
  std::vector<Fold> folds_;
  FitResult first_;
  std::vector<double> probe_, best_probe_;
  std::vector<model::KinkSide> sides_;
  NllPoint point_;
};

/// One fit, with a minimiser of its own.
[[nodiscard]] FitResult minimise(ExtendedNll& nll,
                                 std::span<double const> start,
                                 MinimiserOptions const& options = {});

/// Errors for weighted events: sqrt of the diagonal of C J C, C the covariance and J the weighted
/// outer product of scores. NaN where `result` has no error.
[[nodiscard]] std::vector<double> sandwich_errors(ExtendedNll& nll, FitResult const& result);

}  // namespace toyfarm::fit
