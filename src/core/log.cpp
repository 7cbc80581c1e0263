#include "toyfarm/core/log.hpp"

#include <memory>

#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/printable.hpp"

namespace toyfarm::core {
namespace {

constexpr std::size_t most_lines_kept = 1000;

// spdlog keeps its loggers in a registry of its own, so this file needs no global of ours.
spdlog::logger& logger() {
  if (auto existing = spdlog::get("toyfarm")) {
    return *existing;
  }
  auto made = spdlog::stderr_logger_mt("toyfarm");
  made->sinks().push_back(std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(most_lines_kept));
  made->set_pattern("toyfarm: %l: %v");
  return *made;
}

spdlog::level::level_enum translate(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      break;
  }
  return spdlog::level::off;
}

/// Messages quote names and values from outside.
std::string one_line(std::string const& message) {
  constexpr std::size_t longest = 4000;
  return printable(message, longest);
}

}  // namespace

void configure_log(LogLevel level, std::string_view prefix) {
  logger().set_level(translate(level));
  logger().set_pattern("toyfarm: " + std::string(prefix) + "%l: %v");
}

LogLevel log_level(std::string_view word) {
  if (word == "debug" || word == "trace") {
    return LogLevel::debug;
  }
  if (word == "info") {
    return LogLevel::info;
  }
  if (word == "warn" || word == "warning") {
    return LogLevel::warn;
  }
  if (word == "error") {
    return LogLevel::error;
  }
  if (word == "off") {
    return LogLevel::off;
  }
  throw UsageError("--log-level: '" + std::string(word) +
                   "' is none of debug, info, warn, error, off");
}

std::string logged_so_far() {
  std::string text;
  for (auto const& sink : logger().sinks()) {
    if (auto* const kept = dynamic_cast<spdlog::sinks::ringbuffer_sink_mt*>(sink.get())) {
      for (auto const& line : kept->last_formatted()) {
        text += line;
      }
    }
  }
  return text;
}

void log_debug(std::string const& message) {
  logger().debug(one_line(message));
}
void log_info(std::string const& message) {
  logger().info(one_line(message));
}
void log_warn(std::string const& message) {
  logger().warn(one_line(message));
}
void log_error(std::string const& message) {
  logger().error(one_line(message));
}

}  // namespace toyfarm::core
