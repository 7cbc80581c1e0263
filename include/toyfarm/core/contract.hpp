#pragma once
// Contracts by role: what a caller owes (EXPECTS), what a function owes (ENSURES). Checked when
// TOYFARM_CONTRACTS is set.
namespace toyfarm::core {
/// Reports a broken contract and ends the program (exit 70).
[[noreturn]] void contract_violation(char const* kind,
                                     char const* condition,
                                     char const* file,
                                     int line) noexcept;
}  // namespace toyfarm::core

#ifdef TOYFARM_CONTRACTS
#define TOYFARM_CONTRACT_(kind, condition) \
  ((condition) ? static_cast<void>(0)      \
               : ::toyfarm::core::contract_violation(kind, #condition, __FILE__, __LINE__))
#else
#define TOYFARM_CONTRACT_(kind, condition) static_cast<void>(sizeof(!(condition)))
#endif
#define TOYFARM_EXPECTS(condition) TOYFARM_CONTRACT_("precondition", condition)
#define TOYFARM_ENSURES(condition) TOYFARM_CONTRACT_("postcondition", condition)
