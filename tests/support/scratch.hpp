#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"

namespace toyfarm::test {

/// An empty folder that goes away with the object.
class Scratch {
 public:
  Scratch() {
    auto const* const info = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() /
            ("toyfarm_" + std::string(info->name()) + "_" + std::to_string(::getpid()));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  Scratch(Scratch const&) = delete;
  Scratch& operator=(Scratch const&) = delete;
  ~Scratch() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::filesystem::path operator/(std::string const& name) const {
    return path_ / name;
  }
  [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string slurp(std::filesystem::path const& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void spill(std::filesystem::path const& file, std::string const& text) {
  std::ofstream(file, std::ios::binary) << text;
}

/// The message and code of what `action` throws; code success and an empty message if it throws
/// nothing of ours.
struct Thrown {
  core::ExitCode code = core::ExitCode::success;
  std::string message;
  [[nodiscard]] bool says(std::string const& words) const {
    return message.find(words) != std::string::npos;
  }
};

inline std::ostream& operator<<(std::ostream& out, Thrown const& thrown) {
  return out << static_cast<int>(thrown.code) << " " << thrown.message;
}

template <class Action>
Thrown thrown_by(Action const& action) {
  try {
    action();
  } catch (core::Error const& error) {
    return {error.code(), error.what()};
  }
  return {};
}

}  // namespace toyfarm::test
