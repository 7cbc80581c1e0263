#include "toyfarm/run/versions.hpp"

#include <fmt/core.h>

#include "toyfarm/io/versions.hpp"
#include "toyfarm/kernels/isa.hpp"
#include "toyfarm/parallel/job.hpp"

namespace toyfarm::run {

std::vector<std::pair<std::string, std::string>> versions(std::string const& mpi_library) {
  std::vector<std::pair<std::string, std::string>> out{{"toyfarm", TOYFARM_VERSION},
                                                       {"revision", git_revision()},
                                                       {"compiler", TOYFARM_COMPILER},
                                                       {"mpi", mpi_library}};
  for (auto const& library : io::library_versions()) {
    out.push_back(library);
  }
  return out;
}

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

}  // namespace toyfarm::run
