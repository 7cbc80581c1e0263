#pragma once
#include <cstdint>
#include <limits>
#include <map>
#include <optional>

// How fast ranks run toys, and how many messages rank 0 has to take: what blocks are sized by.
namespace toyfarm::parallel {

/// Toys per second of one rank, smoothed over the last blocks and toys.
class Speed {
 public:
  /// `n` > 0 toys took this long. One odd block moves it by a bounded factor.
  void measured(std::uint64_t n, double seconds) noexcept;
  [[nodiscard]] bool is_known() const noexcept { return toys_ > 0; }
  /// 0 when not known.
  [[nodiscard]] double toys_per_second() const noexcept {
    return is_known() ? toys_ / seconds_ : 0;
  }

 private:
  double toys_ = 0;
  double seconds_ = 0;
};

/// Messages that may be sent, refilled at a rate: short bursts pass, a second sees little more
/// than a second's worth.
class MessageBudget {
 public:
  explicit MessageBudget(double per_second) noexcept;
  /// Whether one more may be sent.
  [[nodiscard]] bool allows(double now) noexcept;
  /// One was sent or came; also when none was left, for those that come cannot be refused.
  void spend(double now) noexcept;

 private:
  void refill(double now) noexcept;
  double per_second_;
  double left_;
  double at_ = 0;
};

/// When the rows of blocks under way are expected, so that a second does not get too many.
class Arrivals {
 public:
  using Slot = std::int64_t;
  static constexpr Slot none = std::numeric_limits<Slot>::min();

  explicit Arrivals(double per_second) noexcept;
  [[nodiscard]] Slot add(double at);
  void remove(Slot slot);
  struct Window {
    double from = 0;
    double to = 0;
  };
  /// `at`, or a time near it, in a window, at which fewer than `share` of the messages are
  /// expected.
  [[nodiscard]] std::optional<double> free_near(double at, Window window, double share) const;

 private:
  [[nodiscard]] bool is_full(Slot slot, double share) const;
  double most_;
  std::map<Slot, double> expected_{};
};

}  // namespace toyfarm::parallel
