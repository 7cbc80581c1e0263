#include "batch/utc.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace toyfarm::batch {

std::string utc_now() {
  using namespace std::chrono;
  auto const now = system_clock::now();
  auto const micro = duration_cast<microseconds>(now.time_since_epoch()).count() % 1'000'000;
  auto const seconds = system_clock::to_time_t(now);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 16> rest{};
  std::snprintf(rest.data(), rest.size(), ".%06d+00:00", static_cast<int>(micro));
  return std::string(date.data()) + rest.data();
}

double unix_seconds(std::string const& utc) {
  std::tm parts{};
  double seconds = 0;
  if (std::sscanf(utc.c_str(),
                  "%d-%d-%dT%d:%d:%lf",
                  &parts.tm_year,
                  &parts.tm_mon,
                  &parts.tm_mday,
                  &parts.tm_hour,
                  &parts.tm_min,
                  &seconds) != 6) {
    return 0;
  }
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return static_cast<double>(::timegm(&parts)) + seconds;
}

}  // namespace toyfarm::batch
