#include "toyfarm/os/descriptor.hpp"

#include <array>
#include <cerrno>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>

namespace toyfarm::os {
namespace {

TEST(WriteAll, waits_for_a_reader_that_is_slow) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  Descriptor const reading(ends[0]);
  Descriptor writing(ends[1]);
  ASSERT_EQ(::fcntl(writing.get(), F_SETFL, O_NONBLOCK), 0);
  std::string const text(1'000'000, 'x');  // more than a pipe holds
  std::string heard;
  std::thread reader([&] {
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = ::read(reading.get(), buffer.data(), buffer.size())) > 0;) {
      heard.append(buffer.data(), static_cast<std::size_t>(n));
    }
  });
  EXPECT_TRUE(write_all(writing.get(), text));
  EXPECT_TRUE(writing.close());
  reader.join();
  EXPECT_EQ(heard, text);
}

TEST(WriteAll, tells_what_the_system_refuses) {
  Descriptor const full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_GE(full.get(), 0);
  EXPECT_FALSE(write_all(full.get(), "x"));
  EXPECT_EQ(errno, ENOSPC);
  EXPECT_TRUE(write_all(full.get(), ""));
}

TEST(Descriptor, closes_with_the_object_unless_it_was_moved_from) {
  Descriptor first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  int const fd = first.get();
  {
    Descriptor const second(std::move(first));
    EXPECT_EQ(first.get(), -1);
    EXPECT_EQ(second.get(), fd);
    EXPECT_GE(::fcntl(fd, F_GETFD), 0);
  }
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

}  // namespace
}  // namespace toyfarm::os
