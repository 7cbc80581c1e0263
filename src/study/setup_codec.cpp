#include "toyfarm/study/setup_codec.hpp"

#include <utility>

#include "toyfarm/core/archive.hpp"
#include "toyfarm/model/model.hpp"

namespace toyfarm::study {

/// The members, for both directions.
template <class Archive>
void visit(Archive& a, SetupNote& note) {
  a(note.spec_path, note.spec_text, note.unknown, note.truth, note.seed);
  a(note.constraints, note.engine, note.max_event_memory, note.tables);
}

template <class Archive>
void visit(Archive& a, Hold& hold) {
  a(hold.parameter, hold.value);
}
template <class Archive>
void visit(Archive& a, Hypothesis& hypothesis) {
  a(hypothesis.held);
}
template <class Archive>
void visit(Archive& a, PointNote& point) {
  a(point.truth, point.tables, point.key, point.first, point.n_toys, point.hypotheses);
}
template <class Archive>
void visit(Archive& a, EnsembleNote& note) {
  a(note.common, note.points);
}

namespace {

/// Begins the bytes of an ensemble; no spec has such a path.
constexpr std::string_view ensemble_mark = "\x01toyfarm ensemble 1";
constexpr auto what = "a study's set-up was";

StudySetup setup_of(SetupNote const& note) {
  StudySetup setup;
  auto const spec = spec::parse_spec(note.spec_text, note.spec_path, note.unknown);
  setup.model = model::build_model(spec, note.unknown);
  setup.model_hash = spec::model_hash(spec);
  setup.seed = note.seed;
  setup.constraints = note.constraints;
  setup.engine = note.engine;
  setup.max_event_memory = note.max_event_memory;
  return setup;
}

/// Throws where a point cannot be one of the model's.
void check(Ensemble const& ensemble, core::ByteReader const& reader) {
  for (auto const& [setup, first, n_toys] : ensemble.points) {
    auto const n = setup.model.parameters.size();
    bool good = setup.truth.size() == n && !setup.hypotheses.empty() &&
                setup.hypotheses.size() == ensemble.n_fits();
    for (auto const& hypothesis : setup.hypotheses) {
      for (auto const& hold : hypothesis.held) {
        good = good && hold.parameter < n;
      }
    }
    if (!good) {
      reader.fail();
    }
  }
}

}  // namespace

Ensemble::Place Ensemble::place_of(core::ToyId toy) const noexcept {
  auto left = toy.value;
  std::size_t p = 0;
  for (; p + 1 < points.size() && left >= points[p].n_toys; ++p) {
    left -= points[p].n_toys;
  }
  return {p, {points[p].first + left}};
}

std::string encode_ensemble(EnsembleNote const& note) {
  auto copy = note;
  std::string mark(ensemble_mark);
  core::ByteWriter writer;
  writer(mark, copy);
  return writer.take();
}

Ensemble decode_ensemble(std::string_view bytes) {
  constexpr auto size_bytes = sizeof(std::uint64_t);
  Ensemble out;
  if (bytes.size() < size_bytes || !bytes.substr(size_bytes).starts_with(ensemble_mark)) {
    out.points.push_back({decode_setup(bytes), 0, 0});
    return out;
  }
  EnsembleNote note;
  std::string mark;
  core::ByteReader reader(bytes, what);
  reader(mark, note);
  reader.finish();
  if (note.points.empty()) {
    reader.fail();
  }
  for (auto& point : note.points) {
    auto setup = setup_of(note.common);
    setup.truth = std::move(point.truth);
    setup.tables = toys::deserialise(point.tables);
    setup.point_key = point.key;
    setup.hypotheses = std::move(point.hypotheses);
    out.points.push_back({std::move(setup), point.first, point.n_toys});
  }
  check(out, reader);
  return out;
}

std::string encode_setup(SetupNote const& note) {
  auto copy = note;
  core::ByteWriter writer;
  writer(copy);
  return writer.take();
}

StudySetup decode_setup(std::string_view bytes) {
  SetupNote note;
  core::ByteReader reader(bytes, what);
  reader(note);
  reader.finish();
  auto setup = setup_of(note);
  setup.truth = std::move(note.truth);
  setup.tables = toys::deserialise(note.tables);
  return setup;
}

}  // namespace toyfarm::study
