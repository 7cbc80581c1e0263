#include "toyfarm/os/publish.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/descriptor.hpp"

namespace toyfarm::os {
namespace {

[[noreturn]] void fail(core::ExitCode code,
                       std::filesystem::path const& file,
                       std::string const& what) {
  throw core::RuntimeFailure(code, file.string() + ": " + what + ": " + system_reason(errno));
}

/// Removes a file at the end of its life unless `keep` was called.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::filesystem::path path) : path_(std::move(path)) {}
  TemporaryFile(TemporaryFile const&) = delete;
  TemporaryFile& operator=(TemporaryFile const&) = delete;
  TemporaryFile(TemporaryFile&& other) noexcept
      : path_(std::move(other.path_)), kept_(std::exchange(other.kept_, true)) {}
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

std::filesystem::path folder_of(std::filesystem::path const& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

void sync(std::filesystem::path const& path, int flags) {
  Descriptor descriptor(::open(path.c_str(), flags | O_CLOEXEC));
  if (descriptor.get() < 0 || ::fsync(descriptor.get()) != 0 || !descriptor.close()) {
    fail(core::ExitCode::io_error, path, "cannot be flushed to disk");
  }
}

/// A new empty file beside `target`, hidden, of a name of this process's own.
std::filesystem::path make_temporary(std::filesystem::path const& target) {
  std::error_code error;
  auto const type = std::filesystem::status(target, error).type();
  if (type != std::filesystem::file_type::not_found &&
      type != std::filesystem::file_type::regular) {
    throw core::RuntimeFailure(core::ExitCode::cannot_create,
                               target.string() + ": exists and is not a regular file");
  }
  auto name = folder_of(target) / std::string(".")
                                      .append(target.filename().string())
                                      .append(".tmp.")
                                      .append(std::to_string(::getpid()));
  Descriptor const made(
      ::open(name.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (made.get() < 0) {
    fail(core::ExitCode::cannot_create, target, "cannot be made");
  }
  return name;
}

void put_in_place(TemporaryFile& temporary, std::filesystem::path const& target) {
  if (::rename(temporary.path().c_str(), target.c_str()) != 0) {
    fail(core::ExitCode::cannot_create, target, "cannot be put in place");
  }
  temporary.keep();
}

/// Writes the text that `write` hands over to `temporary`; messages name `target`.
void write_text(std::filesystem::path const& temporary,
                std::filesystem::path const& target,
                std::function<void(TextSink const&)> const& write) {
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (file.get() < 0) {
    fail(core::ExitCode::io_error, target, "cannot be written");
  }
  auto const check = [&](bool is_done) {
    if (!is_done) {
      fail(core::ExitCode::io_error, target, "cannot be written");
    }
  };
  write([&](std::string_view piece) { check(write_all(file.get(), piece)); });
  check(file.close());
}

}  // namespace

void sync_folder(std::filesystem::path const& folder) {
  sync(folder, O_RDONLY | O_DIRECTORY);
}

void sync_folder_of(std::filesystem::path const& file) {
  sync_folder(folder_of(file));
}

struct Publication::Staged {
  std::filesystem::path target;
  TemporaryFile temporary;
};

Publication::Publication() = default;

Publication::~Publication() = default;

std::filesystem::path Publication::add(
    std::filesystem::path const& target,
    std::function<void(std::filesystem::path const& temporary)> const& write) {
  std::unique_ptr<Staged> staged(new Staged{target, TemporaryFile(make_temporary(target))});
  auto const name = staged->temporary.path();
  try {
    write(name);
    sync(name, O_RDWR);
  } catch (core::RuntimeFailure const& error) {
    // Who reads the message knows the file by the name that it was to have.
    std::string text = error.what();
    if (text.starts_with(name.string())) {
      text.replace(0, name.string().size(), target.string());
    }
    throw core::RuntimeFailure(error.code(), text);
  }
  staged_.push_back(std::move(staged));
  return name;
}

void Publication::commit() {
  std::set<std::filesystem::path> folders;
  for (auto const& staged : staged_) {
    put_in_place(staged->temporary, staged->target);
    folders.insert(folder_of(staged->target));
  }
  staged_.clear();
  std::ranges::for_each(folders, sync_folder);
}

void publish(std::filesystem::path const& target,
             std::function<void(std::filesystem::path const& temporary)> const& write) {
  Publication publication;
  publication.add(target, write);
  publication.commit();
}

void replace_text(std::filesystem::path const& target, std::string_view text) {
  TemporaryFile temporary(make_temporary(target));
  write_text(temporary.path(), target, [&](TextSink const& sink) { sink(text); });
  put_in_place(temporary, target);
}

std::filesystem::path add_text(Publication& publication,
                               std::filesystem::path const& target,
                               std::function<void(TextSink const&)> const& write) {
  return publication.add(target, [&](std::filesystem::path const& temporary) {
    write_text(temporary, target, write);
  });
}

void publish_text(std::filesystem::path const& target,
                  std::function<void(TextSink const&)> const& write) {
  Publication publication;
  add_text(publication, target, write);
  publication.commit();
}

void publish_text(std::filesystem::path const& target, std::string_view text) {
  publish_text(target, [&](TextSink const& sink) { sink(text); });
}

}  // namespace toyfarm::os
