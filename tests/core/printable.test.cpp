#include "toyfarm/core/printable.hpp"

#include <gtest/gtest.h>

namespace toyfarm::core {
namespace {

TEST(Printable, leaves_text_as_it_is) {
  for (std::string const text : {"", "mass", "µ± 漢字 😀 'quoted' \\ |"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, escapes_what_terminals_obey_or_hide) {
  EXPECT_EQ(printable("a\nb\tc\x1b[2J\x7f"), R"(a\nb\tc\x1b[2J\x7f)");
  EXPECT_EQ(printable(std::string_view("\0", 1)), R"(\x00)");
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "evil\xe2\x80\x8b"),
            R"(\u{202e}evil\u{200b})");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            R"(\u{9b}31m)");
  EXPECT_EQ(printable("\xef\xbf\xbf\xf0\x9f\xbf\xbe"), R"(\u{ffff}\u{1fffe})");
}

TEST(Utf8, length_is_that_of_a_whole_character) {
  EXPECT_EQ(utf8_length("a"), 1U);
  EXPECT_EQ(utf8_length("\u00e9x"), 2U);
  EXPECT_EQ(utf8_length("\u20ac"), 3U);
  EXPECT_EQ(utf8_length("\U0001f600"), 4U);
  for (auto const* const none :
       {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    EXPECT_EQ(utf8_length(none), 0U) << none;
  }
}

TEST(Printable, escapes_bytes_that_are_not_utf8) {
  EXPECT_EQ(printable("\xff\xc3(\xe2\x82\xf0\x9f"), R"(\xff\xc3(\xe2\x82\xf0\x9f)");
  EXPECT_EQ(printable("\xc0\x80\xed\xa0\x80"), R"(\xc0\x80\xed\xa0\x80)");  // overlong, surrogate
}

TEST(Printable, cuts_at_characters_not_bytes_and_says_so) {
  EXPECT_EQ(printable("漢字漢字", 2), "漢字…");
  EXPECT_EQ(printable("漢字", 2), "漢字");
  EXPECT_EQ(printable(std::string(50'000'000, 'A')), std::string(max_quoted, 'A') + "…");
}

TEST(Printable, changes_nothing_the_second_time) {
  auto const once = printable("a\x1b\xff\xe2\x80\xae\n");
  EXPECT_EQ(printable(once), once);
}

}  // namespace
}  // namespace toyfarm::core
