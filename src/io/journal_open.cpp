#include <cerrno>
#include <utility>

#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/descriptor.hpp"
#include "toyfarm/os/lock.hpp"

#include "io/journal_file.hpp"
#include "io/journal_state.hpp"

namespace toyfarm::io {
namespace {

JournalContent read_all(os::Descriptor const& file, std::filesystem::path const& name) {
  auto content = read_preamble(file.get(), name);
  read_on(content, file.get(), name, size_of(file.get(), name));
  return content;
}

JournalDamage damage_of(JournalContent const& content, std::uint64_t size) {
  JournalDamage damage;
  damage.torn_bytes = size - content.good_end;
  damage.n_bad_regions = content.bad.size();
  for (auto const& region : content.bad) {
    damage.bad_bytes += region.end - region.begin;
  }
  damage.n_fenced_frames = content.n_fenced;
  return damage;
}

[[noreturn]] void refuse_second(os::Descriptor const& file, std::filesystem::path const& name) {
  auto const content = read_all(file, name);
  throw core::RuntimeFailure(
      core::ExitCode::cannot_create,
      name.string() +
          ": another program writes this run: " + described(content.writer, content.epoch) +
          "; wait for its end or stop it, or go on in its place with --take-over");
}

/// Cuts a torn tail, replaces the file if there is damage before its end, and sees to it that its
/// beginning stands there twice.
void mend(std::filesystem::path const& name, os::Descriptor& file, JournalContent& content) {
  // One who takes over without the lock may append just now: that is not a torn tail.
  read_on(content, file.get(), name, size_of(file.get(), name));
  if (!content.bad.empty()) {
    file = replace_damaged(name, file, content);
    content = read_all(file, name);
  }
  if (size_of(file.get(), name) != content.good_end &&
      ::ftruncate(file.get(), static_cast<off_t>(content.good_end)) != 0) {
    throw core::RuntimeFailure(
        core::ExitCode::io_error,
        name.string() + ": its torn end cannot be cut: " + os::system_reason(errno));
  }
  if (!content.has_header_copy || !content.has_setup_copy) {
    auto const done = append_copy(file.get(), beginning_of(content), content.epoch);
    if (done.error != 0) {
      throw core::RuntimeFailure(core::ExitCode::io_error,
                                 name.string() + ": the copy of its header cannot be written: " +
                                     os::system_reason(done.error));
    }
  }
}

}  // namespace

std::unique_ptr<JournalState> open_to_write(std::filesystem::path const& name,
                                            JournalAccess access) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    auto file = open_file(name, OpenMode::append);
    auto const lock = os::try_lock(file.get());
    if (!os::is_same_file(file.get(), name)) {
      continue;  // it was replaced before we had the lock
    }
    if (lock == os::LockAnswer::held && access == JournalAccess::append) {
      refuse_second(file, name);
    }
    auto content = read_preamble(file.get(), name);
    auto const size = size_of(file.get(), name);
    read_on(content, file.get(), name, size);
    auto const damage = damage_of(content, size);
    if (lock == os::LockAnswer::locked) {
      mend(name, file, content);  // without the lock the other one may be writing just now
    }
    auto state = std::make_unique<JournalState>(name, std::move(file), std::move(content));
    state->access = access;
    state->locked = lock == os::LockAnswer::locked;
    state->damage = damage;
    state->begin_epoch();
    state->n_at_open = state->content.index.toys().size();
    return state;
  }
  throw core::RuntimeFailure(core::ExitCode::cannot_create,
                             name.string() + ": another program keeps replacing this file");
}

JournalHeader read_journal_header(std::filesystem::path const& name) {
  auto const file = open_file(name, OpenMode::read);
  return read_preamble(file.get(), name, JournalPart::header).header;
}

std::unique_ptr<JournalState> open_to_read(std::filesystem::path const& name) {
  auto file = open_file(name, OpenMode::read);
  auto content = read_preamble(file.get(), name);
  auto const size = size_of(file.get(), name);
  read_on(content, file.get(), name, size);
  auto state = std::make_unique<JournalState>(name, std::move(file), std::move(content));
  state->damage = damage_of(state->content, size);
  state->n_at_open = state->content.index.toys().size();
  return state;
}

}  // namespace toyfarm::io
