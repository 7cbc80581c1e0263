#include "toyfarm/batch/stage.hpp"

#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "support/scratch.hpp"

namespace toyfarm::batch {
namespace {

namespace fs = std::filesystem;
using core::ExitCode;
using test::Scratch;
using test::thrown_by;

fs::path self() {
  return fs::read_symlink("/proc/self/exe");
}

TEST(Stage, puts_a_program_and_its_libraries_but_not_those_of_the_c_library) {
  Scratch const scratch;

  auto const names = stage_program(self(), scratch.path()).files;

  // R3: only what is linked without MPI is called toyfarm-local.
  std::string const staged_program = "toyfarm";
  EXPECT_EQ(names.front(), staged_program);
  EXPECT_EQ(test::slurp(scratch / staged_program), test::slurp(self()));
  EXPECT_TRUE(fs::exists(scratch.path() / staged_libraries / "libstdc++.so.6"));
  EXPECT_FALSE(fs::is_symlink(scratch.path() / staged_libraries / "libstdc++.so.6"));
  for (auto const& name : names) {
    EXPECT_TRUE(fs::is_regular_file(scratch.path() / name)) << name;
    for (std::string const other : {"libc.so", "libm.so", "ld-linux", "linux-vdso"}) {
      EXPECT_EQ(name.find(other), std::string::npos) << name;
    }
  }
}

// The loader would fall back on this machine's libraries, so it is asked which it takes.
TEST(Stage, a_staged_program_runs_on_what_was_staged) {
  Scratch const scratch;
  auto const names = stage_program(self(), scratch.path()).files;
  auto const& staged_program = names.front();
  auto const folder = scratch.path().string();
  auto const command = "cd '" + folder + "' && env -i LD_LIBRARY_PATH=" + staged_libraries +
                       " LD_TRACE_LOADED_OBJECTS=1 ./" + staged_program + " >used 2>&1 && env -i " +
                       "LD_LIBRARY_PATH=" + staged_libraries + " ./" + staged_program +
                       " --gtest_list_tests >said 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0) << test::slurp(scratch / "said");
  auto const used = test::slurp(scratch / "used");
  for (auto const& name : names) {
    if (name != staged_program) {
      EXPECT_NE(used.find("=> " + name + " ("), std::string::npos) << name << "\n" << used;
    }
  }
}

TEST(Stage, takes_the_program_without_mpi_when_there_is_one) {
  Scratch const scratch;
  fs::create_directory(scratch / "bin");
  fs::create_directory(scratch / "run");
  test::spill(scratch / "bin/toyfarm", "#!/bin/sh\n");
  EXPECT_EQ(program_to_stage(scratch / "bin/toyfarm"), scratch / "bin/toyfarm");
  fs::copy_file(self(), scratch / "bin/toyfarm-local");
  EXPECT_EQ(program_to_stage(scratch / "bin/toyfarm"), scratch / "bin/toyfarm-local");

  auto const staged = stage_program(scratch / "bin/toyfarm", scratch / "run");

  EXPECT_EQ(staged.files.front(), "toyfarm-local");
  EXPECT_EQ(staged.source, scratch / "bin/toyfarm-local");
  EXPECT_FALSE(staged.links_mpi);
  EXPECT_EQ(test::slurp(scratch / "run/toyfarm-local"), test::slurp(self()));
}

TEST(Stage, refuses_what_is_no_program) {
  Scratch const scratch;
  test::spill(scratch / "script", "#!/bin/sh\nexec toyfarm \"$@\"\n");
  for (auto const& file : {scratch / "script", scratch / "nothing"}) {
    auto const thrown = thrown_by([&] { (void)stage_program(file, scratch.path()); });
    EXPECT_EQ(thrown.code, ExitCode::usage) << thrown;
    EXPECT_TRUE(thrown.says(file.string())) << thrown;
  }
  EXPECT_FALSE(fs::exists(scratch / "toyfarm"));
}

TEST(Stage, names_a_directory_that_it_cannot_write_into) {
  Scratch const scratch;
  auto const thrown = thrown_by([&] { (void)stage_program(self(), scratch / "missing"); });
  EXPECT_EQ(thrown.code, ExitCode::cannot_create) << thrown;
  EXPECT_TRUE(thrown.says("missing")) << thrown;
}

}  // namespace
}  // namespace toyfarm::batch
