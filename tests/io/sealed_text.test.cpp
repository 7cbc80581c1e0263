#include "toyfarm/io/sealed_text.hpp"

#include <gtest/gtest.h>

#include "support/scratch.hpp"

namespace toyfarm::io {
namespace {

using test::Scratch;
using test::thrown_by;

std::string const text = "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"poi\": 0.5\n}\n";

bool is_refused(std::string const& changed) {
  return thrown_by([&] { static_cast<void>(is_sealed(changed, "m.json")); }).code ==
         core::ExitCode::bad_data;
}

// The law: a sealed text in which one bit is another is refused, or it is no longer taken for a
// sealed one and all bits outside of the seal are right.
TEST(SealedText, is_refused_with_any_bit_flipped_that_is_not_in_its_seal_f1) {
  auto const whole = sealed(text);
  ASSERT_TRUE(is_sealed(whole, "m.json"));
  auto const n_above = whole.find("  \"sha256_of_lines_above\"");
  ASSERT_NE(n_above, std::string::npos);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      auto changed = whole;
      changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ (1U << bit));
      EXPECT_TRUE(is_refused(changed) || i >= n_above) << "bit " << bit << " of byte " << i;
    }
  }
}

TEST(SealedText, keeps_the_text_and_tells_the_digest_of_all_lines_above_the_last) {
  auto const whole = sealed(text);
  auto const above = text.substr(0, text.size() - 3) + ",\n";
  EXPECT_EQ(whole, above + "  \"sha256_of_lines_above\": \"" + core::sha256_hex(above) + "\"\n}\n");
}

TEST(SealedText, does_not_depend_on_how_the_text_is_cut) {
  for (std::size_t step = 1; step <= text.size(); ++step) {
    std::string out;
    os::TextSink const sink = [&](std::string_view piece) { out += piece; };
    Sealer sealer(sink);
    for (std::size_t i = 0; i < text.size(); i += step) {
      sealer.take(std::string_view(text).substr(i, step));
    }
    sealer.finish();
    EXPECT_EQ(out, sealed(text)) << step;
  }
}

TEST(SealedText, without_a_seal_is_taken_as_older_versions_wrote_it) {
  EXPECT_FALSE(is_sealed(text, "m.json"));
  EXPECT_FALSE(is_sealed("", "m.json"));
  EXPECT_FALSE(is_sealed("{}\n", "m.json"));
}

TEST(SealedText, may_end_in_more_lines) {
  EXPECT_TRUE(is_sealed(sealed(text) + "\r\n\n", "m.json"));
}

TEST(SealedText, names_the_file_that_was_altered) {
  Scratch const scratch;
  auto changed = sealed(text);
  changed.replace(changed.find("0.5"), 3, "0.6");
  test::spill(scratch / "status.json", changed);
  auto const refused =
      thrown_by([&] { static_cast<void>(read_sealed_text(scratch / "status.json")); });
  EXPECT_EQ(refused.code, core::ExitCode::bad_data);
  EXPECT_TRUE(refused.says("status.json: is damaged or was altered")) << refused;
}

TEST(SealedText, is_of_json_objects_only) {
  EXPECT_EQ(thrown_by([] { static_cast<void>(sealed("[1]\n")); }).code, core::ExitCode::internal);
}

}  // namespace
}  // namespace toyfarm::io
