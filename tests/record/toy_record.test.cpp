#include "toyfarm/record/toy_record.hpp"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/record/row_view.hpp"
#include "toyfarm/record/study_info.hpp"

#include "support/rows.hpp"

namespace toyfarm::record {
namespace {

std::vector<std::uint64_t> encoded(ToyRecord const& record, RowLayout const& layout) {
  std::vector<std::uint64_t> words(row_words(layout), 0xdeadbeefdeadbeefU);
  encode(record, layout, words);
  return words;
}

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

void expect_equal(FitRecord const& a, FitRecord const& b) {
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.engine, b.engine);
  EXPECT_EQ(a.iterations, b.iterations);
  EXPECT_EQ(a.attempts, b.attempts);
  EXPECT_EQ(a.won, b.won);
  EXPECT_TRUE(same_bits(a.next_end, b.next_end));
  EXPECT_TRUE(same_bits(a.nll, b.nll) && same_bits(a.edm, b.edm) && same_bits(a.bound, b.bound));
  EXPECT_TRUE(same_bits(a.initial_nll, b.initial_nll));
  EXPECT_TRUE(std::ranges::equal(a.values, b.values, same_bits));
  EXPECT_TRUE(std::ranges::equal(a.errors, b.errors, same_bits));
  EXPECT_EQ(a.held, b.held);
}

void expect_equal(ToyRecord const& a, ToyRecord const& b) {
  EXPECT_EQ(a.toy, b.toy);
  EXPECT_EQ(a.n_events, b.n_events);
  EXPECT_TRUE(std::ranges::equal(a.global_observables, b.global_observables, same_bits));
  ASSERT_EQ(a.fits.size(), b.fits.size());
  for (std::size_t h = 0; h < a.fits.size(); ++h) {
    expect_equal(a.fits[h], b.fits[h]);
  }
}

// root#6949: one row of one size per toy, failed fits included.
TEST(RowCodec, gives_back_every_field_bit_for_bit_at_any_layout) {
  for (std::size_t params : {0U, 1U, 7U, 8U, 9U, 17U}) {
    for (std::size_t channels : {0U, 1U, 3U}) {
      RowLayout const layout{params, channels, params / 2, 1 + params % 3};
      for (std::uint64_t toy = 0; toy < 24; ++toy) {
        auto const record = test::made_up_row(layout, toy);
        auto const words = encoded(record, layout);
        expect_equal(decode(words, layout), record);
        EXPECT_EQ(encoded(decode(words, layout), layout), words);
      }
    }
  }
}

TEST(RowCodec, keeps_special_values_and_full_width_counters) {
  RowLayout const layout{1, 1, 1};
  ToyRecord record = test::made_up_row(layout, 0);
  record.toy = {~std::uint64_t{0}};
  record.fit().iterations = record.fit().attempts = record.fit().won = ~std::uint32_t{0};
  record.fit().next_end = std::numeric_limits<double>::infinity();
  record.n_events = {~std::uint64_t{0}};
  record.fit().nll = std::bit_cast<double>(0x7ff0000000000abcU);  // signalling NaN
  record.fit().edm = -0.0;
  record.fit().bound = -std::numeric_limits<double>::infinity();
  record.fit().errors = {std::bit_cast<double>(0xfff8000000000001U)};
  expect_equal(decode(encoded(record, layout), layout), record);
}

TEST(RowCodec, refuses_words_that_no_row_can_have) {
  RowLayout const layout{3, 2, 1};
  auto const good = encoded(test::made_up_row(layout, 5), layout);
  EXPECT_THROW((void)decode(std::span(good).first(good.size() - 1), layout), core::RuntimeFailure);
  auto const refused = [&](std::size_t byte, int value) {
    auto words = good;
    reinterpret_cast<std::uint8_t*>(words.data())[byte] = static_cast<std::uint8_t>(value);
    try {
      (void)decode(words, layout);
    } catch (core::RuntimeFailure const& failure) {
      return failure.code() == core::ExitCode::io_error;
    }
    return false;
  };
  auto const status = byte_of<column_of<&FitRecord::status>()>(layout);
  auto const engine = byte_of<column_of<&FitRecord::engine>()>(layout);
  auto const held = byte_of<column_of<&FitRecord::held>()>(layout);
  EXPECT_FALSE(refused(status, core::n_fit_statuses - 1));
  EXPECT_TRUE(refused(status, core::n_fit_statuses));
  EXPECT_TRUE(refused(engine, core::n_engines));
  EXPECT_TRUE(refused(engine, 255));
  EXPECT_TRUE(refused(held + 2, core::n_held - 1));
  EXPECT_TRUE(refused(held, -2));
  EXPECT_TRUE(refused(held + layout.n_params, 1)) << "padding";
}

TEST(RowView, reads_what_decode_reads) {
  RowLayout const layout{9, 2, 3};
  auto const rows = test::made_up_rows(layout, {{0}, 30});
  std::size_t n = 0;
  for_each_row(rows, [&](RowView const& row) {
    auto const record = rows[n++];
    EXPECT_EQ(row.toy(), record.toy);
    EXPECT_EQ(row.status(), record.fit().status);
    EXPECT_EQ(row.engine(), record.fit().engine);
    EXPECT_EQ(row.get<&FitRecord::won>(), record.fit().won);
    EXPECT_TRUE(same_bits(row.next_end(), record.fit().next_end));
    EXPECT_EQ(row.get<&ToyRecord::n_events>(1), record.n_events[1]);
    EXPECT_TRUE(same_bits(row.nll(), record.fit().nll));
    EXPECT_EQ(row.held(8), record.fit().held[8]);
    EXPECT_TRUE(same_bits(row.error(8), record.fit().errors[8]));
    EXPECT_EQ(row.get<&ToyRecord::global_observables>(2), record.global_observables[2]);
  });
  EXPECT_EQ(n, rows.size());
}

TEST(RowTable, is_walked_in_blocks_of_bounded_size) {
  for (auto const& layout : {RowLayout{3, 2, 1}, RowLayout{100, 1, 0}, RowLayout{40'000, 1, 0}}) {
    auto const most = rows_per_block(layout);
    EXPECT_GE(most, 1U);
    EXPECT_TRUE(most == 1 || most * row_words(layout) * 8 <= std::size_t{1} << 19U);
    for (std::uint64_t const n : {std::size_t{0}, most - 1, most, 2 * most + 1}) {
      RowTable rows(layout);
      std::vector<std::uint64_t> words(row_words(layout));
      for (words[0] = 0; words[0] < n; ++words[0]) {
        rows.append(words);
      }
      std::vector<std::uint64_t> walked;
      rows.walk([&](std::span<std::uint64_t const> block) {
        EXPECT_LE(block.size(), most * row_words(layout));
        walked.insert(walked.end(), block.begin(), block.end());
      });
      EXPECT_TRUE(std::ranges::equal(walked, rows.words()));
    }
  }
}

// combine#109, hepstats PR#178: order of arrival leaves no trace.
TEST(RowTable, is_the_same_after_sorting_whatever_order_rows_came_in) {
  RowLayout const layout{3, 2, 1};
  auto const expected = test::made_up_rows(layout, {{10}, 200});
  std::vector<std::uint64_t> toys(200);
  std::iota(toys.begin(), toys.end(), std::uint64_t{10});
  std::mt19937_64 random(5);
  for (int trial = 0; trial < 20; ++trial) {
    std::shuffle(toys.begin(), toys.end(), random);
    RowTable rows(layout);
    for (auto const toy : toys) {
      rows.append(test::made_up_row(layout, toy));
    }
    rows.sort();
    EXPECT_TRUE(std::ranges::equal(rows.words(), expected.words()));
  }
}

TEST(RowTable, takes_whole_rows_and_refuses_pieces_of_rows) {
  RowLayout const layout{3, 2, 1};
  auto const piece = test::made_up_rows(layout, {{0}, 4});
  RowTable rows(layout);
  rows.append(piece.words());
  EXPECT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows.toy(3).value, 3U);
  EXPECT_THROW(rows.append(piece.words().first(row_words(layout) + 1)), core::RuntimeFailure);
}

// CombineHarvester#303: a toy that comes twice is refused.
TEST(RowTable, refuses_a_toy_that_occurs_twice) {
  RowLayout const layout{1, 1, 0};
  auto rows = test::made_up_rows(layout, {{0}, 5});
  rows.append(test::made_up_row(layout, 3));
  EXPECT_THROW(rows.sort(), core::RuntimeFailure);
}

// CombineHarvester#253: any number of shards, the first ones get the remainder.
TEST(ShardRange, tiles_the_study_in_order_with_larger_shards_first) {
  for (std::uint64_t n = 0; n < 40; ++n) {
    for (std::uint64_t total = 1; total < 12; ++total) {
      std::uint64_t next = 0;
      for (std::uint64_t index = 0; index < total; ++index) {
        auto const range = shard_range({index, total}, n);
        EXPECT_EQ(range.first.value, next);
        EXPECT_EQ(range.count, n / total + (index < n % total ? 1 : 0));
        next += range.count;
      }
      EXPECT_EQ(next, n);
    }
  }
}

}  // namespace
}  // namespace toyfarm::record
