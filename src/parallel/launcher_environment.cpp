#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

#include "toyfarm/parallel/job.hpp"

namespace toyfarm::parallel {
namespace {

/// The first of these variables that holds a whole number from `least` on.
std::optional<int> first_number(std::initializer_list<char const*> names, int least) {
  for (char const* const name : names) {
    char const* const value = std::getenv(name);
    std::string_view const text = value ? value : "";
    int number = -1;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (!text.empty() && error == std::errc() && end == text.data() + text.size() &&
        number >= least) {
      return number;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<int> launcher_rank() {
  return first_number({"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"}, 0);
}

int launcher_size() {
  auto const size = first_number({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"}, 1);
  return std::max(size.value_or(1), launcher_rank().value_or(0) + 1);
}

}  // namespace toyfarm::parallel
