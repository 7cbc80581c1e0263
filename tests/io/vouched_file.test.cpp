#include "toyfarm/io/vouched_file.hpp"

#include <gtest/gtest.h>

#include "toyfarm/core/sha256.hpp"
#include "toyfarm/io/run_manifest.hpp"
#include "toyfarm/io/sealed_text.hpp"

#include "support/scratch.hpp"

namespace toyfarm::io {
namespace {

namespace fs = std::filesystem;
using core::ExitCode;
using test::Scratch;
using test::spill;
using test::Thrown;
using test::thrown_by;

std::string const content = "rows of toys\n";

std::string entry_text(std::string const& name, std::string const& text) {
  return R"({"name": ")" + name + R"(", "sha256": ")" + core::sha256_hex(text) + R"(", "bytes": )" +
         std::to_string(text.size()) + "}";
}

/// A manifest of a run that names a file of that content.
std::string manifest_of(std::string const& name, std::string const& text) {
  return sealed("{\n  \"exit_code\": 0,\n  \"files\": [" + entry_text(name, text) + "]\n}\n");
}

Thrown opening(fs::path const& file) {
  return thrown_by([&] { static_cast<void>(open_vouched(file)); });
}

TEST(VouchedFile, is_opened_when_its_manifest_names_it_and_all_is_well) {
  Scratch const scratch;
  spill(scratch / "toys.h5", content);
  spill(scratch / "manifest.json", manifest_of("toys.h5", content));
  auto const file = open_vouched(scratch / "toys.h5");
  EXPECT_TRUE(file.is_vouched());
  EXPECT_EQ(file.text(), content);
}

TEST(VouchedFile, is_refused_with_any_bit_flipped_f1) {
  Scratch const scratch;
  spill(scratch / "manifest.json", manifest_of("toys.h5", content));
  for (std::size_t i = 0; i < content.size(); i += 3) {
    auto changed = content;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    spill(scratch / "toys.h5", changed);
    auto const refused = opening(scratch / "toys.h5");
    EXPECT_EQ(refused.code, ExitCode::bad_data);
    EXPECT_TRUE(refused.says("is not the file that manifest.json names")) << refused;
  }
}

TEST(VouchedFile, is_refused_when_it_is_longer_or_shorter) {
  Scratch const scratch;
  spill(scratch / "manifest.json", manifest_of("toys.h5", content));
  for (auto const& other : {content + "\n", content.substr(1), std::string()}) {
    spill(scratch / "toys.h5", other);
    EXPECT_TRUE(opening(scratch / "toys.h5").says("bytes, not 13"));
  }
}

TEST(VouchedFile, is_refused_when_its_manifest_is_damaged) {
  Scratch const scratch;
  spill(scratch / "toys.h5", content);
  auto damaged = manifest_of("toys.h5", content);
  damaged[damaged.find("exit_code") + 12] = '1';
  spill(scratch / "manifest.json", damaged);
  EXPECT_TRUE(opening(scratch / "toys.h5").says("manifest.json: is damaged or was altered"));
}

TEST(VouchedFile, is_refused_when_the_manifest_of_its_run_does_not_name_it) {
  Scratch const scratch;
  spill(scratch / "manifest.json", manifest_of("merged.out.json", content));
  spill(scratch / "toys.h5", content);
  EXPECT_EQ(opening(scratch / "toys.h5").code, ExitCode::bad_data);
}

TEST(VouchedFile, of_a_shard_is_named_by_the_manifest_of_the_shard) {
  Scratch const scratch;
  spill(scratch / "shard_3.toys.h5", content);
  spill(scratch / "shard_3.out.json", content);
  spill(scratch / "shard_3.manifest.json",
        sealed("{\n  \"files\": [" + entry_text("toys.h5", content) + "],\n  \"outputs\": [" +
               entry_text("shard_3.out.json", content) + "]\n}\n"));
  spill(scratch / "manifest.json", manifest_of("toys.h5", "of another run"));
  for (auto const* const name : {"shard_3.toys.h5", "shard_3.out.json"}) {
    EXPECT_TRUE(open_vouched(scratch / name).is_vouched()) << name;
    spill(scratch / name, "rows of tOys\n");
    EXPECT_TRUE(opening(scratch / name).says("shard_3.manifest.json names")) << name;
  }
}

TEST(VouchedFile, of_a_merged_result_is_named_by_the_result) {
  Scratch const scratch;
  for (auto const& [table, result] : {std::pair("toys.h5", "merged.out.json"),
                                      std::pair("a.toys.h5", "a.out.json"),
                                      std::pair("b.toys.h5", "b.json")}) {
    spill(scratch / table, content);
    EXPECT_FALSE(open_vouched(scratch / table).is_vouched()) << table;
    spill(scratch / result,
          sealed("{\n  \"merge\": {\"sources\": [1], \"table\": " + entry_text(table, content) +
                 "}\n}\n"));
    EXPECT_TRUE(open_vouched(scratch / table).is_vouched()) << table;
    spill(scratch / table, "rows of tOys\n");
    EXPECT_TRUE(opening(scratch / table).says(result)) << table;
  }
}

TEST(VouchedFile, without_anything_beside_it_is_opened_and_called_unvouched) {
  Scratch const scratch;
  spill(scratch / "toys.h5", content);
  EXPECT_FALSE(open_vouched(scratch / "toys.h5").is_vouched());
  EXPECT_EQ(opening(scratch / "absent.h5").code, ExitCode::no_input);
  EXPECT_EQ(opening(scratch.path()).code, ExitCode::no_input);
}

TEST(VouchedFile, stays_the_same_when_another_takes_its_place) {
  Scratch const scratch;
  spill(scratch / "toys.h5", content);
  spill(scratch / "manifest.json", manifest_of("toys.h5", content));
  auto const file = open_vouched(scratch / "toys.h5");
  spill(scratch / "other", "rows of tOys\n");
  fs::rename(scratch / "other", scratch / "toys.h5");
  EXPECT_EQ(file.text(), content);
  EXPECT_EQ(test::slurp(file.handle()), content);
}

TEST(VouchedFile, says_so_when_it_was_written_to_while_it_was_read) {
  Scratch const scratch;
  spill(scratch / "toys.h5", content);
  auto const file = open_vouched(scratch / "toys.h5");
  file.require_unchanged();
  spill(scratch / "toys.h5", content + content);
  EXPECT_EQ(thrown_by([&] { file.require_unchanged(); }).code, ExitCode::io_error);
}

TEST(RunManifest, is_refused_when_a_file_it_names_lacks_size_or_digest) {
  Scratch const scratch;
  for (auto const* const text : {R"({"files": [{"name": "toys.h5", "sha256": "00"}]})",
                                 R"({"files": [{"name": "toys.h5", "bytes": 1}]})",
                                 R"({"files": 3})",
                                 "[1]",
                                 "{"}) {
    spill(scratch / "manifest.json", text);
    EXPECT_EQ(
        thrown_by([&] { static_cast<void>(read_run_manifest(scratch / "manifest.json")); }).code,
        ExitCode::bad_data)
        << text;
  }
}

}  // namespace
}  // namespace toyfarm::io
