#pragma once
#include <filesystem>

namespace toyfarm::app {

/// An output's name, which no other process that asks can have while this object lives: a locked
/// file `.NAME.claim` beside it. What a killed process left behind is free again.
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
  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace toyfarm::app
