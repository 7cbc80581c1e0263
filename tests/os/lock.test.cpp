#include "toyfarm/os/lock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include "support/child.hpp"
#include "support/scratch.hpp"

namespace toyfarm::os {
namespace {

using test::Child;
using test::Scratch;

TEST(Lock, is_of_an_open_file_and_seen_without_being_taken) {
  Scratch const scratch;
  test::spill(scratch / "a", "x");
  auto const open_it = [&] { return Descriptor(::open((scratch / "a").c_str(), O_RDWR)); };
  auto const first = open_it();
  EXPECT_FALSE(is_locked(scratch / "a"));
  EXPECT_EQ(try_lock(first.get()), LockAnswer::locked);
  EXPECT_TRUE(is_locked(scratch / "a"));
  auto const second = open_it();
  EXPECT_EQ(try_lock(second.get()), LockAnswer::held);
  unlock(first.get());
  EXPECT_EQ(try_lock(second.get()), LockAnswer::locked);
  EXPECT_FALSE(is_locked(scratch / "absent"));
}

TEST(LockFile, is_one_processes_and_free_again_once_that_is_killed) {
  Scratch const scratch;
  Child holder([&](Child::Line line) {
    LockFile const lock(scratch / "lock");
    line.say();
    static_cast<void>(line.hear());
    return lock.is_held() ? 0 : 1;
  });
  ASSERT_TRUE(holder.line().hear());
  EXPECT_FALSE(LockFile(scratch / "lock").is_held());
  holder.kill();
  EXPECT_TRUE(LockFile(scratch / "lock").is_held());
  EXPECT_EQ(test::thrown_by([&] { LockFile(scratch / "absent/lock"); }).code,
            core::ExitCode::cannot_create);
}

TEST(HeldByScript, sees_flock_and_leaves_it_alone) {
  Scratch const scratch;
  test::spill(scratch / "a", "x");
  EXPECT_FALSE(is_held_by_script(scratch / "a"));
  Descriptor const held(::open((scratch / "a").c_str(), O_RDONLY));
  ASSERT_EQ(::flock(held.get(), LOCK_EX | LOCK_NB), 0);
  EXPECT_TRUE(is_held_by_script(scratch / "a"));
  EXPECT_FALSE(is_locked(scratch / "a"));
  EXPECT_FALSE(is_held_by_script(scratch / "absent"));
}

TEST(SameFile, follows_names_not_paths) {
  Scratch const scratch;
  test::spill(scratch / "a", "x");
  test::spill(scratch / "b", "x");
  Descriptor const a(::open((scratch / "a").c_str(), O_RDONLY));
  std::filesystem::create_hard_link(scratch / "a", scratch / "other_name");
  EXPECT_TRUE(is_same_file(a.get(), scratch / "other_name"));
  EXPECT_FALSE(is_same_file(a.get(), scratch / "b"));
  EXPECT_FALSE(is_same_file(a.get(), scratch / "absent"));
}

}  // namespace
}  // namespace toyfarm::os
