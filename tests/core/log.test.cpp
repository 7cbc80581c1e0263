#include "toyfarm/core/log.hpp"

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

namespace toyfarm::core {
namespace {

/// What goes to standard error and to standard output while `act` runs.
template <class Act>
std::string said(Act act) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  act();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  return testing::internal::GetCapturedStderr();
}

void say_all() {
  log_debug("d {}");  // braces are text here, not a place for an argument
  log_info("i");
  log_warn("w");
  log_error("e");
}

}  // namespace

TEST(Log, prints_one_line_each_from_its_level_up) {
  configure_log(LogLevel::debug, "");
  EXPECT_EQ(said(say_all),
            "toyfarm: debug: d {}\ntoyfarm: info: i\ntoyfarm: warning: w\ntoyfarm: error: e\n");
  configure_log(LogLevel::warn, "[rank 3] ");
  EXPECT_EQ(said(say_all), "toyfarm: [rank 3] warning: w\ntoyfarm: [rank 3] error: e\n");
  configure_log(LogLevel::off, "");
  EXPECT_EQ(said(say_all), "");
}

TEST(Log, reads_levels_by_name) {
  EXPECT_EQ(log_level("debug"), LogLevel::debug);
  EXPECT_EQ(log_level("info"), LogLevel::info);
  EXPECT_EQ(log_level("warn"), LogLevel::warn);
  EXPECT_EQ(log_level("error"), LogLevel::error);
  EXPECT_EQ(log_level("off"), LogLevel::off);
  EXPECT_THROW((void)log_level("loud"), UsageError);
}

}  // namespace toyfarm::core
