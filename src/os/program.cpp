#include "toyfarm/os/program.hpp"

#include <algorithm>
#include <cstdlib>

#include <unistd.h>

namespace toyfarm::os {
namespace fs = std::filesystem;

bool is_program(fs::path const& file) noexcept {
  std::error_code error;
  return fs::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
}

std::optional<fs::path> find_program(std::string const& word) {
  if (word.find('/') != std::string::npos) {
    return is_program(word) ? std::optional(fs::path(word)) : std::nullopt;
  }
  char const* const path = std::getenv("PATH");
  std::string const folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::size_t begin = 0; begin < folders.size();) {
    auto const end = std::min(folders.find(':', begin), folders.size());
    auto const file = fs::path(folders.substr(begin, end - begin)) / word;
    if (end > begin && is_program(file)) {
      return file;
    }
    begin = end + 1;
  }
  return std::nullopt;
}

fs::path own_program() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error);
}

}  // namespace toyfarm::os
