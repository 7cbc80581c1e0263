#include "toyfarm/kernels/random.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/kernels/reference.hpp"

#include "support/isa.hpp"

namespace {

namespace kernels = toyfarm::kernels;
using kernels::Purpose;
using Block = std::array<std::uint64_t, 4>;
constexpr std::uint64_t ones = ~std::uint64_t{0};

// The three known-answer vectors of Random123 for philox4x64 with 10 rounds; the numbers were
// recomputed with integers of any length in another language.
TEST(Philox, gives_the_published_answers) {
  EXPECT_EQ(
      kernels::philox4x64({0, 0, 0, 0}, {0, 0}),
      (Block{0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}));
  EXPECT_EQ(
      kernels::philox4x64({ones, ones, ones, ones}, {ones, ones}),
      (Block{0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}));
  EXPECT_EQ(
      kernels::philox4x64(
          {0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
          {0x452821e638d01377, 0xbe5466cf34e90c6c}),
      (Block{0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}));
}

kernels::Lanes equal_lanes(Block const& state) {
  kernels::Lanes lanes;
  for (std::size_t w = 0; w < 4; ++w) {
    lanes.words[w].fill(state[w]);
  }
  return lanes;
}

TEST(Xoshiro, gives_the_published_answers_in_every_lane) {
  constexpr std::uint64_t answers[] = {41943041,
                                       58720359,
                                       3588806011781223,
                                       3591011842654386,
                                       9228616714210784205ULL,
                                       9973669472204895162ULL};
  toyfarm::test::for_each_isa(toyfarm::test::all_isas(), [&](std::string const& isa) {
    auto lanes = equal_lanes({1, 2, 3, 4});
    std::array<std::uint64_t, 48> bits{};
    kernels::fill_bits(lanes, bits.data(), bits.size());
    for (std::size_t i = 0; i < bits.size(); ++i) {
      EXPECT_EQ(bits[i], answers[i / 8]) << isa << ' ' << i;
    }
  });
}

// Computed in another language from the definition: freezes the key, the packing of channel, index
// and purpose, and the order of lanes.
TEST(Streams, do_not_change_between_versions) {
  constexpr std::uint64_t answers[] = {0x82d55dd967b319da,
                                       0xa30b04f8d1c65f79,
                                       0xc6a770677952722d,
                                       0x4f36b2b825a6c9d0,
                                       0x8af9456749b381ae,
                                       0x71958a0f5c938b6f,
                                       0xf2e8709a2e841100,
                                       0xb5d120dfd7813118,
                                       0xa7e02229f53adb01,
                                       0x0e590f037b6f71db,
                                       0x7dcfb815e8059223,
                                       0xe6ce99da9b646c3b};
  kernels::BitStream stream(
      {.seed = 42, .toy = 7, .channel = 3, .purpose = Purpose::events, .index = 5});
  for (auto const answer : answers) {
    EXPECT_EQ(stream.next(), answer);
  }
}

TEST(Kernels, equal_the_reference_on_every_target_at_every_size) {
  toyfarm::test::for_each_isa(toyfarm::test::all_isas(), [&](std::string const& isa) {
    auto state = kernels::seed_lanes({.seed = 1, .toy = 2});
    auto plain = state;
    for (std::size_t n = 0; n < 70; ++n) {
      std::vector<double> u(n + 9, 7.0);
      auto expected = u;
      kernels::fill_symmetric(state, u.data() + 1, n);
      kernels::reference::fill_symmetric(plain, expected.data() + 1, n);
      ASSERT_EQ(u, expected) << isa << ' ' << n;
      std::vector<std::uint64_t> bits(n + 9, 7);
      auto expected_bits = bits;
      kernels::fill_bits(state, bits.data() + 1, n);
      kernels::reference::fill_bits(plain, expected_bits.data() + 1, n);
      ASSERT_EQ(bits, expected_bits) << isa << ' ' << n;
      ASSERT_EQ(state.words, plain.words) << isa << ' ' << n;
    }
  });
}

TEST(Symmetric, covers_minus_one_to_below_one) {
  EXPECT_EQ(kernels::symmetric(0), -1.0);
  EXPECT_EQ(kernels::symmetric(ones), 1 - 0x1p-51);
  EXPECT_EQ(kernels::symmetric(std::uint64_t{1} << 63), 0.0);
}

// Moments of 4 million deviates within 5 standard deviations: false alarm 4e-6 in all.
TEST(Symmetric, is_uniform) {
  auto state = kernels::seed_lanes({.seed = 9, .toy = 0, .purpose = Purpose::events});
  constexpr std::size_t n = 4'000'000;
  std::vector<double> u(n);
  kernels::fill_symmetric(state, u.data(), n);
  double sums[5] = {};
  double lag = 0;
  for (std::size_t i = 0; i < n; ++i) {
    double power = 1;
    for (double& s : sums) {
      s += power;
      power *= u[i];
    }
    lag += i + 8 < n ? u[i] * u[i + 8] : 0;  // successive draws of one lane
  }
  for (int k = 1; k < 5; ++k) {
    double const mean = k % 2 == 0 ? 1.0 / (k + 1) : 0;
    double const variance = 1.0 / (2 * k + 1) - mean * mean;
    EXPECT_LT(std::fabs(sums[k] / static_cast<double>(n) - mean),
              5 * std::sqrt(variance / static_cast<double>(n)))
        << k;
  }
  EXPECT_LT(std::fabs(lag / static_cast<double>(n)),
            5 * std::sqrt(1.0 / 9 / static_cast<double>(n)));
}

// icecube/pisa#33 and kin: in tools that seed toy i with seed + i, toy i of seed 42 is toy i - 1 of
// seed 43.
TEST(Streams, share_no_state_between_seeds_toys_channels_and_purposes) {
  std::set<Block> states;
  std::size_t expected = 0;
  auto const add = [&](kernels::StreamKey const& key) {
    auto const lanes = kernels::seed_lanes(key);
    for (std::size_t lane = 0; lane < 8; ++lane) {
      states.insert(
          {lanes.words[0][lane], lanes.words[1][lane], lanes.words[2][lane], lanes.words[3][lane]});
      ++expected;
    }
  };
  for (std::uint64_t seed : {0ULL, 1ULL, 42ULL, 43ULL}) {
    for (std::uint64_t toy = 0; toy < 300; ++toy) {
      for (std::uint32_t channel = 0; channel < 3; ++channel) {
        for (auto const purpose : {Purpose::counts,
                                   Purpose::events,
                                   Purpose::global_observables,
                                   Purpose::jitter,
                                   Purpose::cells,
                                   Purpose::fillers}) {
          add({seed, toy, channel, purpose, 0});
          add({seed, toy, channel, purpose, 1});
        }
      }
    }
  }
  EXPECT_EQ(states.size(), expected);
}

}  // namespace
