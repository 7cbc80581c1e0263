#include "app/version.hpp"

#include <fmt/core.h>

#include "toyfarm/kernels/isa.hpp"
#include "toyfarm/parallel/job.hpp"

#include "app/report.hpp"

namespace toyfarm::app {

std::string version_text() {
  static_cast<void>(kernels::select_isa());
  std::string text;
  for (auto const& [name, version] : versions(parallel::mpi_library())) {
    text += text.empty() ? fmt::format("{} {}\n", name, version)
                         : fmt::format("{:<12}  {}\n", name, version);
  }
  return text + fmt::format("{:<12}  {}; here {}\n",
                            "instructions",
                            kernels::compiled_isas(),
                            kernels::isa_name());
}

}  // namespace toyfarm::app
