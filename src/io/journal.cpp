#include "toyfarm/io/journal.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/descriptor.hpp"
#include "toyfarm/os/lock.hpp"
#include "toyfarm/os/publish.hpp"

#include "io/journal_file.hpp"
#include "io/journal_state.hpp"

namespace toyfarm::io {
namespace {

/// Larger runs of toys become several frames: what is lost with a torn one is bounded.
constexpr std::size_t most_frame_bytes = std::size_t{1} << 20U;

[[noreturn]] void cannot_create(std::filesystem::path const& file, std::string const& why) {
  throw core::RuntimeFailure(
      core::ExitCode::cannot_create,
      file.string() + ": no file can be made to hold the rows of toys: " + why);
}

/// Writes all that stands before the first rows.
std::unique_ptr<JournalState> begin(std::filesystem::path const& name,
                                    os::Descriptor file,
                                    JournalHeader const& header,
                                    JournalKind kind) {
  auto const payload = header_payload(header);
  auto const id = frame_checksum(bytes_of(payload), frame_padding(payload.size()));
  Beginning beginning{payload, header.setup, id};
  auto const fd = file.get();
  auto done = append_beginning(fd, beginning);
  beginning.end = done.end;
  if (done.error == 0 && kind == JournalKind::named) {
    done = append_copy(fd, beginning, 0);
  }
  if (done.error != 0) {
    throw core::RuntimeFailure(
        core::ExitCode::io_error,
        name.string() + ": cannot be written: " + os::system_reason(done.error));
  }
  auto content = content_of(header, beginning);
  auto state = std::make_unique<JournalState>(name, std::move(file), std::move(content));
  state->kind = kind;
  state->access = JournalAccess::append;
  state->locked = kind == JournalKind::named && os::try_lock(fd) == os::LockAnswer::locked;
  state->begin_epoch();
  return state;
}

}  // namespace

Journal::Journal(std::unique_ptr<JournalState> state) : state_(std::move(state)) {}
Journal::~Journal() = default;

std::unique_ptr<Journal> Journal::create(std::filesystem::path const& file,
                                         JournalHeader const& header) {
  os::Descriptor made(::open(file.c_str(), O_CREAT | O_EXCL | O_RDWR | O_APPEND | O_CLOEXEC, 0666));
  if (made.get() < 0) {
    cannot_create(file, os::system_reason(errno));
  }
  try {
    auto state = begin(file, std::move(made), header, JournalKind::named);
    os::sync_folder_of(file);
    return std::unique_ptr<Journal>(new Journal(std::move(state)));
  } catch (...) {
    ::unlink(file.c_str());
    throw;
  }
}

std::unique_ptr<Journal> Journal::create_unnamed(std::filesystem::path const& folder,
                                                 JournalHeader const& header) {
  auto name = (folder / ".rows.tmp.XXXXXX").string();
  os::Descriptor made(::mkostemp(name.data(), O_APPEND | O_CLOEXEC));
  if (made.get() < 0) {
    cannot_create(folder, os::system_reason(errno));
  }
  ::unlink(name.c_str());
  return std::unique_ptr<Journal>(
      new Journal(begin(name, std::move(made), header, JournalKind::unnamed)));
}

std::unique_ptr<Journal> Journal::open(std::filesystem::path const& file, JournalAccess access) {
  return std::unique_ptr<Journal>(new Journal(
      access == JournalAccess::read ? open_to_read(file) : open_to_write(file, access)));
}

JournalHeader const& Journal::header() const noexcept {
  return state_->content.header;
}
JournalDamage const& Journal::damage() const noexcept {
  return state_->damage;
}
record::ToySet const& Journal::toys() const noexcept {
  return state_->content.index.toys();
}
std::uint64_t Journal::n_at_open() const noexcept {
  return state_->n_at_open;
}
int Journal::epoch() const noexcept {
  return static_cast<int>(state_->content.epoch);
}
bool Journal::is_locked() const noexcept {
  return state_->locked;
}

void Journal::put(std::span<std::uint64_t const> words) {
  auto& index = state_->content.index;
  auto const width = index.places().words();
  auto const most = std::max<std::size_t>(1, most_frame_bytes / (width * sizeof(std::uint64_t)));
  auto const n = words.size() / width;
  if (words.size() % width != 0) {
    throw core::RuntimeFailure(core::ExitCode::internal, "a block is not made of whole rows");
  }
  for (std::size_t i = 0; i < n;) {
    core::ToyRange toys{{words[i * width]}, 0};
    while (toys.count < most && i + toys.count < n &&
           words[(i + toys.count) * width] == toys.first.value + toys.count) {
      record::require_row(words.subspan((i + toys.count) * width, width), index.places());
      ++toys.count;
    }
    if (!index.lacks(toys)) {
      throw core::RuntimeFailure(core::ExitCode::internal,
                                 "toy " + std::to_string(toys.first.value) +
                                     " or one that follows it came before or is none of this run");
    }
    auto const rows = std::as_bytes(words.subspan(i * width, toys.count * width));
    state_->append({.kind = FrameKind::rows, .first = toys.first.value, .count = toys.count}, rows);
    index.add(toys, state_->end - rows.size());
    i += toys.count;
  }
}

void Journal::sync() {
  state_->sync();
}

std::uint64_t Journal::acknowledged() const noexcept {
  return state_->acknowledged.load(std::memory_order_acquire);
}

void Journal::extend(std::uint64_t n_toys) {
  auto& header = state_->content.header;
  if (header.shard) {
    throw core::UsageError(state_->name.string() +
                           ": a shard cannot be extended, since its toys follow from those of the "
                           "whole study: start a run of more toys");
  }
  if (n_toys < header.study.n_toys) {
    throw core::UsageError(state_->name.string() + ": the study has " +
                           std::to_string(header.study.n_toys) +
                           " toys and cannot be extended to " + std::to_string(n_toys));
  }
  state_->append({.kind = FrameKind::extend, .count = n_toys}, {});
  header.study.n_toys = n_toys;
  header.range.count = n_toys - header.range.first.value;
  auto const before = toys().size();
  state_->content.index.widen(header.range);
  state_->content.index.settle_repeats(ReadWindow(state_->file.get(), state_->name));
  state_->sync();
  state_->n_at_open += toys().size() - before;
}

void Journal::renamed(std::filesystem::path const& file) {
  state_->name = file;
}

record::RowLayout const& Journal::layout() const noexcept {
  return state_->content.index.places().layout();
}

std::size_t Journal::size() const noexcept {
  return toys().size();
}

void Journal::walk(Visit const& visit) const {
  state_->content.index.walk(ReadWindow(state_->file.get(), state_->name), visit);
}

}  // namespace toyfarm::io
