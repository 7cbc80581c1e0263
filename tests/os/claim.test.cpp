#include "toyfarm/os/claim.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "support/child.hpp"
#include "support/scratch.hpp"

namespace toyfarm::os {
namespace {

using test::Child;
using test::Scratch;
using When = OutputClaim::WhenTaken;

/// Holds the claim until it is told to end.
auto holder_of(std::filesystem::path const& output) {
  return [output](Child::Line line) {
    OutputClaim const claim(output, When::refuse);
    line.say();
    static_cast<void>(line.hear());
    return 0;
  };
}

TEST(OutputClaim, makes_missing_folders_and_removes_those_that_stay_empty) {
  Scratch const scratch;
  {
    OutputClaim const claim(scratch / "a/b/out.json", When::refuse);
    EXPECT_TRUE(std::filesystem::is_directory(scratch / "a/b"));
  }
  EXPECT_FALSE(std::filesystem::exists(scratch / "a"));
  {
    OutputClaim const claim(scratch / "a/out.json", When::refuse);
    test::spill(scratch / "a/out.json", "{}");
  }
  EXPECT_TRUE(std::filesystem::exists(scratch / "a/out.json"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "a/.out.json.claim"));
}

TEST(OutputClaim, refuses_a_name_that_another_process_has_until_that_is_gone) {
  Scratch const scratch;
  Child other(holder_of(scratch / "out.json"));
  ASSERT_TRUE(other.line().hear());
  auto const thrown =
      test::thrown_by([&] { OutputClaim const claim(scratch / "out.json", When::refuse); });
  EXPECT_EQ(thrown.code, core::ExitCode::cannot_create);
  EXPECT_TRUE(thrown.says("another process writes it")) << thrown;
  other.kill();
  EXPECT_NO_THROW(OutputClaim(scratch / "out.json", When::refuse));
}

TEST(OutputClaim, of_a_sibling_waits_for_the_other_before_it_refuses) {
  Scratch const scratch;
  Child first(holder_of(scratch / "out.json"));
  ASSERT_TRUE(first.line().hear());
  Child second([&](Child::Line line) {
    line.say();
    auto const thrown = test::thrown_by(
        [&] { OutputClaim const claim(scratch / "out.json", When::wait_and_refuse); });
    line.say();
    return thrown.code == core::ExitCode::cannot_create ? 0 : 1;
  });
  ASSERT_TRUE(second.line().hear());
  auto const begin = std::chrono::steady_clock::now();
  ::usleep(200'000);
  first.line().say();
  EXPECT_EQ(first.wait(), 0);
  EXPECT_TRUE(second.line().hear());
  EXPECT_EQ(second.wait(), 0);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(200));
}

}  // namespace
}  // namespace toyfarm::os
