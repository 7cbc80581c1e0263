#include "io/file_checks.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/io/text_file.hpp"

namespace toyfarm::io {
namespace {

char const* kind_of(std::filesystem::file_type type) {
  switch (type) {
    case std::filesystem::file_type::directory:
      return "a directory";
    case std::filesystem::file_type::fifo:
      return "a FIFO";
    case std::filesystem::file_type::character:
    case std::filesystem::file_type::block:
      return "a device";
    case std::filesystem::file_type::socket:
      return "a socket";
    default:
      return "of an unknown kind";
  }
}

}  // namespace

void require_regular_file(std::filesystem::path const& file) {
  auto const refuse = [&](std::string const& why) {
    throw core::RuntimeFailure(core::ExitCode::no_input, file.string() + ": " + why);
  };
  std::error_code error;
  auto const status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    refuse("no such file");
  }
  if (error) {
    refuse(error.message());
  }
  if (status.type() != std::filesystem::file_type::regular) {
    refuse(std::string("is ") + kind_of(status.type()) + "; a regular file is needed");
  }
  if (::access(file.c_str(), R_OK) != 0) {
    refuse(std::strerror(errno));
  }
}

std::string read_text_file(std::filesystem::path const& file) {
  return read_file(file);
}

std::string read_file(std::filesystem::path const& file) {
  require_regular_file(file);
  std::ifstream in(file, std::ios::binary);
  std::string text(std::filesystem::file_size(file), '\0');
  if (!in.read(text.data(), static_cast<std::streamsize>(text.size()))) {
    throw core::RuntimeFailure(core::ExitCode::io_error,
                               file.string() + ": cannot be read to its end");
  }
  return text;
}

}  // namespace toyfarm::io
