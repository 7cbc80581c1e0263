#include "toyfarm/run/toy_farm.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "toyfarm/core/log.hpp"
#include "toyfarm/core/sha256.hpp"
#include "toyfarm/core/thread_team.hpp"
#include "toyfarm/run/prepare.hpp"
#include "toyfarm/study/layout.hpp"

#include "run/lead.hpp"
#include "run/rounds.hpp"

namespace toyfarm::run {
namespace fs = std::filesystem;

using core::ExitCode;

struct ToyFarm::Ranks {
  std::vector<parallel::RankReport> reports;
  Watchdog watchdog;
  bool are_gone = false;  ///< some were lost
};

namespace {

/// First 64 bits of SHA-256 of model and values: toys of a point do not depend on other points.
std::uint64_t key_of(std::string const& model_hash, std::vector<double> const& truth) {
  auto text = model_hash;
  text.append(reinterpret_cast<char const*>(truth.data()), truth.size() * sizeof(double));
  return std::stoull(core::sha256_hex(text).substr(0, 16), nullptr, 16) | 1U;
}

/// Tables of a point; where another model is fitted, of which it knows nothing, without a part for
/// weak peaks.
toys::GenerationTables tables_of(Input const& input, ToyOrder const& order, std::size_t point) {
  auto const& truth = order.points[point].truth;
  auto const path = input.spec.path.string();
  auto tables = study::build_layout(input.model, truth, path, 1);
  bool const has_weak = std::ranges::any_of(
      tables.channels, [](auto const& channel) { return !channel.weak.empty(); });
  return has_weak && order.fitted != nullptr ? toys::build_tables(input.model, truth, path)
                                             : std::move(tables);
}

study::EnsembleNote note_of(Input const& input,
                            ToySettings const& settings,
                            std::string const& model_hash,
                            ToyOrder const& order) {
  study::EnsembleNote note;
  auto const& fitted = order.fitted != nullptr ? *order.fitted : input;
  note.common.spec_path = "spec";  // wherever it lies: a copy of it has the same toys
  note.common.spec_text = fitted.spec.text;
  note.common.unknown = spec::UnknownFields::warn;
  note.common.seed = settings.seed;
  note.common.constraints = settings.constraints;
  note.common.engine = settings.engine;
  note.common.max_event_memory = study::StudySetup().max_event_memory;
  note.points.resize(order.points.size());
  core::parallel_for(order.points.size(), core::usable_threads(), [&](std::size_t p, int) {
    auto const& point = order.points[p];
    note.points[p] = {
        order.fitted != nullptr ? start_of_fitted(input, *order.fitted, point.truth) : point.truth,
        toys::serialise(tables_of(input, order, p)),
        key_of(model_hash, point.truth),
        point.first,
        point.n_toys,
        point.hypotheses};
  });
  return note;
}

std::uint64_t n_toys_of(ToyOrder const& order) {
  std::uint64_t n = 0;
  for (auto const& point : order.points) {
    n += point.n_toys;
  }
  return n;
}

/// The ensemble as a run of toys, not yet with a journal.
OpenRun open(Input const& input,
             ToySettings const& settings,
             Conduct const& conduct,
             ToyOrder const& order) {
  Request request;
  request.n_toys = n_toys_of(order);
  request.seed = settings.seed;
  request.constraints = settings.constraints;
  request.engine = settings.engine;
  OpenRun run;
  auto const& fitted = order.fitted != nullptr ? *order.fitted : input;
  auto const& truth = order.points.front().truth;
  run.study = describe(
      fitted, request, order.fitted != nullptr ? start_of_fitted(input, fitted, truth) : truth);
  run.study.hypotheses = order.hypotheses;
  run.setup = study::encode_ensemble(note_of(input, settings, spec::model_hash(input.spec), order));
  run.study.layout_hash = core::sha256_hex(run.setup);
  run.range = {{0}, request.n_toys};
  run.order.request = std::move(request);
  run.order.conduct = conduct;
  run.run_id = order.name;
  run.sharing.weight_mode = conduct.weight_mode;
  run.sharing.threads = parallel::thread_policy(conduct.threads);
  return run;
}

/// The journal of an ensemble: an old one where it is of the same toys.
std::unique_ptr<io::Journal> journal_of(OpenRun const& run, fs::path const& directory) {
  io::JournalHeader const header{run.study, run.range, std::nullopt, run.run_id, "", run.setup};
  if (directory.empty()) {
    return io::Journal::create_unnamed(fs::temp_directory_path(), header);
  }
  auto const file = directory / (run.run_id + ".toyfarm");
  std::error_code error;
  if (!fs::exists(file, error)) {
    return io::Journal::create(file, header);
  }
  auto journal = io::Journal::open(file, io::JournalAccess::append);
  if (journal->header().setup != run.setup || journal->header().range != run.range) {
    throw core::DataError(file.string(),
                          "holds toys of other points or hypotheses than this question asks for");
  }
  return journal;
}

}  // namespace

namespace {

/// Whether two models have the same constraints, so that toys of one have global observables for
/// the other.
bool same_constraints(model::Model const& a, model::Model const& b) {
  auto const same = [&](auto const& x, auto const& y) {
    auto const at = [](auto const& constraint, double shift) {
      return constraint->nll(constraint->observed() + shift, constraint->observed()).value;
    };
    return a.parameters[x->parameter()].name == b.parameters[y->parameter()].name &&
           x->observed() == y->observed() && at(x, 0) == at(y, 0) && at(x, 1e-3) == at(y, 1e-3) &&
           at(x, -1e-3) == at(y, -1e-3);
  };
  return std::ranges::equal(a.constraints, b.constraints, same);
}

}  // namespace

std::vector<double> start_of_fitted(Input const& input,
                                    Input const& fitted,
                                    std::vector<double> const& truth) {
  auto const refuse = [&](std::string const& what) -> void {
    throw core::SpecError(fitted.spec.path, "/channels", what + " as " + input.spec.path.string());
  };
  auto const& a = input.model;
  auto const& b = fitted.model;
  if (a.channels.size() != b.channels.size()) {
    refuse("has not as many channels");
  }
  for (std::size_t c = 0; c < a.channels.size(); ++c) {
    auto const same = [](auto const& x, auto const& y) {
      return x.name == y.name && x.bounds.lower == y.bounds.lower &&
             x.bounds.upper == y.bounds.upper;
    };
    if (a.channels[c].name != b.channels[c].name || a.channels[c].in_fit != b.channels[c].in_fit ||
        !std::ranges::equal(a.channels[c].observables, b.channels[c].observables, same)) {
      refuse("has not the same channels with the same observables");
    }
  }
  auto start = b.init();
  auto const poi = a.poi ? b.index_of(a.parameters[*a.poi].name) : std::nullopt;
  if (!poi || poi != b.poi) {
    refuse("has not the same POI");
  }
  if (!same_constraints(a, b)) {
    refuse(
        "has not the same constraints, in the same order, so that its toys' global observables are "
        "not its own,");
  }
  for (auto const& constraint : a.constraints) {
    auto const j = constraint->parameter();
    start[b.index_of(a.parameters[j].name).value()] = truth[j];
  }
  start[*poi] = truth[*a.poi];
  return start;
}

ToyFarm::ToyFarm(parallel::Job const& job,
                 Input const& input,
                 ToySettings settings,
                 Conduct conduct,
                 fs::path directory)
    : job_(job),
      input_(input),
      settings_(settings),
      conduct_(std::move(conduct)),
      directory_(std::move(directory)),
      ranks_(std::make_unique<Ranks>()) {
  ranks_->reports = gather_reports(job, conduct_.weight_mode);
}
ToyFarm::~ToyFarm() = default;

std::unique_ptr<io::Journal> ToyFarm::run(ToyOrder const& order) {
  auto run = open(input_, settings_, conduct_, order);
  run.journal = journal_of(run, directory_);
  n_toys_ += run.range.count;
  if (run.journal->size() == run.range.count) {
    return std::move(run.journal);
  }
  Lead lead(job_, run, ranks_->reports);
  auto const orders = share_orders(job_, lead.threads(), lead.orders());
  auto const ensemble = study::decode_ensemble(orders.setup);
  Workers workers(ensemble, orders.threads);
  auto const end = lead.run_round(task_of(workers, orders, conduct_, ranks_->watchdog));
  ranks_->watchdog.rest();
  ranks_->are_gone = end.has_lost_ranks;
  if (end.failure) {
    throw core::Error(*end.failure);
  }
  if (!end.stop_reason.empty()) {
    throw core::RuntimeFailure(static_cast<ExitCode>(conduct_.checkpoint_exit_code),
                               "stopped by " + end.stop_reason);
  }
  if (end.has_lost_ranks) {
    throw core::RuntimeFailure(ExitCode::stopped, "ranks were lost");
  }
  return std::move(run.journal);
}

int ToyFarm::end(int code) {
  if (!ranks_->are_gone) {
    static_cast<void>(share_orders(job_, {}, {.code = orders_end(code)}));
  }
  return leave(job_, ranks_->watchdog, code, ranks_->are_gone, false);
}

int serve_toys(parallel::Job const& job, Conduct const& conduct) {
  Watchdog watchdog;
  static_cast<void>(gather_reports(job, conduct.weight_mode));
  auto control = conduct;
  control.time_limit = std::nullopt;  // rank 0's: it stops all
  for (;;) {
    watchdog.rest();  // rank 0 may fit data for long
    auto const orders = share_orders(job, {}, {});
    if (orders.code != 0) {
      return leave(job, watchdog, exit_code_of(orders), false, false);
    }
    auto const ensemble = study::decode_ensemble(orders.setup);
    Workers workers(ensemble, orders.threads);
    parallel::Member member(job, task_of(workers, orders, control, watchdog));
    auto const end = member.run();
    // A toy that others have run meanwhile may still be under way: the member waits for it.
    if (end.code != next_round || end.has_lost_ranks) {
      auto const code = end.code == next_round ? static_cast<int>(ExitCode::stopped) : end.code;
      return leave(job, watchdog, code, end.has_lost_ranks, end.is_busy);
    }
  }
}

}  // namespace toyfarm::run
