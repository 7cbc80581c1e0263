// What ends a process, and what asks it to end.
#include <csignal>
#include <thread>

#include <gtest/gtest.h>

#include "toyfarm/run/collective.hpp"
#include "toyfarm/run/stop.hpp"
#include "toyfarm/run/versions.hpp"

#include "run/watchdog.hpp"

namespace toyfarm::run {
namespace {

using namespace std::chrono_literals;

void wait_for(char const* what, double seconds) {
  Watchdog watchdog;
  watchdog.expect(what, seconds, 75);
  std::this_thread::sleep_for(10s);
}

TEST(WatchdogDeathTest, ends_what_does_not_come_back) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(wait_for("the test", 0.05), testing::ExitedWithCode(75), "the test");
}

TEST(Watchdog, lets_live_what_comes_back) {
  Watchdog watchdog;
  for (int i = 0; i < 3; ++i) {
    watchdog.expect("a turn", 5, 75);
    std::this_thread::sleep_for(5ms);
  }
  watchdog.expect("rest", 0.05, 75);
  watchdog.rest();
  std::this_thread::sleep_for(100ms);
}

int stop_by(int signal) {
  catch_stop_signals();
  if (stop_asked(std::nullopt)) {
    return 1;
  }
  std::raise(signal);
  return stop_asked(std::nullopt) ? 0 : 2;
}

TEST(StopDeathTest, is_asked_for_by_signals) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (int const signal : {SIGTERM, SIGUSR1, SIGINT}) {
    EXPECT_EXIT(std::exit(stop_by(signal)), testing::ExitedWithCode(0), "") << signal;
  }
}

TEST(Stop, is_asked_for_by_a_time_limit_that_is_over) {
  EXPECT_FALSE(stop_asked(1e6));
  EXPECT_STREQ(stop_reason(1e6), "");
  EXPECT_TRUE(stop_asked(1e-9));
  EXPECT_STREQ(stop_reason(1e-9), "the time limit");
}

TEST(Code, of_work_is_that_of_its_error) {
  EXPECT_EQ(code_of([] { return core::ExitCode::success; }), core::ExitCode::success);
  EXPECT_EQ(code_of([]() -> core::ExitCode { throw core::UsageError("told"); }),
            core::ExitCode::usage);
}

TEST(Versions, begin_with_the_program) {
  auto const all = versions("none");
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.front().first, "toyfarm");
  EXPECT_EQ(version_text().rfind("toyfarm ", 0), 0U);
  EXPECT_NE(version_text().find("instructions"), std::string::npos);
}

}  // namespace
}  // namespace toyfarm::run
