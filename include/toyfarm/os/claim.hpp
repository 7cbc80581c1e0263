#pragma once
#include <filesystem>
#include <vector>

#include "toyfarm/os/descriptor.hpp"

namespace toyfarm::os {

/// An output's name, which no other process that asks can have while this object lives: a locked
/// file `.NAME.claim` beside it. What a killed process left behind is free again. Folders that are
/// missing are made, and go away with the object if nothing was put there.
class OutputClaim {
 public:
  OutputClaim() = default;  ///< of nothing
  enum class WhenTaken { refuse, wait_and_refuse };
  /// Throws core::RuntimeFailure (73) where another process has the name. A process that a launcher
  /// started besides the one that has it should wait for that first, since the launcher would end
  /// it at this one's failure.
  OutputClaim(std::filesystem::path const& output, WhenTaken when_taken);
  OutputClaim(OutputClaim const&) = delete;
  OutputClaim& operator=(OutputClaim const&) = delete;
  OutputClaim(OutputClaim&& other) noexcept;
  OutputClaim& operator=(OutputClaim&& other) noexcept;
  ~OutputClaim();

 private:
  std::vector<std::filesystem::path> folders_;  ///< made here, the deepest first
  std::filesystem::path file_;
  Descriptor descriptor_;
};

}  // namespace toyfarm::os
