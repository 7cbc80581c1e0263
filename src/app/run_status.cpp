#include "app/run_status.hpp"

#include <cmath>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "toyfarm/core/error.hpp"
#include "toyfarm/io/sealed_text.hpp"

namespace toyfarm::app {
namespace {

using Json = nlohmann::json;

template <class T>
Json or_null(std::optional<T> const& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <class T>
std::optional<T> or_nothing(Json const& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<T>());
}

std::string number(std::optional<double> value, char const* format) {
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

std::string status_json(RunStatus const& s) {
  Json const json{{"state", s.state},
                  {"exit_code", or_null(s.exit_code)},
                  {"reason", s.reason},
                  {"run_id", s.run_id},
                  {"host", s.host},
                  {"pid", s.pid},
                  {"epoch", s.epoch},
                  {"started_utc", s.started_utc},
                  {"updated_utc", s.updated_utc},
                  {"n_toys", s.n_toys},
                  {"n_done", s.n_done},
                  {"n_acknowledged", s.n_acknowledged},
                  {"n_not_converged", s.n_not_converged},
                  {"toys_per_second", or_null(s.toys_per_second)},
                  {"seconds_left", or_null(s.seconds_left)},
                  {"elapsed_s", s.elapsed_s},
                  {"n_ranks", s.n_ranks},
                  {"lost_ranks", s.lost_ranks},
                  {"poi",
                   s.poi.empty() ? Json(nullptr)
                                 : Json{{"name", s.poi},
                                        {"mean", or_null(s.poi_mean)},
                                        {"pull_mean", or_null(s.pull_mean)},
                                        {"pull_width", or_null(s.pull_width)}}}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

RunStatus read_status(std::filesystem::path const& file) {
  auto const text = io::read_sealed_text(file);
  try {
    auto const json = Json::parse(text);
    RunStatus s;
    s.state = json.at("state").get<std::string>();
    s.exit_code = or_nothing<int>(json.at("exit_code"));
    s.reason = json.at("reason").get<std::string>();
    s.run_id = json.at("run_id").get<std::string>();
    s.host = json.at("host").get<std::string>();
    s.pid = json.at("pid").get<long>();
    s.epoch = json.at("epoch").get<int>();
    s.started_utc = json.at("started_utc").get<std::string>();
    s.updated_utc = json.at("updated_utc").get<std::string>();
    s.n_toys = json.at("n_toys").get<std::uint64_t>();
    s.n_done = json.at("n_done").get<std::uint64_t>();
    s.n_acknowledged = json.at("n_acknowledged").get<std::uint64_t>();
    s.n_not_converged = json.at("n_not_converged").get<std::uint64_t>();
    s.toys_per_second = or_nothing<double>(json.at("toys_per_second"));
    s.seconds_left = or_nothing<double>(json.at("seconds_left"));
    s.elapsed_s = json.at("elapsed_s").get<double>();
    s.n_ranks = json.at("n_ranks").get<int>();
    s.lost_ranks = json.at("lost_ranks").get<std::vector<std::string>>();
    if (auto const& poi = json.at("poi"); !poi.is_null()) {
      s.poi = poi.at("name").get<std::string>();
      s.poi_mean = or_nothing<double>(poi.at("mean"));
      s.pull_mean = or_nothing<double>(poi.at("pull_mean"));
      s.pull_width = or_nothing<double>(poi.at("pull_width"));
    }
    return s;
  } catch (Json::exception const& error) {
    throw core::DataError(file.string(), std::string("is no status of a run: ") + error.what());
  }
}

std::string status_table(RunStatus const& s) {
  auto text = fmt::format("run           {}\nstate         {}{}\n",
                          s.run_id,
                          s.state,
                          s.reason.empty() ? "" : " (" + s.reason + ")");
  text += s.exit_code ? fmt::format("exit code     {}\n", *s.exit_code) : "";
  text += fmt::format("toys          {} of {} ({:.1f} %), {} safe on disk, {} not converged\n",
                      s.n_done,
                      s.n_toys,
                      percent(s),
                      s.n_acknowledged,
                      s.n_not_converged);
  text += fmt::format("speed         {} toys/s on {} rank{}; {} so far, {} to go\n",
                      number(s.toys_per_second, "{:.4g}"),
                      s.n_ranks,
                      s.n_ranks == 1 ? "" : "s",
                      duration(s.elapsed_s),
                      duration(s.seconds_left));
  if (!s.poi.empty()) {
    text += fmt::format("{:<12}  mean {}, pull mean {}, pull width {}\n",
                        s.poi,
                        number(s.poi_mean, "{:.6g}"),
                        number(s.pull_mean, "{:+.3f}"),
                        number(s.pull_width, "{:.3f}"));
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
      number(s.toys_per_second, "{:.4g}"),
      s.elapsed_s,
      number(s.seconds_left, "{:.0f}"),
      s.n_ranks,
      s.lost_ranks.size(),
      number(s.poi_mean, "{:.6g}"),
      number(s.pull_mean, "{:.4f}"),
      number(s.pull_width, "{:.4f}"));
}

std::string status_live(RunStatus const& s) {
  auto text = fmt::format("{:.1f} %  {} of {}  {} toys/s  {} left",
                          percent(s),
                          s.n_done,
                          s.n_toys,
                          number(s.toys_per_second, "{:.4g}"),
                          duration(s.seconds_left));
  if (!s.poi.empty()) {
    text += fmt::format("  {} {}  pull {} +- {}",
                        s.poi,
                        number(s.poi_mean, "{:.5g}"),
                        number(s.pull_mean, "{:+.3f}"),
                        number(s.pull_width, "{:.3f}"));
  }
  text += s.n_not_converged > 0 ? fmt::format("  {} failed", s.n_not_converged) : "";
  return text;
}

}  // namespace toyfarm::app
