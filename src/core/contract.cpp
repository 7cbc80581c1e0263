#include "toyfarm/core/contract.hpp"

#include <cstdio>
#include <cstdlib>

#include "toyfarm/core/error.hpp"

namespace toyfarm::core {

void contract_violation(char const* kind,
                        char const* condition,
                        char const* file,
                        int line) noexcept {
  std::fprintf(
      stderr,
      "toyfarm: %s broken: %s (%s:%d). This is a defect of the program; please report it.\n",
      kind,
      condition,
      file,
      line);
  std::fflush(stderr);
#ifdef TOYFARM_CONTRACTS_ABORT
  std::abort();
#else
  std::_Exit(static_cast<int>(ExitCode::internal));
#endif
}

}  // namespace toyfarm::core
