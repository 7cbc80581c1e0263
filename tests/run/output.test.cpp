#include "toyfarm/run/output.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

#include "support/scratch.hpp"

namespace toyfarm::run {
namespace {

namespace fs = std::filesystem;

class Outputs : public testing::Test {
 protected:
  void refuse(fs::path const& file, core::ExitCode code, std::vector<fs::path> const& inputs = {}) {
    try {
      static_cast<void>(claim_output(file.string(), false, inputs));
      ADD_FAILURE() << file << " was taken";
    } catch (core::Error const& error) {
      EXPECT_EQ(error.code(), code) << error.what();
    }
  }
  test::Scratch scratch_;
};

TEST_F(Outputs, are_refused_where_they_would_do_harm) {
  std::ofstream(scratch_ / "there") << "x";
  refuse("", core::ExitCode::usage);
  refuse(scratch_.path(), core::ExitCode::cannot_create);
  refuse(scratch_ / "there", core::ExitCode::cannot_create);
  refuse(scratch_ / "there", core::ExitCode::usage, {scratch_ / "there"});
  refuse(scratch_ / "there" / "below_a_file", core::ExitCode::cannot_create);
  EXPECT_NO_THROW(static_cast<void>(claim_output((scratch_ / "there").string(), true, {})));
  EXPECT_NO_THROW(static_cast<void>(claim_output((scratch_ / "new" / "file").string(), false, {})));
  EXPECT_NO_THROW(static_cast<void>(claim_output("-", false, {})));
}

TEST_F(Outputs, are_written_whole) {
  write_output((scratch_ / "file").string(), [](os::TextSink const& sink) {
    sink("one ");
    sink("two");
  });
  EXPECT_EQ(test::slurp(scratch_ / "file"), "one two");
}

TEST(RunId, is_a_plain_name) {
  EXPECT_NO_THROW(check_run_id("a-b_c.1"));
  EXPECT_NO_THROW(check_run_id(default_run_id()));
  EXPECT_NE(default_run_id(), default_run_id());
  for (char const* const bad : {"", ".a", "-a", "a/b", "a b", "ä", "$(x)"}) {
    EXPECT_THROW(check_run_id(bad), core::UsageError) << bad;
  }
}

TEST_F(Outputs, of_a_run_appear_together_or_not_at_all) {
  auto const fill = [](fs::path const& folder) { std::ofstream(folder / "a") << "x"; };
  EXPECT_EQ(make_run_directory(scratch_ / "runs", "r", fill), scratch_ / "runs" / "r");
  EXPECT_EQ(test::slurp(scratch_ / "runs" / "r" / "a"), "x");
  EXPECT_THROW(static_cast<void>(make_run_directory(scratch_ / "runs", "r", fill)),
               core::RuntimeFailure);
  EXPECT_THROW(static_cast<void>(make_run_directory(
                   scratch_ / "runs", "s", [](fs::path const&) { throw core::UsageError("no"); })),
               core::UsageError);
  std::size_t n = 0;
  for (auto const& entry : fs::directory_iterator(scratch_ / "runs")) {
    EXPECT_EQ(entry.path().filename(), "r");
    ++n;
  }
  EXPECT_EQ(n, 1U);
}

}  // namespace
}  // namespace toyfarm::run
