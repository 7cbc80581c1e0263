#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/parallel/schedule.hpp"

namespace toyfarm::parallel {

using Toys = std::vector<core::ToyRange>;

inline std::uint64_t total(Toys const& toys) {
  return std::accumulate(toys.begin(), toys.end(), std::uint64_t{0}, [](auto n, auto const& r) {
    return n + r.count;
  });
}

/// Shares with holes, of random sizes, some without toys.
inline std::vector<ScheduleShare> random_shares(std::mt19937_64& random) {
  std::vector<ScheduleShare> shares(1 + random() % 8);
  std::uint64_t next = random() % 10;
  for (auto& share : shares) {
    share.threads = static_cast<int>(1 + random() % 4);
    for (auto pieces = random() % 4; pieces > 0; --pieces) {
      auto const count = random() % (random() % 5 == 0 ? 2000 : 40);
      share.toys.push_back({{next}, count});
      next += count + random() % 3;
    }
  }
  return shares;
}

/// Ranks that do what the schedule says, and what goes wrong with them; every step checks a law.
class Drive {
 public:
  Drive(std::uint64_t seed, std::vector<ScheduleShare> shares, ScheduleLimits limits)
      : random_(seed),
        shares_(std::move(shares)),
        limits_(limits),
        schedule_(shares_, limits),
        ranks_(shares_.size()) {
    for (auto& rank : ranks_) {
      rank.seconds_per_toy = std::exp(uniform() * 6 - 6);
    }
  }

  void ask(int number) {
    auto const toys = schedule_.next(number, now_);
    if (toys) {
      take(number, *toys);
    }
  }

  void ask_all() {
    for (auto const& order : schedule_.orders(now_)) {
      take(order.rank, order.toys);
    }
  }

  void lose(int number) {
    auto& rank = ranks_[static_cast<std::size_t>(number)];
    rank.is_lost = true;
    lost_ever_.insert(static_cast<std::size_t>(number));
    for (auto const& block : rank.blocks) {
      for_each(block, [&](std::uint64_t toy) { lost_toys_.insert(toy); });
    }
    // A rank lost may be silent only, or dead.
    rank.is_dead = random_() % 2 == 0;
    schedule_.lost(number);
  }

  void back(int number) {
    auto& rank = ranks_[static_cast<std::size_t>(number)];
    if (!rank.is_dead) {
      rank.is_lost = false;
      schedule_.back(number);
    }
  }

  /// The rank brings a part of its block, or the whole and ends it.
  void run(int number) {
    auto& rank = ranks_[static_cast<std::size_t>(number)];
    if (rank.is_dead || rank.blocks.empty()) {
      return;
    }
    auto const block = rank.blocks.front();
    if (random_() % 4 == 0) {
      auto const from = random_() % block.count;
      bring(number, {{block.first.value + from}, 1 + random_() % (block.count - from)});
      return;
    }
    auto const seconds = static_cast<double>(block.count) * rank.seconds_per_toy * (1 + uniform());
    now_ += seconds / static_cast<double>(ranks_.size());
    bring(number, block);
    rank.blocks.erase(rank.blocks.begin());
    schedule_.ended(number, block, seconds, now_);
  }

  void step() {
    auto const number = static_cast<int>(random_() % ranks_.size());
    auto const action = random_() % 100;
    if (action < 40) {
      ask(number);
    } else if (action < 50) {
      ask_all();
    } else if (action < 96) {
      run(number);
    } else if (action < 98 && n_alive() > 1) {
      lose(number);
    } else if (ranks_[static_cast<std::size_t>(number)].is_lost) {
      back(number);
    }
    now_ += 0.001;
  }

  /// Random steps, then all that live work to the end.
  void finish() {
    for (int i = 0; i < 400 && !schedule_.is_complete(); ++i) {
      step();
    }
    for (int i = 0; i < 20000 && !schedule_.is_complete(); ++i) {
      ask_all();
      for (std::size_t k = 0; k < ranks_.size(); ++k) {
        run(static_cast<int>(k));
      }
      now_ += 0.1;
    }
    ASSERT_TRUE(schedule_.is_complete());
    std::uint64_t n_toys = 0;
    for (auto const& share : shares_) {
      n_toys += total(share.toys);
    }
    EXPECT_EQ(come_.size(), n_toys);
    EXPECT_EQ(schedule_.n_come(), n_toys);
    EXPECT_EQ(schedule_.n_twice(), n_brought_ - n_toys);
    EXPECT_EQ(schedule_.seconds_left(), 0);
    for (std::size_t k = 0; k < ranks_.size(); ++k) {
      EXPECT_EQ(schedule_.status(static_cast<int>(k)).n_done, ranks_[k].n_done);
      EXPECT_EQ(schedule_.next(static_cast<int>(k), now_), std::nullopt);
    }
  }

  [[nodiscard]] Schedule const& schedule() const { return schedule_; }
  [[nodiscard]] std::vector<std::pair<int, core::ToyRange>> const& given() const { return given_; }

 private:
  struct Worker {
    double seconds_per_toy = 1;
    std::vector<core::ToyRange> blocks{};
    std::uint64_t n_done = 0;
    bool is_lost = false;
    bool is_dead = false;
  };

  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  template <class Visit>
  static void for_each(core::ToyRange toys, Visit visit) {
    for (std::uint64_t i = 0; i < toys.count; ++i) {
      visit(toys.first.value + i);
    }
  }

  [[nodiscard]] std::ptrdiff_t n_alive() const {
    return std::ranges::count(ranks_, false, &Worker::is_lost);
  }

  [[nodiscard]] bool is_share_of(std::size_t number, std::uint64_t toy) const {
    return std::ranges::any_of(shares_[number].toys, [toy](core::ToyRange const& range) {
      return toy >= range.first.value && toy < range.first.value + range.count;
    });
  }

  void take(int number, core::ToyRange toys) {
    auto const index = static_cast<std::size_t>(number);
    given_.emplace_back(number, toys);
    ASSERT_FALSE(ranks_[index].is_lost);
    ASSERT_LT(ranks_[index].blocks.size(), 2U);
    ASSERT_GE(toys.count, 1U);
    ASSERT_LE(toys.count, limits_.most);
    ranks_[index].blocks.push_back(toys);
    for_each(toys, [&](std::uint64_t toy) {
      ASSERT_FALSE(come_.contains(toy)) << "has come already";
      std::ptrdiff_t n_holders = 0;
      for (auto const& rank : ranks_) {
        n_holders += std::ranges::any_of(rank.blocks, [&](core::ToyRange const& block) {
          return !rank.is_lost && toy >= block.first.value && toy - block.first.value < block.count;
        });
      }
      ASSERT_LE(n_holders, lost_toys_.contains(toy) ? 3 : 2) << "toy " << toy;
      if (limits_.mode == ScheduleMode::fixed && !is_share_of(index, toy)) {
        auto const owner = std::ranges::find_if(shares_, [&](auto const& share) {
          return is_share_of(static_cast<std::size_t>(&share - shares_.data()), toy);
        });
        ASSERT_NE(owner, shares_.end());
        ASSERT_TRUE(lost_ever_.contains(static_cast<std::size_t>(owner - shares_.begin())));
      }
    });
  }

  void bring(int number, core::ToyRange toys) {
    auto& rank = ranks_[static_cast<std::size_t>(number)];
    n_brought_ += toys.count;
    auto const parts = schedule_.came(number, toys, now_);
    rank.n_done += total(parts);
    for (auto const& part : parts) {
      for_each(part, [&](std::uint64_t toy) {
        ASSERT_TRUE(come_.insert(toy).second) << "toy " << toy << " came twice";
        ASSERT_GE(toy, toys.first.value);
        ASSERT_LT(toy, toys.first.value + toys.count);
      });
    }
  }

  std::mt19937_64 random_;
  std::vector<ScheduleShare> shares_;
  ScheduleLimits limits_;
  Schedule schedule_;
  std::vector<Worker> ranks_;
  std::set<std::uint64_t> come_;
  std::set<std::uint64_t> lost_toys_;
  std::set<std::size_t> lost_ever_;
  std::vector<std::pair<int, core::ToyRange>> given_;
  std::uint64_t n_brought_ = 0;
  double now_ = 0;
};

}  // namespace toyfarm::parallel
