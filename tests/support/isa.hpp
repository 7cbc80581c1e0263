#pragma once
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "toyfarm/kernels/isa.hpp"

namespace toyfarm::test {

/// Forces an instruction set for the time it lives; `ok` is false where the CPU lacks it.
class ForcedIsa {
 public:
  explicit ForcedIsa(std::string const& name) {
    char const* const before = std::getenv("TOYFARM_ISA");
    had_ = before != nullptr;
    before_ = had_ ? before : "";
    setenv("TOYFARM_ISA", name.c_str(), 1);
    ok_ = kernels::select_isa();
  }
  ~ForcedIsa() {
    if (had_) {
      setenv("TOYFARM_ISA", before_.c_str(), 1);
    } else {
      unsetenv("TOYFARM_ISA");
    }
    kernels::select_isa();
  }
  ForcedIsa(ForcedIsa const&) = delete;
  ForcedIsa& operator=(ForcedIsa const&) = delete;
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  bool had_ = false;
  bool ok_ = false;
  std::string before_;
};

/// Calls body(name) under every instruction set this CPU has; returns how many there were.
template <class Body>
int for_each_isa(std::vector<std::string> const& names, Body body) {
  int tried = 0;
  for (auto const& name : names) {
    ForcedIsa const isa(name);
    if (isa.ok()) {
      body(name);
      ++tried;
    }
  }
  return tried;
}

inline std::vector<std::string> all_isas() {
  return {"avx512", "avx2", "sse4", "generic"};
}

}  // namespace toyfarm::test
