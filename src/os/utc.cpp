#include "toyfarm/os/utc.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace toyfarm::os {

using std::chrono::system_clock;

std::string utc_text(system_clock::time_point time, UtcForm form) {
  using namespace std::chrono;
  // Floor, not truncation: the microseconds count from the second before, also before 1970.
  auto const whole = floor<seconds>(time);
  auto const since_1970 = system_clock::to_time_t(whole);
  std::tm parts{};
  ::gmtime_r(&since_1970, &parts);
  std::array<char, 64> text{};
  auto const* const format = form == UtcForm::name      ? "%Y%m%dT%H%M%SZ"
                             : form == UtcForm::seconds ? "%Y-%m-%dT%H:%M:%SZ"
                                                        : "%Y-%m-%dT%H:%M:%S";
  auto const n = std::strftime(text.data(), text.size(), format, &parts);
  if (form == UtcForm::microseconds) {
    std::snprintf(text.data() + n,
                  text.size() - n,
                  ".%06d+00:00",
                  static_cast<int>(floor<microseconds>(time - whole).count()));
  }
  return text.data();
}

std::string utc_now(UtcForm form) {
  return utc_text(system_clock::now(), form);
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

}  // namespace toyfarm::os
