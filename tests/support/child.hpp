#pragma once
#include <cerrno>
#include <csignal>
#include <exception>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace toyfarm::test {

/// A process that runs a function and can be waited for and spoken to, one word at a time.
class Child {
 public:
  /// What the function gets: its end of the conversation.
  class Line {
   public:
    Line(int in, int out) : in_(in), out_(out) {}
    void say() const { EXPECT_EQ(::write(out_, "x", 1), 1); }
    /// Waits until the other end says something; false if it has ended.
    [[nodiscard]] bool hear() const {
      char word = 0;
      ssize_t n = 0;
      while ((n = ::read(in_, &word, 1)) < 0 && errno == EINTR) {
      }
      return n == 1;
    }

   private:
    int in_;
    int out_;
  };

  /// `body` answers the exit code; an exception makes it 99.
  template <class Body>
  explicit Child(Body const& body) {
    EXPECT_EQ(::pipe(to_child_), 0);
    EXPECT_EQ(::pipe(to_parent_), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(to_child_[1]);
      ::close(to_parent_[0]);
      int code = 99;
      try {
        code = body(Line(to_child_[0], to_parent_[1]));
      } catch (std::exception const&) {
      }
      ::_exit(code);
    }
    ::close(to_child_[0]);
    ::close(to_parent_[1]);
  }
  Child(Child const&) = delete;
  Child& operator=(Child const&) = delete;
  ~Child() {
    if (pid_ > 0) {
      kill();
    }
    ::close(to_child_[1]);
    ::close(to_parent_[0]);
  }

  [[nodiscard]] Line line() const { return {to_parent_[0], to_child_[1]}; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Its exit code, 128 + signal if one ended it.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  void kill() {
    ::kill(pid_, SIGKILL);
    wait();
  }

 private:
  int to_child_[2] = {-1, -1};
  int to_parent_[2] = {-1, -1};
  pid_t pid_ = 0;
};

}  // namespace toyfarm::test
