#include "toyfarm/os/utc.hpp"

#include <cstdint>

#include <gtest/gtest.h>

namespace toyfarm::os {
namespace {

using std::chrono::microseconds;
using std::chrono::system_clock;

system_clock::time_point at(std::int64_t microseconds_since_1970) {
  return system_clock::time_point(microseconds(microseconds_since_1970));
}

TEST(Utc, writes_each_form) {
  auto const time = at(1'769'860'800'000'042);
  EXPECT_EQ(utc_text(time), "2026-01-31T12:00:00.000042+00:00");
  EXPECT_EQ(utc_text(time, UtcForm::seconds), "2026-01-31T12:00:00Z");
  EXPECT_EQ(utc_text(time, UtcForm::name), "20260131T120000Z");
}

TEST(Utc, counts_forward_before_1970) {
  EXPECT_EQ(utc_text(at(-1)), "1969-12-31T23:59:59.999999+00:00");
}

TEST(Utc, comes_back_as_it_was) {
  for (std::int64_t const micro :
       {0LL, 999'999LL, 951'782'400'500'000LL, 1'769'860'800'000'042LL}) {
    EXPECT_NEAR(unix_seconds(utc_text(at(micro))), 1e-6 * static_cast<double>(micro), 1e-6);
  }
}

TEST(Utc, text_of_another_kind_is_no_time) {
  EXPECT_EQ(unix_seconds(""), 0);
  EXPECT_EQ(unix_seconds("yesterday"), 0);
  EXPECT_EQ(unix_seconds("20260131T120000Z"), 0);
}

}  // namespace
}  // namespace toyfarm::os
