#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

// Random streams: Philox4x64-10 seeds eight xoshiro256++ lanes. Integers and exact arithmetic only,
// so the bits are the same on every CPU.
namespace toyfarm::kernels {

/// What a stream is for. Part of the stream's key: append only.
enum class Purpose : std::uint32_t {
  counts = 0,              ///< events per cell or process
  events = 1,              ///< place of an event within its cell
  global_observables = 2,  ///< centres of constraints
  jitter = 3,              ///< starts of repeated fits
  cells = 4,               ///< cell of an event, where cells are chosen event by event
  fillers = 5              ///< observables that no density describes
};

/// Names a stream. `index` tells streams of one purpose apart (a factor, an observable, an
/// attempt), below 2^24.
struct StreamKey {
  std::uint64_t seed = 0;
  std::uint64_t toy = 0;
  std::uint32_t channel = 0;
  Purpose purpose = Purpose::counts;
  std::uint32_t index = 0;
};

/// Philox4x64-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405): a bijection of `counter` for
/// each key.
[[nodiscard]] std::array<std::uint64_t, 4> philox4x64(std::array<std::uint64_t, 4> counter,
                                                      std::array<std::uint64_t, 2> key) noexcept;

/// State of eight xoshiro256++ generators (Blackman, Vigna 2021, doi:10.1145/3460772): word w of
/// lane l is words[w][l].
struct Lanes {
  alignas(64) std::array<std::array<std::uint64_t, 8>, 4> words{};
};

/// The lanes of a stream: lane l starts from Philox of (seed, toy, channel and purpose and index,
/// l) under one fixed key, so no two (stream, lane) share a state.
[[nodiscard]] Lanes seed_lanes(StreamKey const& key) noexcept;

/// Random words in the order lane 0 … 7 of the first step, of the second, …; always whole steps:
/// where n is no multiple of 8, the rest of the last step is dropped.
void fill_bits(Lanes& state, std::uint64_t* bits, std::size_t n);

/// Uniform deviates in [-1, 1), multiples of 2^-51, from the upper 52 bits of the words that
/// fill_bits would give.
void fill_symmetric(Lanes& state, double* u, std::size_t n);

/// The deviate in [-1, 1) that fill_symmetric makes of a word.
[[nodiscard]] double symmetric(std::uint64_t bits) noexcept;

/// A stream read word by word.
class BitStream {
 public:
  explicit BitStream(StreamKey const& key) noexcept : state_(seed_lanes(key)) {}

  [[nodiscard]] std::uint64_t next() {
    if (place_ == buffer_.size()) {
      fill_bits(state_, buffer_.data(), buffer_.size());
      place_ = 0;
    }
    return buffer_[place_++];
  }

 private:
  Lanes state_;
  std::array<std::uint64_t, 8> buffer_{};
  std::size_t place_ = buffer_.size();
};

}  // namespace toyfarm::kernels
