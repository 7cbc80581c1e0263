#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hs3/names.hpp"

namespace toyfarm::hs3 {

/// The processes that a distribution is the sum of, by its mixtures, rates and products.
class Processes {
 public:
  /// `n_events`: of the data, which a distribution without a rate is to have.
  Processes(Workspace const& workspace, Names& names, Refusals& refusals, double n_events)
      : workspace_(workspace), names_(names), refusals_(refusals), n_events_(n_events) {}

  void add(View const& distribution);

  [[nodiscard]] std::vector<Node> const& nodes() const noexcept { return nodes_; }
  /// Types that are taken apart.
  [[nodiscard]] static std::vector<std::string> types();
  /// Factors of products that depend on no observable.
  [[nodiscard]] std::vector<View> const& constraints() const noexcept { return constraints_; }

 private:
  /// How many events a distribution has, an expression of variables, and what says so.
  struct Number {
    std::string text;
    View field;
  };
  using Events = std::optional<Number>;  ///< none before any rate
  struct Composite;
  static Composite const composites[];

  void add(View const& distribution, Events const& events);
  void add_mixture(View const& mixture, Events const& events);
  void add_rate(View const& distribution, Events const& events);
  void add_extended(View const& distribution, Events const& events);
  void add_with_rate(View const& distribution,
                     std::string const& rate,
                     std::string const& of,
                     Events const& events);
  void add_product(View const& product, Events const& events);
  void add_shape(View const& distribution, Events const& events);
  [[nodiscard]] Number unextended(View const& distribution, Events const& events);

  Workspace const& workspace_;
  Names& names_;
  Refusals& refusals_;
  double n_events_;
  std::size_t n_added_ = 0;
  std::vector<Node> nodes_;
  std::vector<View> constraints_;
  std::set<std::string> taken_;    ///< names of processes
  std::vector<std::string> open_;  ///< pointers of distributions that are being added
};

}  // namespace toyfarm::hs3
