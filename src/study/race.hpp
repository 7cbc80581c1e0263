#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "toyfarm/fit/minimise.hpp"

namespace toyfarm::study {

/// Fits of one sample from several starts; the lowest wins, of equals the earlier.
class Race {
 public:
  /// Starts that cannot end below the best are left off, or go on to tell how far they end.
  enum class Hopeless { leave_off, finish };
  /// `rest`: where shapes that no yield supports are left.
  Race(fit::ExtendedNll& nll, std::vector<double> rest, Hopeless hopeless);

  /// Begins anew with another sample.
  void restart();

  /// Tries a start; false if it was left off or tried before. `how.give_up_above` and `how.rest`
  /// are the race's.
  bool run(std::string name, std::vector<double> const& start, fit::StartOptions how);

  /// Counts starts that were tried elsewhere.
  void note(std::vector<std::string> const& names);

  [[nodiscard]] bool empty() const noexcept { return names_.empty(); }
  [[nodiscard]] fit::FitResult const& best() const noexcept { return best_; }
  /// NLL where the last start ended.
  [[nodiscard]] double last_nll() const noexcept { return last_nll_; }
  [[nodiscard]] std::vector<std::string> const& names() const noexcept { return names_; }
  struct End {
    double nll;
    std::vector<double> values;
  };
  /// Ends that are not one another's, lowest first, at most `most`.
  [[nodiscard]] std::vector<End> ends(std::size_t most) const;
  /// The best end, with what the others say of it.
  [[nodiscard]] fit::FitResult result() const;

 private:
  [[nodiscard]] bool is_better(fit::FitResult const& result) const;
  [[nodiscard]] bool is_best(End const& end) const;
  [[nodiscard]] double unit() const noexcept { return nll_->unit(); }

  fit::ExtendedNll* nll_;
  fit::Minimiser minimiser_;
  std::vector<double> rest_;
  Hopeless hopeless_;
  std::vector<std::string> names_;
  std::vector<std::vector<double>> starts_;
  std::vector<End> ends_;
  fit::FitResult best_;
  std::uint32_t iterations_ = 0;
  double last_nll_ = 0;
};

}  // namespace toyfarm::study
