#include "toyfarm/study/setup_codec.hpp"

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

#include "support/scratch.hpp"
#include "support/shared.hpp"

namespace toyfarm::study {
namespace {

SetupNote note() {
  auto const path = test::source_folder() / "tests/data/two_channels.json";
  auto const model = model::build_model(spec::read_spec(path, spec::UnknownFields::refuse));
  SetupNote note;
  note.spec_path = path.string();
  note.spec_text = test::slurp(path);
  note.unknown = spec::UnknownFields::warn;
  note.truth = model.init();
  note.seed = 0xfedcba9876543210U;
  note.constraints = record::ConstraintMode::fixed;
  note.engine = EngineChoice::eventwise;
  note.max_event_memory = 3e6;
  note.tables = toys::serialise(toys::build_tables(model, note.truth));
  return note;
}

TEST(SetupCodec, gives_a_setup_of_what_the_note_says) {
  auto const told = note();
  auto const setup = decode_setup(encode_setup(told));
  EXPECT_EQ(setup.truth, told.truth);
  EXPECT_EQ(setup.model.parameters.size(), told.truth.size());
  EXPECT_EQ(setup.seed, told.seed);
  EXPECT_EQ(setup.constraints, told.constraints);
  EXPECT_EQ(setup.engine, told.engine);
  EXPECT_EQ(setup.max_event_memory, told.max_event_memory);
  EXPECT_EQ(toys::serialise(setup.tables), told.tables);
}

TEST(SetupCodec, refuses_bytes_that_are_cut_or_go_on_or_name_no_known_word) {
  auto const bytes = encode_setup(note());
  auto const is_refused = [](std::string const& wrong) {
    return test::thrown_by([&] { static_cast<void>(decode_setup(wrong)); }).code ==
           core::ExitCode::internal;
  };
  for (std::size_t n = 0; n < bytes.size(); n += 1 + n / 20) {
    EXPECT_TRUE(is_refused(bytes.substr(0, n))) << n;
  }
  EXPECT_TRUE(is_refused(bytes + "x"));
  auto other = bytes;
  other[other.find("eventwise")] = 'x';
  EXPECT_TRUE(test::thrown_by([&] {
                static_cast<void>(decode_setup(other));
              }).says("made by a program that knows 'xventwise'"));
  std::string huge(16, '\xff');
  EXPECT_TRUE(is_refused(huge));
}

}  // namespace
}  // namespace toyfarm::study
