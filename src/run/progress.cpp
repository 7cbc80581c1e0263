#include "run/progress.hpp"

#include <cmath>
#include <cstdio>
#include <utility>

#include <unistd.h>

#include "toyfarm/core/log.hpp"
#include "toyfarm/io/sealed_text.hpp"
#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/utc.hpp"

namespace toyfarm::run {
namespace {

constexpr double seconds_between_lines = 30;
constexpr double seconds_between_live_lines = 0.5;
constexpr double seconds_between_files = 1;
/// Up to here a run is over before anyone wonders.
constexpr double seconds_of_silence = 1;

}  // namespace

void Progress::Running::add(double x) noexcept {
  ++n;
  double const step = x - mean;
  mean += step / static_cast<double>(n);
  squares += step * (x - mean);
}

std::optional<double> Progress::Running::width() const {
  return n < 2 ? std::nullopt : std::optional(std::sqrt(squares / static_cast<double>(n - 1)));
}

Progress::Progress(record::StudyInfo const& study, std::filesystem::path directory, RunStatus begin)
    : study_(study),
      layout_(study.layout()),
      directory_(std::move(directory)),
      status_(std::move(begin)),
      n_before_(status_.n_done),
      is_terminal_(::isatty(STDERR_FILENO) == 1),
      next_show_(is_terminal_ ? seconds_of_silence : seconds_between_lines) {
  if (study_.poi) {
    status_.poi = study_.parameter_names[*study_.poi];
  }
  write();
}

void Progress::take(std::span<std::uint64_t const> rows) {
  auto const width = record::row_words(layout_);
  for (std::size_t i = 0; i < rows.size(); i += width) {
    record::RowView const row(layout_, rows.subspan(i, width));
    if (!core::is_converged(row.status())) {
      ++status_.n_not_converged;
      continue;
    }
    if (!study_.poi) {
      continue;
    }
    double const estimate = row.estimate(*study_.poi);
    double const error = row.error(*study_.poi);
    estimates_.add(estimate);
    if (error > 0) {
      pulls_.add((estimate - study_.truth[*study_.poi]) / error);
    }
  }
}

void Progress::update(parallel::FarmView const& view, std::uint64_t n_acknowledged) {
  status_.updated_utc = os::utc_now();
  status_.n_done = n_before_ + view.n_done;
  status_.n_acknowledged = n_acknowledged;
  status_.elapsed_s = view.seconds;
  if (view.seconds > 0 && view.n_done > 0) {
    status_.toys_per_second = static_cast<double>(view.n_done) / view.seconds;
  }
  status_.seconds_left = view.seconds_left;
  status_.lost_ranks.clear();
  for (std::size_t i = 0; i < view.ranks.size(); ++i) {
    if (view.ranks[i].is_lost) {
      status_.lost_ranks.push_back(i < names_.size() ? names_[i] : "rank " + std::to_string(i));
    }
  }
  if (estimates_.n > 0) {
    status_.poi_mean = estimates_.mean;
  }
  if (pulls_.n > 0) {
    status_.pull_mean = pulls_.mean;
    status_.pull_width = pulls_.width();
  }
}

void Progress::look(parallel::FarmView const& view, std::uint64_t n_acknowledged) {
  if (is_handed_over_) {
    return;
  }
  update(view, n_acknowledged);
  if (view.seconds >= next_write_) {
    next_write_ = view.seconds + seconds_between_files;
    write();
  }
  if (view.seconds < next_show_) {
    return;
  }
  if (is_terminal_) {
    next_show_ = view.seconds + seconds_between_live_lines;
    std::fprintf(stderr, "\r%s\x1b[K", status_live(status_).c_str());
    has_line_ = true;
  } else {
    next_show_ = view.seconds + seconds_between_lines;
    core::log_info(status_line(status_));
  }
}

void Progress::begin_publishing(std::uint64_t n_acknowledged, std::uint64_t n_done) {
  status_.state = io::RunState::publishing;
  status_.n_acknowledged = n_acknowledged;
  status_.n_done = n_done;
  status_.updated_utc = os::utc_now();
  clear_line();
  write();
}

void Progress::take(FinalFigures const& figures) {
  status_.n_done = figures.n_done;
  status_.n_not_converged = figures.n_not_converged;
  status_.toys_per_second = figures.toys_per_second;
  status_.elapsed_s = figures.elapsed_s;
  status_.poi_mean = figures.poi_mean;
  status_.pull_mean = figures.pull_mean;
  status_.pull_width = figures.pull_width;
}

void Progress::end(io::RunState state, int exit_code, std::string const& reason) {
  clear_line();
  status_.state = state;
  status_.exit_code = exit_code;
  status_.reason = reason;
  status_.updated_utc = os::utc_now();
  if (state != io::RunState::stopped) {
    status_.seconds_left = std::nullopt;
  }
  write();
}

void Progress::clear_line() {
  if (is_terminal_ && has_line_) {
    std::fprintf(stderr, "\r\x1b[K");
    has_line_ = false;
  }
}

bool Progress::is_superseded() const noexcept {
  try {
    return io::read_run_status(directory_ / "status.json").epoch > status_.epoch;
  } catch (std::exception const&) {
    return false;  // there is none yet
  }
}

void Progress::write() noexcept {
  if (directory_.empty()) {
    return;
  }
  try {
    if (!is_superseded()) {
      os::replace_text(directory_ / "status.json", io::sealed(io::run_status_json(status_)));
    }
  } catch (std::exception const& error) {
    // The journal will fail as well, and that is not overlooked.
    core::log_debug(std::string("status.json: ") + error.what());
  }
}

}  // namespace toyfarm::run
