// How jobs begin and end, seen from outside: exit codes, no hang, no MPI where none is wanted.
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace {

struct Ended {
  int code = -1;
  double seconds = 0;
  std::string output;
};

Ended run(std::string const& command) {
  auto const start = std::chrono::steady_clock::now();
  Ended ended;
  auto* const pipe = popen((command + " 2>&1").c_str(), "r");
  std::array<char, 256> line{};
  while (std::fgets(line.data(), line.size(), pipe)) {
    ended.output += line.data();
  }
  int const status = pclose(pipe);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ended.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return ended;
}

std::string setting(char const* name) {
  char const* const value = std::getenv(name);
  return value ? value : "";
}

std::string mpirun(int ranks, std::string const& options = "") {
  return "timeout -k 1 60 " + setting("TOYFARM_MPIEXEC") + " -n " + std::to_string(ranks) +
         options + " " + setting("JOB_PROGRAM");
}

bool said(Ended const& ended, std::string const& text) {
  return ended.output.find(text) != std::string::npos;
}

class JobEnd : public testing::Test {
 protected:
  void SetUp() override { ASSERT_FALSE(setting("JOB_PROGRAM").empty()) << "run by ctest"; }
};

}  // namespace

TEST_F(JobEnd, is_success_when_all_ranks_return) {
  auto const ended = run(mpirun(3) + " mpi");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(said(ended, "2 3 2 "));
}

// schwimmbad#23, emcee#151, mpi4py#223: a rank that is gone must not leave the others waiting.
TEST_F(JobEnd, gives_the_code_of_the_rank_that_aborts_whichever_it_is) {
  for (int const rank : {0, 1, 2}) {
    auto const ended = run(mpirun(3) + " mpi " + std::to_string(rank) + " 65");
    EXPECT_EQ(ended.code, 65) << ended.output;
    EXPECT_LT(ended.seconds, 15);
    EXPECT_TRUE(said(ended, "said before the end")) << ended.output;
  }
}

// desispec#2209: the same for an exception that nobody caught.
TEST_F(JobEnd, fails_without_a_hang_when_an_exception_leaves_main) {
  auto const ended = run(mpirun(3) + " throw 1");
  EXPECT_NE(ended.code, 0);
  EXPECT_NE(ended.code, 124) << "hung";
  EXPECT_LT(ended.seconds, 15);
}

TEST_F(JobEnd, needs_no_launcher_daemon_when_single) {
  // Open MPI would look for orted and its session folder; neither can be found here.
  auto const ended =
      run("env -i PATH=/nonexistent TMPDIR=/nonexistent " + setting("JOB_PROGRAM") + " single");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(ended.output.starts_with("0 1 0 none\n")) << ended.output;
}

TEST_F(JobEnd, makes_no_second_job_of_a_single_rank_under_mpirun) {
  auto const ended = run(mpirun(2) + " single");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(said(ended, "0 1 0 none"));
}

TEST_F(JobEnd, gives_the_code_and_what_was_said_when_a_single_job_aborts) {
  auto const ended = run("env -i " + setting("JOB_PROGRAM") + " single 0 76");
  EXPECT_EQ(ended.code, 76);
  EXPECT_EQ(ended.output, "said before the end\n");
}

// root#17344: one core used where many were meant, and nobody said so. mpirun binds like this by
// default.
TEST_F(JobEnd, tells_how_to_undo_a_binding_that_leaves_cores_idle) {
  if (std::thread::hardware_concurrency() < 2) {
    GTEST_SKIP() << "SKIPPED: a single processing unit leaves none idle";
  }
  auto const bound = run(mpirun(1, " --bind-to core"));
  EXPECT_EQ(bound.code, 0) << bound.output;
  EXPECT_TRUE(said(bound, "rank 0 is bound to one core")) << bound.output;
  EXPECT_TRUE(said(bound, "--bind-to none"));
  auto const free = run(mpirun(1, " --bind-to none"));
  EXPECT_FALSE(said(free, "bound to one core")) << free.output;
  EXPECT_TRUE(
      said(free, "rank 0: " + std::to_string(std::thread::hardware_concurrency()) + " threads"))
      << free.output;
}
