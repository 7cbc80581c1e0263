#pragma once
#include <string>
#include <string_view>

namespace toyfarm::kernels {

/// Chooses the instruction set for all kernels: the widest the CPU has, or what the environment
/// variable TOYFARM_ISA names (avx512, avx2, sse4, generic). Returns false if TOYFARM_ISA names
/// none of these or one this CPU lacks; the choice is then the widest. Call once, before threads
/// start.
bool select_isa();

/// The set in use: "avx512", "avx2", "sse4", "generic".
[[nodiscard]] std::string_view isa_name();

/// The sets this program has kernels for, widest first: "avx512 avx2 sse4 generic".
[[nodiscard]] std::string compiled_isas();

/// True if the set in use has fused multiply-add: the job's arithmetic class.
[[nodiscard]] bool uses_fma();

}  // namespace toyfarm::kernels
