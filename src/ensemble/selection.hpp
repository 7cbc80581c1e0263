#pragma once
#include <cstdint>
#include <map>
#include <vector>

namespace toyfarm::ensemble {

/// Place of a double, not NaN, in the order of all doubles; -0 stands before +0.
[[nodiscard]] std::uint64_t ordered_key(double x) noexcept;
/// The double at that place.
[[nodiscard]] double from_ordered_key(std::uint64_t key) noexcept;

/// Exact order statistics of values that pass by several times, in any order, and are never held
/// all at once: each pass counts the values of an interval in 1024 bins, and the bin with the
/// sought rank is the next interval, until few enough values are left to sort. 7 passes at most,
/// about 3 for most data; 8 kB for each rank sought.
class Selection {
 public:
  Selection() = default;
  /// For `ranks` (0 = smallest) among n values whose keys lie in [lowest, highest].
  Selection(std::vector<std::uint64_t> ranks,
            std::uint64_t n,
            std::uint64_t lowest,
            std::uint64_t highest);
  /// False while all values must pass once more.
  [[nodiscard]] bool done() const noexcept { return parts_.empty(); }
  void add(double x);
  void end_pass();
  /// The value of a rank asked for; once done.
  [[nodiscard]] double at(std::uint64_t rank) const { return found_.at(rank); }

 private:
  /// Values between two keys, and the ranks sought among them.
  struct Part {
    std::uint64_t lowest = 0;
    std::uint64_t span = 0;     ///< highest key - lowest key
    std::uint64_t n_below = 0;  ///< values below lowest
    std::uint64_t n = 0;
    std::vector<std::uint64_t> ranks;
    unsigned shift = 0;
    std::vector<std::uint64_t> counts;  ///< [bin], or empty
    std::vector<std::uint64_t> keys;    ///< of all values, where they are few
  };
  void open(Part part);
  void split(Part const& part);

  std::vector<Part> parts_;
  std::map<std::uint64_t, double> found_;
};

}  // namespace toyfarm::ensemble
