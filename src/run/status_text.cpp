#include "toyfarm/run/status_text.hpp"

#include <cmath>

#include <fmt/core.h>

namespace toyfarm::run {
namespace {

std::string number_text(std::optional<double> value, char const* format) {
  return value && std::isfinite(*value) ? fmt::format(fmt::runtime(format), *value) : "-";
}

std::string duration(std::optional<double> seconds) {
  if (!seconds || !(std::abs(*seconds) < 1e12)) {
    return "-";
  }
  auto const s = static_cast<std::uint64_t>(std::ceil(*seconds));
  return s < 3600 ? fmt::format("{}:{:02}", s / 60, s % 60)
                  : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

double percent(RunStatus const& s) {
  return s.n_toys == 0 ? 100.0
                       : 100.0 * static_cast<double>(s.n_done) / static_cast<double>(s.n_toys);
}

}  // namespace

std::string status_table(RunStatus const& s) {
  auto text = fmt::format("run           {}\nstate         {}{}\n",
                          s.run_id,
                          core::word_of(s.state),
                          s.reason.empty() ? "" : " (" + s.reason + ")");
  text += s.exit_code ? fmt::format("exit code     {}\n", *s.exit_code) : "";
  text += fmt::format("toys          {} of {} ({:.1f} %), {} safe on disk, {} not converged\n",
                      s.n_done,
                      s.n_toys,
                      percent(s),
                      s.n_acknowledged,
                      s.n_not_converged);
  text += fmt::format("speed         {} toys/s on {} rank{}; {} so far, {} to go\n",
                      number_text(s.toys_per_second, "{:.4g}"),
                      s.n_ranks,
                      s.n_ranks == 1 ? "" : "s",
                      duration(s.elapsed_s),
                      duration(s.seconds_left));
  if (!s.poi.empty()) {
    text += fmt::format("{:<12}  mean {}, pull mean {}, pull width {}\n",
                        s.poi,
                        number_text(s.poi_mean, "{:.6g}"),
                        number_text(s.pull_mean, "{:+.3f}"),
                        number_text(s.pull_width, "{:.3f}"));
  }
  for (auto const& rank : s.lost_ranks) {
    text += "lost          " + rank + "\n";
  }
  return text + fmt::format("rank 0        pid {} on {}, epoch {}\nupdated       {}\n",
                            s.pid,
                            s.host,
                            s.epoch,
                            s.updated_utc);
}

std::string status_line(RunStatus const& s) {
  return fmt::format(
      "progress: done={} of={} safe={} failed={} toys_per_s={} elapsed_s={:.0f} left_s={} "
      "ranks={} lost={} poi_mean={} pull_mean={} pull_width={}",
      s.n_done,
      s.n_toys,
      s.n_acknowledged,
      s.n_not_converged,
      number_text(s.toys_per_second, "{:.4g}"),
      s.elapsed_s,
      number_text(s.seconds_left, "{:.0f}"),
      s.n_ranks,
      s.lost_ranks.size(),
      number_text(s.poi_mean, "{:.6g}"),
      number_text(s.pull_mean, "{:.4f}"),
      number_text(s.pull_width, "{:.4f}"));
}

std::string status_live(RunStatus const& s) {
  auto text = fmt::format("{:.1f} %  {} of {}  {} toys/s  {} left",
                          percent(s),
                          s.n_done,
                          s.n_toys,
                          number_text(s.toys_per_second, "{:.4g}"),
                          duration(s.seconds_left));
  if (!s.poi.empty()) {
    text += fmt::format("  {} {}  pull {} +- {}",
                        s.poi,
                        number_text(s.poi_mean, "{:.5g}"),
                        number_text(s.pull_mean, "{:+.3f}"),
                        number_text(s.pull_width, "{:.3f}"));
  }
  text += s.n_not_converged > 0 ? fmt::format("  {} failed", s.n_not_converged) : "";
  return text;
}

}  // namespace toyfarm::run
