#include "app/cli/run.hpp"

namespace toyfarm::app {
namespace {

double positive_seconds(std::string const& option, std::string const& word) {
  double const seconds = real(option, word);
  if (!(seconds > 0)) {
    throw core::UsageError(option + ": '" + word + "' is not a number of seconds > 0");
  }
  return seconds;
}

/// SECONDS, MM:SS, HH:MM:SS or D-HH:MM:SS, as batch systems write times.
double duration(std::string const& option, std::string const& word) {
  auto const dash = word.find('-');
  auto rest = dash == std::string::npos ? word : word.substr(dash + 1);
  double seconds = 0;
  int n_parts = 1;
  for (auto colon = rest.find(':'); colon != std::string::npos; colon = rest.find(':')) {
    seconds = (seconds + static_cast<double>(count(option, rest.substr(0, colon)))) * 60;
    rest.erase(0, colon + 1);
    ++n_parts;
  }
  if (n_parts == 1 && dash == std::string::npos) {
    return positive_seconds(option, word);
  }
  if (n_parts > 3 || (dash != std::string::npos && n_parts != 3)) {
    throw core::UsageError(option + ": '" + word +
                           "' is not of the form SECONDS, MM:SS, HH:MM:SS or D-HH:MM:SS");
  }
  seconds += static_cast<double>(count(option, rest));
  if (dash != std::string::npos) {
    seconds += 86400 * static_cast<double>(count(option, word.substr(0, dash)));
  }
  return seconds;
}

std::string directory(std::string const& option, std::vector<std::string> const& words) {
  if (words.size() != 1 || words.front().empty()) {
    throw core::UsageError(option + ": give one run directory");
  }
  return words.front();
}

}  // namespace

void bind_time_limit(Binder& b, run::Conduct& o) {
  b.text("--time-limit",
         "TIME: stop after this time since the start: seconds, MM:SS, HH:MM:SS or D-HH:MM:SS",
         [&o](std::string const& word) { o.time_limit = duration("--time-limit", word); });
}

void bind_conduct(Binder& b, run::Conduct& o) {
  b.role(Role::conduct);
  b.choice("--schedule",
           "ranks keep to their shares, or take over toys of slower ones when done (default)",
           o.schedule);
  b.text("--checkpoint-interval",
         "SECONDS: time between moments when all rows are made safe on disk (default 30)",
         [&o](std::string const& word) {
           o.checkpoint_interval = positive_seconds("--checkpoint-interval", word);
         });
  bind_time_limit(b, o);
  b.text(
      "--checkpoint-exit-code",
      "CODE: exit code of a run that was stopped and can be resumed (default 75)",
      [&o](std::string const& word) {
        auto const code = count("--checkpoint-exit-code", word);
        if (code == 0 || code > 255) {
          throw core::UsageError("--checkpoint-exit-code: '" + word + "' is not between 1 and 255");
        }
        o.checkpoint_exit_code = static_cast<int>(code);
      });
  b.text("--rank-timeout",
         "SECONDS: silence after which a rank is given up and its toys go to others (default 30, "
         "more for very many ranks)",
         [&o](std::string const& word) { o.patience = positive_seconds("--rank-timeout", word); });
  b.choice("--keep",
           "toys.h5 holds every toy (default), or no rows are left once the run is complete",
           o.keep);
  b.flag("--allow-partial", "missing toys are no failure; the result is marked partial", [&o] {
    o.allow_partial = true;
  });
}

void bind_resume(Binder& b, run::Continuation& o) {
  b.role(Role::command);
  b.text("--resume",
         "RUN_DIR: go on with the run in it; runs only toys that are missing",
         [&o](std::string const& word) { o.directory = directory("--resume", {word}); });
  b.text("--extend-to", "N: with --resume: toys of the whole study from now on", [&o](auto& word) {
    o.extend_to = count("--extend-to", word);
  });
  b.flag("--take-over",
         "with --resume: even though another process holds the journal, which is then fenced off",
         [&o] { o.take_over = true; });
}

void bind_publish(Binder& b, run::PublishOrder& o) {
  b.positional("run_directory", "of a run that was killed or stopped", [&o](auto const& words) {
    o.directory = directory("publish", words);
  });
  b.flag("--allow-partial", "missing toys are no failure", [&o] { o.allow_partial = true; });
  b.flag(
      "--take-over", "even though another process holds the journal", [&o] { o.take_over = true; });
}

void bind_status(Binder& b, StatusOptions& o) {
  b.positional("run_directory", "of a run", [&o](auto const& words) {
    o.directory = directory("status", words);
  });
  b.flag("--json", "print JSON", [&o] { o.json = true; });
}

}  // namespace toyfarm::app
