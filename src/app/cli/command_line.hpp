#pragma once
#include <string>
#include <variant>
#include <vector>

#include "app/cli/options.hpp"

namespace toyfarm::app {

/// What a command line asks for, besides a subcommand's options.
struct CommandLine {
  std::variant<FitOptions,
               NllOptions,
               QuestionOptions,
               AsimovOptions,
               ToysOptions,
               BenchOptions,
               batch::MergeOrder,
               RenderOptions,
               SubmitOptions,
               CollectOptions,
               SweepRenderOptions,
               SweepOptions,
               run::PublishOrder,
               StatusOptions,
               ReportOptions,
               HostsOptions,
               PreflightOptions,
               PlanOptions>
      options;
  core::LogLevel log_level = core::LogLevel::info;
  std::vector<std::string> job_words;  ///< for a job that this process starts over hosts
};

/// --help or --version: text for standard output and nothing to do.
struct JustText {
  std::string text;
};

/// Parses. Throws core::UsageError.
[[nodiscard]] std::variant<CommandLine, JustText> parse_command_line(int argc,
                                                                     char const* const* argv);

}  // namespace toyfarm::app
