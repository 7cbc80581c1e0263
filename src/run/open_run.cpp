#include "toyfarm/run/open_run.hpp"

#include <utility>

#include "toyfarm/core/log.hpp"
#include "toyfarm/run/event_files.hpp"
#include "toyfarm/run/output.hpp"
#include "toyfarm/run/planned_hosts.hpp"
#include "toyfarm/run/prepare.hpp"
#include "toyfarm/run/saved_run.hpp"

namespace toyfarm::run {
namespace fs = std::filesystem;
namespace {

/// Where rows wait on disk when there is no run directory: where temporary files go.
fs::path temporary_folder() {
  std::error_code error;
  auto folder = fs::temp_directory_path(error);
  if (error) {
    throw core::RuntimeFailure(
        core::ExitCode::cannot_create,
        "there is no folder for temporary files (" + error.message() + "); set TMPDIR to one");
  }
  return folder;
}

io::JournalHeader header_of(OpenRun const& run) {
  return {run.study,
          run.range,
          run.order.shard,
          run.run_id,
          record_text(run.order, run.data),
          run.setup};
}

std::string run_id_of(Order const& order) {
  return order.to.run_id.empty() ? default_run_id() : order.to.run_id;
}

OpenRun begin(Order const& order) {
  auto const prepared = prepare(order.request);
  require_poi(order.conduct.guardrails, prepared.study);
  require_event_memory(prepared.tables, prepared.study, order);
  OpenRun run{order,
              prepared.study,
              record::range_of(order.shard, prepared.study.n_toys),
              prepared.input.files,
              {},
              run_id_of(order),
              encode_setup(prepared, order.request),
              plan_options(order),
              nullptr,
              input_files(prepared.input)};
  check_run_id(run.run_id);
  return run;
}

/// What must be so for toys of another process to be the same ones as here.
void check_same_study(record::StudyInfo const& journal, Input const& input, fs::path const& place) {
  auto const refuse = [&](std::string const& what) {
    throw core::DataError(place.string(), what + "; its toys cannot be mixed with new ones");
  };
  if (spec::model_hash(input.spec) != journal.model_hash) {
    refuse("the spec in it is not the one that the run was begun with");
  }
  if (input.data_hash != journal.data_hash) {
    refuse("the event data have changed since the run was begun");
  }
}

void check_arithmetic(record::StudyInfo const& journal, fs::path const& place) {
  auto const here = own_arithmetic();
  if (here != journal.arithmetic) {
    throw core::DataError(
        place.string(),
        "the run was begun on machines of arithmetic class '" + journal.arithmetic +
            "', this one is '" + here +
            "': toys would differ in their last digits. Go on with it on such a machine" +
            (here == "fma" ? ", or with the environment variable TOYFARM_ISA=sse4" : ""));
  }
}

/// Begins a run, or a shard, of a study that was frozen: neither spec nor data are read.
OpenRun begin_frozen(Order const& now) {
  fs::path const file(now.study);
  auto const journal = io::Journal::open(file, io::JournalAccess::read);
  auto const& header = journal->header();
  if (header.shard || journal->size() > 0) {
    throw core::DataError(file.string(), "this is the journal of a run, not a frozen study");
  }
  check_arithmetic(header.study, file);
  auto const saved = saved_run(header, file);
  auto const order = order_of_study(saved, now);
  require_event_memory(study::decode_setup(header.setup).tables, header.study, order);
  OpenRun run{order,
              header.study,
              record::range_of(order.shard, header.study.n_toys),
              saved.data,
              {},
              run_id_of(order),
              header.setup,
              plan_options(order),
              nullptr,
              {file}};
  check_run_id(run.run_id);
  return run;
}

void extend(OpenRun& run, std::uint64_t n_toys) {
  if (run.order.shard) {
    throw core::UsageError("--extend-to: this run is a shard; extend the whole study instead");
  }
  if (n_toys < run.study.n_toys) {
    throw core::UsageError("--extend-to " + std::to_string(n_toys) + ": the run has " +
                           std::to_string(run.study.n_toys) + " toys already");
  }
  if (n_toys > run.study.n_toys) {
    run.journal->extend(n_toys);
    run.study.n_toys = n_toys;
    run.range.count = n_toys;
    run.order.request.n_toys = n_toys;
  }
}

void tell_damage(io::JournalDamage const& damage) {
  if (damage.torn_bytes > 0) {
    core::log_info("the journal ends in " + std::to_string(damage.torn_bytes) +
                   " bytes of a block that was being written; they were cut off");
  }
  if (damage.n_bad_regions > 0) {
    core::log_warn("the journal was damaged in " + std::to_string(damage.n_bad_regions) +
                   " places (" + std::to_string(damage.bad_bytes) +
                   " bytes): the toys there run again, and the damaged file is kept beside it");
  }
  if (damage.n_fenced_frames > 0) {
    core::log_warn("the journal has " + std::to_string(damage.n_fenced_frames) +
                   " blocks of a process that another had taken over from; they do not count");
  }
}

OpenRun resume(Order const& order) {
  auto const access =
      order.resume.take_over ? io::JournalAccess::take_over : io::JournalAccess::append;
  auto run = open_journal(order.resume.directory, access);
  run.order = resumed_order(std::move(run.order), order);
  run.sharing = plan_options(run.order);
  check_arithmetic(run.study, run.directory);
  if (run.order.study.empty()) {
    auto const input = read_input(run.order.request.input);
    check_same_study(run.study, input, run.directory);
    run.inputs = input_files(input);
    run.data = input.files;
  }
  return run;
}

}  // namespace

std::vector<fs::path> input_files(Input const& input) {
  std::vector<fs::path> files{input.spec.path};
  for (auto const& entry : input.files) {
    files.emplace_back(entry.path);
  }
  return files;
}

OpenRun open_journal(fs::path const& directory, io::JournalAccess access) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    throw core::RuntimeFailure(core::ExitCode::no_input,
                               directory.string() + ": there is no such run directory");
  }
  auto journal = io::Journal::open(directory / journal_name, access);
  tell_damage(journal->damage());
  auto const& header = journal->header();
  auto saved = saved_run(header, directory);
  OpenRun run{std::move(saved.order),
              header.study,
              header.range,
              std::move(saved.data),
              directory,
              header.run_id,
              header.setup,
              {},
              std::move(journal),
              {}};
  return run;
}

OpenRun open_run(Order const& order) {
  RunBegin const begun;
  auto run = !order.resume.directory.empty() ? resume(order)
             : order.study.empty()           ? begin(order)
                                             : begin_frozen(order);
  run.begun = begun;
  return run;
}

void make_places(OpenRun& run) {
  auto const& order = run.order;
  for (auto const& file : {order.to.output, order.to.json_metrics}) {
    if (file) {
      run.claims.push_back(claim_output(*file, order.to.force, run.inputs));
    }
  }
  if (run.journal) {
    if (order.resume.extend_to) {
      extend(run, *order.resume.extend_to);
    }
    return;
  }
  if (!order.conduct.save_events.empty() && !order.to.force) {
    refuse_event_files_of(run.range, order.conduct.save_events);
  }
  static_cast<void>(event_files(order.conduct));  // what cannot be made is told here
  auto const header = header_of(run);
  if (!order.to.out_dir && order.to.output) {
    run.journal = io::Journal::create_unnamed(temporary_folder(), header);
    return;
  }
  run.directory = make_run_directory(
      order.to.out_dir.value_or("runs"), run.run_id, [&](fs::path const& folder) {
        os::publish_text(folder / spec_copy_name(order.request.input.config), run.study.spec_text);
        run.journal = io::Journal::create(folder / journal_name, header);
      });
  run.journal->renamed(run.directory / journal_name);
}

void freeze_study(Prepared const& prepared, Order const& order, fs::path const& file) {
  static_cast<void>(io::Journal::create(file,
                                        {prepared.study,
                                         {{0}, order.request.n_toys},
                                         std::nullopt,
                                         "study",
                                         record_text(order, prepared.input.files),
                                         encode_setup(prepared, order.request)}));
}

}  // namespace toyfarm::run
