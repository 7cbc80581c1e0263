#include "toyfarm/os/program.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "support/scratch.hpp"

namespace toyfarm::os {
namespace {

namespace fs = std::filesystem;

TEST(Program, is_found_as_the_system_would_find_it) {
  test::Scratch const scratch;
  fs::create_directories(scratch / "a/tool");  // a folder is none
  fs::create_directories(scratch / "b");
  test::spill(scratch / "b/tool", "#!/bin/sh\n");
  std::string const before = std::getenv("PATH");
  ::setenv("PATH", (":" + (scratch / "a").string() + ":" + (scratch / "b").string()).c_str(), 1);
  EXPECT_EQ(find_program("tool"), std::nullopt) << "may not be run";
  fs::permissions(scratch / "b/tool", fs::perms::owner_all);
  EXPECT_EQ(find_program("tool"), scratch / "b/tool");
  EXPECT_EQ(find_program("other"), std::nullopt);
  EXPECT_EQ(find_program((scratch / "b/tool").string()), scratch / "b/tool");
  EXPECT_EQ(find_program((scratch / "c/tool").string()), std::nullopt);
  ::setenv("PATH", before.c_str(), 1);
  EXPECT_TRUE(find_program("sh"));
}

TEST(Program, of_its_own_is_this_one) {
  EXPECT_EQ(own_program().filename(), "test_os_program");
  EXPECT_TRUE(is_program(own_program()));
}

}  // namespace
}  // namespace toyfarm::os
