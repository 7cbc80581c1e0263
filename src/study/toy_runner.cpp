#include "toyfarm/study/toy_runner.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "toyfarm/core/mixed_bits.hpp"

#include "study/toy_search.hpp"

namespace toyfarm::study {
namespace {

constexpr int n_jittered_starts = 4;
constexpr double jitter_fraction = 0.1;  // of a range, by half of the starts
constexpr double far_fraction = 0.5;     // by the others

}  // namespace

fit::Starts other_starts(model::Model const& model,
                         std::vector<double> const& first,
                         std::uint64_t seed,
                         core::ToyId toy) {
  fit::Starts starts;
  // Fixed and unused parameters stay where the toy was generated, wherever the fit starts.
  auto const add = [&](auto&& value_of) {
    std::vector<double> start = first;
    for (std::size_t j = 0; j < start.size(); ++j) {
      auto const& p = model.parameters[j];
      if (!p.fixed && p.used) {
        start[j] = std::clamp(value_of(j), p.lower, p.upper);
      }
    }
    if (start != first) {
      starts.push_back(std::move(start));
    }
  };
  add([&](std::size_t j) { return model.parameters[j].init; });
  std::vector<double> deviates(first.size());
  for (int attempt = 1; attempt <= n_jittered_starts; ++attempt) {
    toys::jitter(seed, toy, static_cast<std::uint32_t>(attempt), deviates);
    add([&](std::size_t j) {
      double const range = model.parameters[j].upper - model.parameters[j].lower;
      double const fraction = attempt <= n_jittered_starts / 2 ? jitter_fraction : far_fraction;
      return first[j] + (std::isfinite(range) ? fraction * range * deviates[j] : 0.0);
    });
  }
  return starts;
}

void set_fit(fit::FitResult const& fit, record::FitRecord& record) {
  record.status = fit.status;
  record.values = fit.values;
  record.errors = fit.errors;
  record.held = fit.held;
  record.nll = fit.nll;
  record.initial_nll = fit.initial_nll;
  record.edm = fit.edm;
  record.gradient_norm = fit.gradient_norm;
  record.iterations = fit.iterations;
  record.attempts = fit.attempts;
  record.won = fit.won;
  record.next_end = fit.next_end;
}

std::uint64_t StudySetup::stream_seed() const noexcept {
  return point_key == 0 ? seed : core::mixed_bits(core::mixed_bits(seed) ^ point_key);
}

ToyRunner::ToyRunner(StudySetup const& setup)
    : setup_(&setup),
      eventwise_(setup.model, {}),
      certificate_(setup.model),
      compressed_(setup.max_refinements + 1),
      weak_(weak_groups(setup.model, setup.tables)),
      settled_(setup.hypotheses.size()),
      centres_(setup.model.constraints.size()) {
  if (tries_nodes() || !weak_.empty()) {
    auto coarse = std::make_unique<Compressed>(setup, 0);
    if (coarse->generator.has_nodes()) {
      compressed_[0] = std::move(coarse);
    }
  }
}

void ToyRunner::draw_centres(core::ToyId toy) {
  auto const& model = setup_->model;
  if (setup_->constraints == record::ConstraintMode::randomize) {
    toys::global_observables(model, setup_->truth, setup_->stream_seed(), toy, centres_);
  } else {
    std::transform(
        model.constraints.begin(), model.constraints.end(), centres_.begin(), [](auto const& c) {
          return c->observed();
        });
  }
}

ToyRunner::Engine::Engine(model::Model const& model, std::span<model::NodeCells const> nodes)
    : nll(model, nodes), minimiser(nll) {}
ToyRunner::Engine::~Engine() = default;
ToyRunner::~ToyRunner() = default;

bool ToyRunner::tries_nodes() const noexcept {
  return setup_->engine != EngineChoice::eventwise;
}

// The search looks at the same, whatever is fitted: trees of cells where there are some.
fit::FitResult ToyRunner::search(Engine& engine, core::ToyId toy) {
  auto const* looked_at = &engine.sample;
  if (&engine == &eventwise_ && compressed_[0]) {
    looked_at = &compressed_[0]->engine.sample;
    if (sampled_ != toy) {
      compressed_[0]->generator.run(setup_->stream_seed(), toy, compressed_[0]->engine.sample);
    }
  }
  if (!engine.search) {
    engine.search = std::make_unique<ToySearch>(engine.nll, weak_, setup_->truth);
  }
  return engine.search->run({*looked_at, [&]() -> model::Sample const& {
                               return &engine == &eventwise_ ? eventwise_.sample : draw_events(toy);
                             }});
}

bool ToyRunner::fits_in_memory() const {
  double bytes = 0;
  for (auto const& channel : setup_->tables.channels) {
    bytes += channel.expected * static_cast<double>(channel.n_observables * sizeof(double));
  }
  return bytes <= setup_->max_event_memory;
}

void ToyRunner::begin(core::ToyId toy) {
  draw_centres(toy);
  sampled_.reset();
  std::ranges::fill(settled_, 0);
  record_.toy = toy;
  record_.fits.resize(settled_.size());
  record_.global_observables = centres_;
}

bool ToyRunner::all_settled() const noexcept {
  return std::ranges::all_of(settled_, [](auto settled) { return settled != 0; });
}

void ToyRunner::run_eventwise(core::ToyId toy) {
  toys::generate(setup_->tables, setup_->stream_seed(), toy, eventwise_.sample);
  fit_all(eventwise_, toy);
}

// False where only finer cells or the events can tell.
bool ToyRunner::run_compressed(unsigned refinement, core::ToyId toy) {
  auto& compressed = compressed_[refinement];
  if (!compressed) {
    compressed = std::make_unique<Compressed>(*setup_, refinement);
    compressed->engine.nll.set_fineness(std::ldexp(1, static_cast<int>(refinement)));
  }
  auto& engine = compressed->engine;
  compressed->generator.run(setup_->stream_seed(), toy, engine.sample);
  if (refinement == 0) {
    sampled_ = toy;
  }
  fit_all(engine, toy);
  return all_settled();
}

record::ToyRecord const& ToyRunner::run(core::ToyId toy) {
  begin(toy);
  if (!tries_nodes() || !compressed_[0]) {
    run_eventwise(toy);
    return record_;
  }
  for (refinement_ = 0; refinement_ < compressed_.size(); ++refinement_) {
    if (run_compressed(refinement_, toy)) {
      return record_;
    }
    bool const finer_cells_help = std::ranges::any_of(
        record_.fits, [](auto const& fit) { return fit.status == core::FitStatus::uncertified; });
    if (!finer_cells_help || !compressed_[refinement_]->generator.can_refine()) {
      break;
    }
  }
  if (setup_->engine == EngineChoice::automatic && fits_in_memory()) {
    run_eventwise(toy);
  }
  return record_;
}

record::ToyRecord const& ToyRunner::run_by_events(core::ToyId toy) {
  begin(toy);
  run_eventwise(toy);
  return record_;
}

model::Sample const& ToyRunner::draw_events(core::ToyId toy) {
  toys::generate(setup_->tables, setup_->stream_seed(), toy, events_);
  return events_;
}

std::uint64_t ToyRunner::generate(core::ToyId toy) {
  bool const by_nodes = tries_nodes() && compressed_[0];
  auto& engine = by_nodes ? compressed_[0]->engine : eventwise_;
  if (by_nodes) {
    compressed_[0]->generator.run(setup_->stream_seed(), toy, engine.sample);
  } else {
    toys::generate(setup_->tables, setup_->stream_seed(), toy, engine.sample);
  }
  std::uint64_t n = 0;
  for (auto const& channel : engine.sample.channels) {
    n += channel.n_events;
  }
  return n;
}

}  // namespace toyfarm::study
