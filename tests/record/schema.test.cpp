#include "toyfarm/record/schema.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "toyfarm/record/toy_record.hpp"

#include "support/rows.hpp"

namespace toyfarm::record {
namespace {

constexpr Words side_words{-1, 3, [](int) { return std::string_view("word"); }};
constexpr Words plain_words{0, 4, [](int) { return std::string_view("word"); }};

/// Some columns of all types and axes; the first is a toy's number.
std::vector<Column> random_schema(std::mt19937_64& random) {
  static constexpr std::array<std::string_view, 12> names{
      "toy", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
  std::vector<Column> schema{{names[0], Type::count, Axis::toy, 1, "", {}}};
  auto const n = random() % names.size();
  while (schema.size() < n) {
    auto const type = static_cast<Type>(random() % 5);
    schema.push_back({names[schema.size()],
                      type,
                      static_cast<Axis>(random() % 5),
                      1,
                      "",
                      type == Type::side   ? side_words
                      : type == Type::word ? plain_words
                                           : Words{}});
  }
  return schema;
}

RowLayout random_layout(std::mt19937_64& random) {
  return {random() % 18, random() % 4, random() % 5, 1 + random() % 3};
}

/// How many values there are at each byte of a row.
std::vector<int> claims(RowPlaces const& places) {
  std::vector<int> claimed(places.words() * 8);
  for (std::size_t c = 0; c < places.schema().size(); ++c) {
    auto const size = size_of(places.schema()[c].type);
    for (std::size_t part = 0; part < places.n_parts(c); ++part) {
      EXPECT_EQ(places.byte(c, part) % size, 0U);
      for (std::size_t k = 0; k < places.n_values(c) * size; ++k) {
        ++claimed.at(places.byte(c, part) + k);
      }
    }
  }
  return claimed;
}

TEST(Schema, gives_every_value_a_place_of_its_own_in_rows_of_whole_words) {
  std::mt19937_64 random(11);
  for (int trial = 0; trial < 2000; ++trial) {
    auto const schema = random_schema(random);
    RowPlaces const places(schema, random_layout(random));
    EXPECT_EQ(places.byte(0), 0U);
    auto const claimed = claims(places);
    EXPECT_LE(std::ranges::max(claimed), 1);
    // At most one word's padding behind the values and one behind the lists of each part.
    EXPECT_LE(std::ranges::count(claimed, 0),
              static_cast<std::ptrdiff_t>(14 * (1 + places.layout().n_fits)));
  }
}

TEST(Schema, finds_no_fault_in_any_values_and_one_in_whatever_is_none) {
  std::mt19937_64 random(12);
  for (int trial = 0; trial < 500; ++trial) {
    auto const schema = random_schema(random);
    RowPlaces const places(schema, random_layout(random));
    std::vector<std::uint64_t> row(places.words());
    auto* const bytes = reinterpret_cast<std::uint8_t*>(row.data());
    auto const claimed = claims(places);
    for (std::size_t c = 0; c < schema.size(); ++c) {
      auto const& words = schema[c].words;
      for (std::size_t part = 0; part < places.n_parts(c); ++part) {
        for (std::size_t k = 0; k < places.n_values(c) * size_of(schema[c].type); ++k) {
          bytes[places.byte(c, part) + k] = static_cast<std::uint8_t>(
              words.n > 0 ? words.first + static_cast<int>(random() % 3) : random());
        }
      }
    }
    EXPECT_EQ(places.fault(row), std::nullopt);
    for (std::size_t byte = 0; byte < claimed.size(); ++byte) {
      if (claimed[byte] == 0) {
        bytes[byte] = 1;
        EXPECT_TRUE(places.fault(row)->starts_with("padding is not zero"));
        bytes[byte] = 0;
      }
    }
    for (std::size_t c = 0; c < schema.size(); ++c) {
      if (schema[c].words.n > 0 && places.n_values(c) > 0) {
        auto& byte = bytes[places.byte(c, places.n_parts(c) - 1) + places.n_values(c) - 1];
        auto const good = std::exchange(byte, std::uint8_t{77});
        EXPECT_TRUE(
            places.fault(row)->starts_with("unknown " + std::string(schema[c].name) + " 77 (toy "));
        byte = good;
      }
    }
    row.push_back(0);
    EXPECT_TRUE(places.fault(row).has_value());
  }
}

TEST(Schema, of_toys_has_the_places_that_the_compiler_finds) {
  std::mt19937_64 random(13);
  for (int trial = 0; trial < 200; ++trial) {
    auto const layout = random_layout(random);
    RowPlaces const places(schema, layout);
    EXPECT_EQ(places.words(), row_words(layout));
    visit_columns([&](auto const&, auto i) {
      for (std::size_t part = 0; part < places.n_parts(i); ++part) {
        EXPECT_EQ(places.byte(i, part), byte_of<i>(layout, part)) << schema[i].name;
      }
    });
  }
}

TEST(Schema, gives_columns_the_shape_of_their_axis_and_one_fit_no_dimension) {
  std::vector<Column> const columns{{"toy", Type::count, Axis::toy, 1, "", {}},
                                    {"n", Type::count, Axis::channel, 1, "", {}},
                                    {"nll", Type::number, Axis::fit, 1, "", {}},
                                    {"estimate", Type::number, Axis::parameter, 1, "", {}}};
  using Shape = std::vector<std::size_t>;
  RowPlaces const one(columns, {3, 2, 0});
  EXPECT_EQ(one.shape(0), Shape{});
  EXPECT_EQ(one.shape(1), Shape{2});
  EXPECT_EQ(one.shape(2), Shape{});
  EXPECT_EQ(one.shape(3), Shape{3});
  RowPlaces const two(columns, {3, 2, 0, 2});
  EXPECT_EQ(two.shape(1), Shape{2});
  EXPECT_EQ(two.shape(2), Shape{2});
  EXPECT_EQ(two.shape(3), (Shape{2, 3}));
}

TEST(Schema, names_the_column_in_which_others_differ) {
  std::vector<std::string> all;
  for (auto const& column : schema) {
    all.push_back(signature(column));
  }
  EXPECT_EQ(other_columns(schema, all), std::nullopt);
  auto some = all;
  std::erase(some, "edm f64 fit");
  EXPECT_EQ(other_columns(schema, some), "has no column 'edm'");
  auto more = all;
  more.push_back("chi2 f64 channel");
  EXPECT_EQ(other_columns(schema, more), "has a column 'chi2', which this program does not know");
  auto other = all;
  std::ranges::replace(other, std::string("won u32 fit"), std::string("won u64 fit"));
  EXPECT_EQ(other_columns(schema, other),
            "has a column 'won' of another kind ('won u64 fit', not 'won u32 fit')");
  auto twice = all;
  twice.push_back(all.front());
  EXPECT_EQ(other_columns(schema, twice), "names a column twice");
}

}  // namespace
}  // namespace toyfarm::record
