#include "toyfarm/kernels/isa.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/isa.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {
std::int64_t Target() {
  return HWY_TARGET;
}
}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace toyfarm::kernels {
namespace {

HWY_EXPORT(Target);

constexpr std::int64_t avx512 = HWY_AVX3 | HWY_AVX3_DL;
constexpr std::int64_t avx2 = HWY_AVX2;
constexpr std::int64_t sse4 = HWY_SSE4 | HWY_SSSE3;

std::int64_t target() {
  return HWY_DYNAMIC_DISPATCH(Target)();
}

/// What has to be switched off so that nothing wider than `name` is left; -1 for an unknown name.
std::int64_t above(std::string_view name) {
  if (name == "avx512") {
    return 0;
  }
  if (name == "avx2") {
    return avx512;
  }
  if (name == "sse4") {
    return avx512 | avx2;
  }
  return name == "generic" ? avx512 | avx2 | sse4 : -1;
}

}  // namespace

bool select_isa() {
  char const* const wanted = std::getenv("TOYFARM_ISA");
  std::int64_t const off = wanted == nullptr ? 0 : above(wanted);
  hwy::DisableTargets(off > 0 ? off : 0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return wanted == nullptr || (off >= 0 && isa_name() == wanted);
}

std::string_view isa_name() {
  auto const t = target();
  return (t & avx512) != 0 ? "avx512"
         : (t & avx2) != 0 ? "avx2"
         : (t & sse4) != 0 ? "sse4"
                           : "generic";
}

std::string compiled_isas() {
  constexpr std::int64_t targets = HWY_TARGETS;
  std::string names;
  auto const add = [&](std::int64_t bits, char const* name) {
    if ((targets & bits) != 0) {
      names.append(names.empty() ? "" : " ").append(name);
    }
  };
  add(avx512, "avx512");
  add(avx2, "avx2");
  add(sse4, "sse4");
  add(~(avx512 | avx2 | sse4), "generic");
  return names;
}

// The portable target of Highway 1.0.3 multiplies and adds apart; the others are x86's with FMA
// from AVX2 on.
bool uses_fma() {
  return (target() & (avx512 | avx2)) != 0;
}

}  // namespace toyfarm::kernels
#endif
