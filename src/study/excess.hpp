#pragma once
#include <cstddef>
#include <numbers>
#include <vector>

namespace toyfarm::study {

/// A Gaussian-like excess over what is expected without it.
struct Excess {
  double place = 0;
  double width = 0;
  double events = 0;      ///< best guess of its yield
  double background = 0;  ///< B, about as many events as are expected under it
  double q = 0;           ///< 2 [(S + B) ln(1 + S/B) - S]: about twice what it gains in NLL
};

/// What is worth a start: q above 1, and not far below the highest so far.
class Worth {
 public:
  void take(double q) noexcept { highest_ = q > highest_ ? q : highest_; }
  [[nodiscard]] double threshold() const noexcept {
    return share * highest_ > least ? share * highest_ : least;
  }

 private:
  static constexpr double least = 1;
  static constexpr double share = 0.2;
  double highest_ = 0;
};

// Filters look for peaks in bins half as wide as they are, from one width to the next.
inline constexpr double bins_per_width = 2;
inline constexpr double filter_reach = 3.5;  ///< widths to either side
inline constexpr double width_step = std::numbers::sqrt2;

/// Of the information, at least so much is not lost.
inline constexpr double least_kept = 0.02;

/// From score U and information I of the yield at 0, of a density that is 1 in sum: S = U/I events
/// would fit best, over B = 1/I of background. `lost` is the part of the information that other
/// parameters take.
[[nodiscard]] Excess judge_excess(
    double place, double width, double score, double information, double lost);

/// Highest q first, at most `most`; neighbours in place and width of a higher one are the same
/// excess.
[[nodiscard]] std::vector<Excess> highest(std::vector<Excess> found, std::size_t most);

}  // namespace toyfarm::study
