#include "parallel/core_list.hpp"

#include <charconv>

#include "toyfarm/core/error.hpp"

namespace toyfarm::parallel {
namespace {

// More than any machine has; keeps a corrupt list from filling the memory.
constexpr int n_units_max = 1 << 20;

int take_number(std::string_view& text, std::string_view list) {
  int number = -1;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0 || number >= n_units_max) {
    throw core::RuntimeFailure(
        core::ExitCode::internal,
        "'" + std::string(list) + "' is not a list of processing units such as 0-3,8");
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::set<int> parse_core_list(std::string_view list) {
  std::set<int> numbers;
  auto rest = list;
  while (!rest.empty()) {
    int const first = take_number(rest, list);
    int const last = take(rest, '-') ? take_number(rest, list) : first;
    for (int number = first; number <= last; ++number) {
      numbers.insert(number);
    }
    bool const complete = rest.empty() || (take(rest, ',') && !rest.empty());
    if (!complete || last < first) {
      throw core::RuntimeFailure(
          core::ExitCode::internal,
          "'" + std::string(list) + "' is not a list of processing units such as 0-3,8");
    }
  }
  return numbers;
}

std::set<int> units_of(RankReport const& report) {
  auto units = parse_core_list(report.cpuset);
  if (units.empty()) {
    for (int unit = 0; unit < report.logical_cores; ++unit) {
      units.insert(unit);
    }
  }
  return units;
}

std::set<int> cores_of(RankReport const& report) {
  auto cores = parse_core_list(report.cores);
  if (cores.empty()) {
    for (int const unit : units_of(report)) {
      if (static_cast<int>(cores.size()) < report.physical_cores) {
        cores.insert(unit);
      }
    }
  }
  return cores;
}

}  // namespace toyfarm::parallel
