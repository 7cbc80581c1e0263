#include "toyfarm/os/publish.hpp"

#include <stdexcept>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/scratch.hpp"

namespace toyfarm::os {
namespace {

using test::Scratch;

std::size_t n_files(std::filesystem::path const& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder),
                                                std::filesystem::directory_iterator()));
}

TEST(Publish, puts_the_whole_text_in_place_and_leaves_nothing_else) {
  Scratch const scratch;
  publish_text(scratch / "a.json", "old");
  std::string const text(1U << 20U, 'x');
  publish_text(scratch / "a.json", text);
  EXPECT_EQ(test::slurp(scratch / "a.json"), text);
  EXPECT_EQ(n_files(scratch.path()), 1U);
}

// openmc_data#33: what is there is whole; a writer that fails leaves the old file.
TEST(Publish, keeps_the_old_file_when_the_writer_throws) {
  Scratch const scratch;
  publish_text(scratch / "a.json", "old");
  EXPECT_THROW(publish(scratch / "a.json",
                       [](std::filesystem::path const& temporary) {
                         test::spill(temporary, "half");
                         throw std::runtime_error("no");
                       }),
               std::runtime_error);
  EXPECT_EQ(test::slurp(scratch / "a.json"), "old");
  EXPECT_EQ(n_files(scratch.path()), 1U);
}

TEST(Publish, answers_73_where_a_file_cannot_be_made) {
  Scratch const scratch;
  EXPECT_EQ(test::thrown_by([&] { publish_text(scratch / "absent/a.json", "x"); }).code,
            core::ExitCode::cannot_create);
  std::filesystem::create_directory(scratch / "folder");
  EXPECT_EQ(test::thrown_by([&] { publish_text(scratch / "folder", "x"); }).code,
            core::ExitCode::cannot_create);
  ASSERT_EQ(::mkfifo((scratch / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(test::thrown_by([&] { publish_text(scratch / "fifo", "x"); }).code,
            core::ExitCode::cannot_create);
  EXPECT_EQ(n_files(scratch.path()), 2U);
}

TEST(Publish, answers_74_when_what_was_written_cannot_be_flushed) {
  Scratch const scratch;
  auto const thrown = test::thrown_by([&] {
    publish(scratch / "a",
            [&](std::filesystem::path const& temporary) { std::filesystem::remove(temporary); });
  });
  EXPECT_EQ(thrown.code, core::ExitCode::io_error) << thrown;
}

}  // namespace
}  // namespace toyfarm::os
