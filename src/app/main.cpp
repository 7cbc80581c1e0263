#include <chrono>
#include <exception>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/hosts/mpirun.hpp"
#include "toyfarm/hosts/origin.hpp"
#include "toyfarm/kernels/isa.hpp"
#include "toyfarm/os/process.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/parallel/job.hpp"
#include "toyfarm/run/collective.hpp"

#include "app/cli/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/launch.hpp"

namespace {

using namespace toyfarm;
using core::ExitCode;

constexpr std::chrono::seconds time_for_rank_0{3};

/// Exit code of the exception being handled, its message logged.
ExitCode report_exception() {
  try {
    throw;
  } catch (core::Error const& error) {
    core::log_error(error.what());
    return error.code();
  } catch (std::bad_alloc const&) {
    core::log_error("out of memory");
  } catch (std::exception const& error) {
    core::log_error(std::string("internal error: ") + error.what());
  } catch (...) {
    core::log_error("internal error of unknown kind");
  }
  return ExitCode::internal;
}

ExitCode run_plain(app::CommandLine const& line) {
  if (auto const* fit = std::get_if<app::FitOptions>(&line.options)) {
    return app::run_fit(*fit);
  }
  if (auto const* nll = std::get_if<app::NllOptions>(&line.options)) {
    return app::run_nll(*nll);
  }
  if (auto const* asimov = std::get_if<app::AsimovOptions>(&line.options)) {
    return app::run_asimov(*asimov);
  }
  if (auto const* merge = std::get_if<batch::MergeOrder>(&line.options)) {
    return app::run_merge(*merge);
  }
  if (auto const* render = std::get_if<app::RenderOptions>(&line.options)) {
    return app::run_render(*render);
  }
  if (auto const* submit = std::get_if<app::SubmitOptions>(&line.options)) {
    return app::run_submit(*submit);
  }
  if (auto const* render = std::get_if<app::SweepRenderOptions>(&line.options)) {
    return app::run_sweep_render(*render);
  }
  if (auto const* sweep = std::get_if<app::SweepOptions>(&line.options)) {
    return app::run_sweep(*sweep);
  }
  if (auto const* collect = std::get_if<app::CollectOptions>(&line.options)) {
    return app::run_collect(*collect);
  }
  if (auto const* status = std::get_if<app::StatusOptions>(&line.options)) {
    return app::run_status(*status);
  }
  if (auto const* report = std::get_if<app::ReportOptions>(&line.options)) {
    return app::run_report(*report);
  }
  if (auto const* bench = std::get_if<app::BenchOptions>(&line.options)) {
    return app::run_bench(*bench);
  }
  if (auto const* hosts = std::get_if<app::HostsOptions>(&line.options)) {
    return app::run_hosts(*hosts);
  }
  if (auto const* plan = std::get_if<app::PlanOptions>(&line.options)) {
    return app::run_plan(*plan);
  }
  auto const& toys = std::get<app::ToysOptions>(line.options);
  return toys.dry_run ? app::run_dry(toys) : app::run_only_toy(toys);
}

int run_alone(app::CommandLine const& line) {
  auto const* publish = std::get_if<run::PublishOrder>(&line.options);
  return publish ? run::publish_journal(*publish) : static_cast<int>(run_plain(line));
}

/// True for the commands that every rank of a job has a part in.
bool is_collective(app::CommandLine const& line) {
  if (std::holds_alternative<app::PreflightOptions>(line.options) ||
      std::holds_alternative<app::QuestionOptions>(line.options)) {
    return true;
  }
  auto const* toys = std::get_if<app::ToysOptions>(&line.options);
  return toys != nullptr && !toys->dry_run && !toys->only_toy;
}

// A rank that fails alone must end the others: they may be waiting for it in a collective.
int run_collective(app::CommandLine const& line,
                   hosts::Origin const& origin,
                   int& argc,
                   char**& argv) {
  std::vector<std::string> const words(argv + 1, argv + argc);  // before MPI takes some of its own
  auto const* toys = std::get_if<app::ToysOptions>(&line.options);
  auto const* question = std::get_if<app::QuestionOptions>(&line.options);
  bool const opens = origin.rank() == 0;
  auto opened = opens && toys != nullptr ? app::open_toys(*toys) : app::Opened{};
  auto asked = opens && question != nullptr ? app::open_question(*question) : app::OpenedQuestion{};
  parallel::Job const job(
      origin.asks_mpi ? parallel::Job::Kind::mpi : parallel::Job::Kind::single, argc, argv);
  try {
    hosts::require_whole(origin, job.size(), parallel::mpi_library());
    if (auto const code = run::require_same_words(job, words); code != ExitCode::success) {
      return static_cast<int>(code);
    }
    if (question != nullptr) {
      return app::run_question(*question, job, std::move(asked));
    }
    return toys != nullptr ? app::run_toys(*toys, job, std::move(opened))
                           : static_cast<int>(app::run_preflight(
                                 std::get<app::PreflightOptions>(line.options), job));
  } catch (...) {
    auto const code = static_cast<int>(report_exception());
    if (job.size() > 1) {
      job.abort(code);
    }
    return code;
  }
}

int run_program(int argc, char** argv, hosts::Origin const& origin) {
  bool const speaks = origin.rank() == 0;
  try {
    // Every rank parses the same words and makes the same mistake: one of them says so.
    core::configure_log(speaks ? core::LogLevel::info : core::LogLevel::off, "");
    auto const parsed = app::parse_command_line(argc, argv);
    if (auto const* text = std::get_if<app::JustText>(&parsed)) {
      os::print(text->text);
      return 0;
    }
    auto const& line = std::get<app::CommandLine>(parsed);
    core::configure_log(line.log_level, "");
    if (!kernels::select_isa()) {
      throw core::UsageError(
          "the environment variable TOYFARM_ISA names no instruction set that this CPU has "
          "(avx512, avx2, sse4, generic)");
    }
    if (!is_collective(line)) {
      return run_alone(line);
    }
    core::configure_log(line.log_level,
                        speaks ? "" : "rank " + std::to_string(origin.rank()) + ": ");
    if (!origin.asks_mpi) {
      hosts::require_whole(origin, 1, parallel::mpi_library());
      auto const launched = app::launch_over_hosts(line);
      if (launched) {
        return *launched;
      }
    }
    if (origin.may_end_in_mpi) {
      core::log_info(origin.claims.front().told_by + ": asking " + parallel::mpi_library() +
                     " for the others. If it ends here, it does not know this launcher: use its "
                     "own mpirun, or srun --mpi=pmix");
    }
    return run_collective(line, origin, argc, argv);
  } catch (...) {
    if (!speaks) {
      // The launcher ends the job at the first failure: let rank 0 be it, if it failed too.
      std::this_thread::sleep_for(time_for_rank_0);
      core::configure_log(core::LogLevel::info, "rank " + std::to_string(origin.rank()) + ": ");
    }
    return static_cast<int>(report_exception());
  }
}

}  // namespace

int main(int argc, char** argv) {
  os::begin_process();
  auto const origin = hosts::find_origin(parallel::mpi_library());
  hosts::tell_begun();
  int const code = run_program(argc, argv, origin);
  if (origin.rank() == 0) {
    hosts::leave_exit_code(code);
    hosts::tell_verdict(code);
  }
  return code;
}
