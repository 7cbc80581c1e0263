#include "toyfarm/os/file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "toyfarm/core/sha256.hpp"

#include "support/scratch.hpp"

namespace toyfarm::os {
namespace {

using test::Scratch;

TEST(ReadFile, gives_every_byte) {
  Scratch const scratch;
  std::string text(3'000'000, 'y');
  text[1'500'000] = '\0';
  test::spill(scratch / "a", text);
  test::spill(scratch / "empty", "");
  EXPECT_EQ(read_file(scratch / "a"), text);
  EXPECT_EQ(read_file(scratch / "empty"), "");
  EXPECT_EQ(read_if_there(scratch / "a"), text);
  EXPECT_EQ(read_if_there(scratch / "a", 5), "yyyyy");
}

TEST(ReadFile, reads_files_of_the_kernel_that_tell_no_size) {
  EXPECT_NE(read_file("/proc/self/status").find("VmSize"), std::string::npos);
}

TEST(ReadFile, refuses_what_is_no_file_without_opening_it) {
  Scratch const scratch;
  ASSERT_EQ(::mkfifo((scratch / "fifo").c_str(), 0600), 0);
  auto const fifo = test::thrown_by([&] { (void)read_file(scratch / "fifo"); });
  EXPECT_EQ(fifo.code, core::ExitCode::no_input);
  EXPECT_TRUE(fifo.says("is a FIFO, not a regular file")) << fifo;
  auto const absent = test::thrown_by([&] { (void)read_file(scratch / "absent"); });
  EXPECT_EQ(absent.code, core::ExitCode::no_input);
  EXPECT_TRUE(absent.says("absent: no such file")) << absent;
  EXPECT_EQ(read_if_there(scratch / "fifo"), std::nullopt);
  EXPECT_EQ(read_if_there(scratch / "absent"), std::nullopt);
  EXPECT_EQ(read_if_there(scratch.path()), std::nullopt);
}

TEST(Digest, is_the_sha256_and_size_of_a_file) {
  Scratch const scratch;
  std::string const text(200'000, 'y');
  test::spill(scratch / "a", text);
  EXPECT_EQ(digest(scratch / "a").sha256, core::sha256_hex(text));
  EXPECT_EQ(digest(scratch / "a").bytes, text.size());
  EXPECT_EQ(test::thrown_by([&] { (void)digest(scratch / "b"); }).code, core::ExitCode::no_input);
}

}  // namespace
}  // namespace toyfarm::os
