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

std::string encode_setup(SetupNote const& note) {
  auto copy = note;
  core::ByteWriter writer;
  writer(copy);
  return writer.take();
}

StudySetup decode_setup(std::string_view bytes) {
  SetupNote note;
  core::ByteReader reader(bytes, "a study's set-up was");
  reader(note);
  reader.finish();
  StudySetup setup;
  auto const spec = spec::parse_spec(note.spec_text, note.spec_path, note.unknown);
  setup.model = model::build_model(spec, note.unknown);
  setup.truth = std::move(note.truth);
  setup.tables = toys::deserialise(note.tables);
  setup.seed = note.seed;
  setup.constraints = note.constraints;
  setup.engine = note.engine;
  setup.max_event_memory = note.max_event_memory;
  return setup;
}

}  // namespace toyfarm::study
