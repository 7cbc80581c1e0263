#include <chrono>
#include <memory>
#include <random>
#include <set>
#include <span>

#include <fmt/core.h>
#include <unistd.h>

#include "toyfarm/core/log.hpp"
#include "toyfarm/io/row_spool.hpp"
#include "toyfarm/kernels/isa.hpp"
#include "toyfarm/parallel/farm.hpp"

#include "app/commands.hpp"
#include "app/output.hpp"
#include "app/prepare.hpp"
#include "app/publish_run.hpp"
#include "app/report.hpp"
#include "app/workers.hpp"

namespace toyfarm::app {

struct Opening {
  Prepared prepared;
  std::filesystem::path run_directory;  ///< empty when only -o was asked for
  std::string run_id;
  std::unique_ptr<io::RowSpool> rows;
};

void OpeningDeleter::operator()(Opening* opening) const {
  delete opening;
}

namespace {

using core::ExitCode;
using Clock = std::chrono::steady_clock;

/// A share of the work as it is sent to a rank: toy range and threads.
struct Share {
  core::ToyRange range;
  int threads = 1;
};

std::string encode_shares(parallel::Plan const& plan) {
  std::string bytes;
  for (auto const& rank : plan.ranks) {
    bytes += fmt::format("{} {} {}\n", rank.range.first.value, rank.range.count, rank.threads);
  }
  return bytes;
}

Share decode_share(std::string const& bytes, int rank) {
  std::size_t begin = 0;
  for (int i = 0; i < rank; ++i) {
    begin = bytes.find('\n', begin) + 1;
  }
  Share share;
  char* end = nullptr;
  share.range.first.value = std::strtoull(bytes.c_str() + begin, &end, 10);
  share.range.count = std::strtoull(end, &end, 10);
  share.threads = static_cast<int>(std::strtol(end, nullptr, 10));
  return share;
}

/// Blocks are at least long enough for the threads to wait little for the last of them.
constexpr std::uint64_t toys_per_thread = 4;

parallel::FarmTask farm_task(Workers& workers, core::ToyRange mine, Opening* opening) {
  parallel::FarmTask task;
  task.mine = mine;
  task.row_words = record::row_words(workers.layout());
  task.least = toys_per_thread * workers.n_threads();
  task.most = std::max<std::uint64_t>(task.least, record::rows_per_block(workers.layout()));
  task.run = [&](core::ToyRange toys, std::span<std::uint64_t> rows) { workers.run(toys, rows); };
  if (opening != nullptr) {
    task.n_total = opening->prepared.range.count;
    task.take = [opening](std::span<std::uint64_t const> rows) { opening->rows->put(rows); };
  }
  return task;
}

/// How a rank's share went, as it is gathered: start, end, seconds, ISA, one a line.
std::string encode_run(std::string const& start, double seconds) {
  return fmt::format("{}\n{}\n{:.9g}\n{}\n", start, utc_now(), seconds, kernels::isa_name());
}

io::RankRun decode_run(std::string const& text,
                       parallel::RankPlan const& plan,
                       parallel::RankReport const& report) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    auto const end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  io::RankRun run;
  run.index = static_cast<std::uint64_t>(plan.rank);
  run.host = plan.host;
  run.weight = plan.weight;
  run.threads = plan.threads;
  run.range = plan.range;
  run.n_done = plan.range.count;
  run.status = "ok";
  run.logical_cores = report.logical_cores;
  run.physical_cores = report.physical_cores;
  run.cpuset = report.cpuset;
  run.binding = "cpuset";
  run.cpu_model = report.cpu_model;
  run.pid = report.pid;
  run.start_utc = lines.at(0);
  run.end_utc = lines.at(1);
  run.elapsed_s = std::strtod(lines.at(2).c_str(), nullptr);
  run.isa = lines.at(3);
  return run;
}

std::vector<std::filesystem::path> input_files(Input const& input) {
  std::vector<std::filesystem::path> files{input.spec.path};
  for (auto const& entry : input.files) {
    files.emplace_back(entry.path);
  }
  return files;
}

/// Where rows wait on disk for the end of the run: beside its files, or where temporary files go.
std::filesystem::path spool_folder(std::filesystem::path const& run_directory) {
  if (!run_directory.empty()) {
    return run_directory;
  }
  std::error_code error;
  auto folder = std::filesystem::temp_directory_path(error);
  if (error) {
    throw core::RuntimeFailure(
        ExitCode::cannot_create,
        "there is no folder for temporary files (" + error.message() + "); set TMPDIR to one");
  }
  return folder;
}

Opening open_run(ToysOptions const& options) {
  Opening opening{
      prepare(options), {}, options.run_id.empty() ? default_run_id() : options.run_id, nullptr};
  check_run_id(opening.run_id);
  for (auto const& file : {options.output, options.json_metrics}) {
    if (file) {
      check_output(*file, options.force, input_files(opening.prepared.input));
    }
  }
  if (options.out_dir || !options.output) {
    auto const& spec = opening.prepared.input.spec;
    auto const name =
        "spec" + (spec.path.has_extension() ? spec.path.extension().string() : ".json");
    opening.run_directory =
        make_run_directory(options.out_dir.value_or("runs"), opening.run_id, name, spec.text);
  }
  opening.rows = std::make_unique<io::RowSpool>(
      spool_folder(opening.run_directory), opening.prepared.study.layout(), opening.prepared.range);
  return opening;
}

/// Exit code of `work`; its error, if any, is logged.
template <class Work>
ExitCode code_of(Work&& work) {
  try {
    return work();
  } catch (core::Error const& error) {
    core::log_error(error.what());
    return error.code();
  }
}

/// Rank 0's code on every rank. @collective
ExitCode shared_code(parallel::Job const& job, ExitCode mine) {
  std::string byte(1, static_cast<char>(mine));
  job.broadcast(byte);
  return static_cast<ExitCode>(static_cast<unsigned char>(byte[0]));
}

/// The plan's part of a job, as rank 0 sends it.
struct Orders {
  parallel::Plan plan;  ///< rank 0 only
  std::string setup;
  std::string shares;
};

Orders give_orders(ToysOptions const& options,
                   parallel::Job const& job,
                   Opening const* opening,
                   std::vector<parallel::RankReport> const& reports) {
  Orders orders;
  if (job.rank() == 0) {
    orders.plan =
        parallel::make_plan(reports, opening->prepared.range, options.weight_mode, options.threads);
    for (auto const& warning : orders.plan.warnings) {
      core::log_warn(warning);
    }
    orders.setup = encode_setup(opening->prepared);
    orders.shares = encode_shares(orders.plan);
  }
  job.broadcast(orders.setup);
  job.broadcast(orders.shares);
  return orders;
}

/// Random toys of a range, a function of the seed.
std::vector<core::ToyId> choose_toys(core::ToyRange range, std::uint64_t n, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::set<std::uint64_t> chosen;
  while (chosen.size() < std::min(n, range.count)) {
    chosen.insert(range.first.value + random() % range.count);
  }
  std::vector<core::ToyId> toys;
  for (auto const toy : chosen) {
    toys.push_back({toy});
  }
  return toys;
}

io::VerificationEntry verify(Workers& workers, std::vector<core::ToyId> const& toys) {
  io::VerificationEntry out{toys.size()};
  for (auto const& difference : workers.verify(toys)) {
    out.nll = std::max(out.nll, difference.nll);
    out.shift = std::max(out.shift, difference.shift);
    out.n_other_status += difference.same_status ? 0U : 1U;
    out.passed = out.passed && difference.as_promised;
  }
  return out;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

Opened open_toys(ToysOptions const& options) {
  Opened opened;
  opened.code = code_of([&] {
    opened.opening.reset(new Opening(open_run(options)));
    return ExitCode::success;
  });
  return opened;
}

ExitCode run_toys(ToysOptions const& options, parallel::Job const& job, Opened const& opened) {
  auto const start_utc = utc_now();
  auto const start = Clock::now();
  if (auto const code = shared_code(job, opened.code); code != ExitCode::success) {
    return code;
  }
  auto* const opening = opened.opening.get();
  auto const reports = job.gather(parallel::local_report());
  auto const orders = give_orders(options, job, opening, reports);
  auto const setup = decode_setup(orders.setup, options);
  auto const share_start_utc = utc_now();
  auto const share_start = Clock::now();
  auto const share = decode_share(orders.shares, job.rank());
  Workers workers(setup, share.threads);
  parallel::Farm farm(job, farm_task(workers, share.range, opening));
  farm.run();
  auto const run = encode_run(share_start_utc, seconds_since(share_start));
  farm.finish();
  auto const runs = job.gather(run);
  ExitCode verdict = ExitCode::success;
  if (job.rank() == 0) {
    verdict = code_of([&] {
      RunResult result{opening->prepared,
                       *opening->rows,
                       {},
                       start_utc,
                       seconds_since(start),
                       job.library(),
                       opening->run_id,
                       opening->run_directory,
                       {}};
      if (options.verify > 0) {
        result.verification =
            verify(workers, choose_toys(opening->prepared.range, options.verify, options.seed));
      }
      for (std::size_t i = 0; i < runs.size(); ++i) {
        result.ranks.push_back(decode_run(runs[i], orders.plan.ranks[i], reports[i]));
      }
      return publish_run(options, result);
    });
  }
  return shared_code(job, verdict);
}

ExitCode run_dry(ToysOptions const& options) {
  auto const prepared = prepare(options);
  std::vector<parallel::RankReport> const reports{parallel::local_report()};
  auto const plan =
      parallel::make_plan(reports, prepared.range, options.weight_mode, options.threads);
  print(plan_table(plan, reports));
  for (auto const& warning : plan.warnings) {
    core::log_warn(warning);
  }
  return ExitCode::success;
}

ExitCode run_only_toy(ToysOptions const& options) {
  auto const prepared = prepare(options);
  if (!options.dump_events.empty()) {
    check_output(options.dump_events, options.force, input_files(prepared.input));
  }
  auto setup = decode_setup(encode_setup(prepared), options);
  if (!options.dump_events.empty()) {
    setup.engine = study::EngineChoice::eventwise;  // only then are there events to write
  }
  study::ToyRunner runner(setup);
  core::ToyId const toy{*options.only_toy};
  print(toy_table(prepared.study, runner.run(toy)));
  if (!options.dump_events.empty()) {
    publish_toy_events(options.dump_events, prepared.study, setup.model, toy, runner);
  }
  return ExitCode::success;
}

}  // namespace toyfarm::app
