#pragma once
#include <functional>
#include <vector>

#include "toyfarm/fit/minimise.hpp"
#include "toyfarm/toys/tables.hpp"

#include "study/peak_starts.hpp"
#include "study/peaks.hpp"
#include "study/race.hpp"
#include "study/tree_filter.hpp"

namespace toyfarm::study {

/// Groups of peaks that are weak by the tables.
[[nodiscard]] std::vector<PeakGroup> weak_groups(model::Model const& model,
                                                 toys::GenerationTables const& tables);

/// Finds the answer of a toy whose peaks may be anywhere, the same whatever stands for its events:
/// from the fit without a group of peaks, starts where a matched filter sees an excess, highest
/// first, until none can gain more than the best has; the generation point last. The lowest end
/// wins, of equals the earlier.
class ToySearch {
 public:
  /// `groups` and `truth` must outlive the object.
  ToySearch(fit::ExtendedNll& nll,
            std::vector<PeakGroup> const& groups,
            std::vector<double> const& truth);

  /// What searches look at: a sample by trees, where there are some, and one of all events, which
  /// is asked for only where a group has peaks elsewhere.
  struct Toy {
    model::Sample const& sample;
    std::function<model::Sample const&()> events;
  };
  /// Of the toy whose sample is bound to the likelihood.
  [[nodiscard]] fit::FitResult run(Toy const& toy);

 private:
  struct Group {
    PeakGroup const* peaks;
    std::vector<TreeFilter> filters;  ///< [peak]; empty: not all are in trees
  };
  /// Starts of a group, from the fit without it; `truth` has the group as it was generated.
  struct Starts {
    double null_nll;
    std::vector<PeakStart> starts;
    std::vector<double> truth;
  };
  void make_filters(Group& group, model::Sample const& sample);
  [[nodiscard]] Starts starts_of(Group& group, Toy const& toy);
  [[nodiscard]] Starts filtered(Group& group, Toy const& toy, std::vector<double> const& from);
  /// The other parameters give way to a group's peaks at theta.
  void make_room(Group& group, double place, double width, std::vector<double>& theta);
  void try_group(Group& group, Toy const& toy);

  fit::ExtendedNll* nll_;
  std::vector<double> const* truth_;
  fit::Minimiser minimiser_;
  Race race_;
  std::vector<Group> groups_;
  bool has_filters_ = false;
  std::vector<double> last_;           // start of one group alone
  std::vector<Whitening> whitenings_;  // [peak] of the group at hand
};

}  // namespace toyfarm::study
