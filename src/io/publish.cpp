#include "toyfarm/io/publish.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/sha256.hpp"

#include "io/file_checks.hpp"

namespace toyfarm::io {
namespace {

[[noreturn]] void fail(core::ExitCode code,
                       std::filesystem::path const& file,
                       std::string const& what) {
  throw core::RuntimeFailure(code, file.string() + ": " + what + ": " + std::strerror(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  [[nodiscard]] int get() const noexcept { return fd_; }
  /// Some file systems report a failed write only here.
  [[nodiscard]] bool close() noexcept { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

/// Removes a file at the end of its life unless `keep` was called.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::filesystem::path path) : path_(std::move(path)) {}
  TemporaryFile(TemporaryFile const&) = delete;
  TemporaryFile& operator=(TemporaryFile const&) = delete;
  ~TemporaryFile() {
    if (!kept_) {
      ::unlink(path_.c_str());
    }
  }
  [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }
  void keep() noexcept { kept_ = true; }

 private:
  std::filesystem::path path_;
  bool kept_ = false;
};

void sync(std::filesystem::path const& path, int flags) {
  Descriptor descriptor(::open(path.c_str(), flags | O_CLOEXEC));
  if (descriptor.get() < 0 || ::fsync(descriptor.get()) != 0 || !descriptor.close()) {
    fail(core::ExitCode::io_error, path, "cannot be flushed to disk");
  }
}

void write_all(int descriptor, std::string_view text, std::filesystem::path const& target) {
  while (!text.empty()) {
    auto const n = ::write(descriptor, text.data(), text.size());
    if (n < 0 && errno != EINTR) {
      fail(core::ExitCode::io_error, target, "cannot be written");
    }
    text.remove_prefix(n < 0 ? 0 : static_cast<std::size_t>(n));
  }
}

}  // namespace

void publish(std::filesystem::path const& target,
             std::function<void(std::filesystem::path const& temporary)> const& write) {
  auto const folder = target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
  std::error_code error;
  auto const type = std::filesystem::status(target, error).type();
  if (type != std::filesystem::file_type::not_found &&
      type != std::filesystem::file_type::regular) {
    throw core::RuntimeFailure(core::ExitCode::cannot_create,
                               target.string() + ": exists and is not a regular file");
  }
  auto const name = folder / std::string(".")
                                 .append(target.filename().string())
                                 .append(".tmp.")
                                 .append(std::to_string(::getpid()));
  {
    Descriptor const made(
        ::open(name.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (made.get() < 0) {
      fail(core::ExitCode::cannot_create, target, "cannot be made");
    }
  }
  TemporaryFile temporary(name);
  write(temporary.path());
  sync(temporary.path(), O_RDWR);
  if (::rename(temporary.path().c_str(), target.c_str()) != 0) {
    fail(core::ExitCode::cannot_create, target, "cannot be put in place");
  }
  temporary.keep();
  sync(folder, O_RDONLY | O_DIRECTORY);
}

void publish_text(std::filesystem::path const& target,
                  std::function<void(TextSink const&)> const& write) {
  publish(target, [&](std::filesystem::path const& temporary) {
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
    if (file.get() < 0) {
      fail(core::ExitCode::io_error, target, "cannot be written");
    }
    write([&](std::string_view piece) { write_all(file.get(), piece, target); });
    if (!file.close()) {
      fail(core::ExitCode::io_error, target, "cannot be written");
    }
  });
}

void publish_text(std::filesystem::path const& target, std::string_view text) {
  publish_text(target, [&](TextSink const& sink) { sink(text); });
}

FileDigest digest(std::filesystem::path const& file) {
  require_regular_file(file);
  std::ifstream in(file, std::ios::binary);
  core::Sha256 hash;
  std::uintmax_t bytes = 0;
  std::array<char, 1U << 16U> buffer;
  while (in) {
    in.read(buffer.data(), buffer.size());
    auto const n = static_cast<std::size_t>(in.gcount());
    hash.update(std::string_view(buffer.data(), n));
    bytes += n;
  }
  if (!in.eof()) {
    throw core::RuntimeFailure(core::ExitCode::io_error,
                               file.string() + ": cannot be read to its end");
  }
  return {hash.hex(), bytes};
}

}  // namespace toyfarm::io
