#pragma once
#include <filesystem>
#include <vector>

namespace toyfarm::app {

/// An output's name, which no other process that asks can have while this object lives: a locked
/// file `.NAME.claim` beside it. What a killed process left behind is free again. Folders that are
/// missing are made, and go away with the object if nothing was put there.
class OutputClaim {
 public:
  OutputClaim() = default;  ///< of nothing
  /// Throws RuntimeFailure (73) where another process has the name; the processes that one launcher
  /// started wait for it first, since the launcher would end it at their failure.
  explicit OutputClaim(std::filesystem::path const& output);
  OutputClaim(OutputClaim const&) = delete;
  OutputClaim& operator=(OutputClaim const&) = delete;
  OutputClaim(OutputClaim&& other) noexcept;
  OutputClaim& operator=(OutputClaim&& other) noexcept;
  ~OutputClaim();

 private:
  std::vector<std::filesystem::path> folders_;  ///< made here, the deepest first
  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace toyfarm::app
