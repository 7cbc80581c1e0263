#include "io/journal_state.hpp"

#include <cerrno>
#include <optional>
#include <utility>

#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/descriptor.hpp"
#include "toyfarm/os/lock.hpp"

#include "io/journal_file.hpp"

namespace toyfarm::io {

JournalState::JournalState(std::filesystem::path file_name,
                           os::Descriptor descriptor,
                           JournalContent read)
    : name(std::move(file_name)),
      file(std::move(descriptor)),
      content(std::move(read)),
      end(content.good_end) {}

void JournalState::fail(std::string const& why) {
  failure = name.string() + ": " + why;
  throw core::RuntimeFailure(core::ExitCode::io_error, failure);
}

void JournalState::require_writable() const {
  if (!failure.empty()) {
    throw core::RuntimeFailure(core::ExitCode::io_error, failure);
  }
  if (access == JournalAccess::read) {
    throw core::RuntimeFailure(core::ExitCode::internal,
                               name.string() + ": a journal opened to be read is written to");
  }
}

void JournalState::fail_to_write(int error) {
  fail(std::string("rows of toys cannot be written: ") + os::system_reason(error) +
       (kind == JournalKind::named ? "; what was synced before is safe: mend the disk, then resume"
                                   : ""));
}

void JournalState::append(FrameHead head, std::span<std::byte const> payload) {
  require_writable();
  head.epoch = content.epoch;
  head.journal = content.id;
  auto const done = append_frame(file.get(), head, payload);
  if (done.error != 0) {
    fail_to_write(done.error);
  }
  if (done.begin != end) {
    look_for_others(done.begin);
  }
  end = done.end;
}

void JournalState::look_for_others(std::uint64_t limit) {
  std::optional<std::string> other;
  ReadWindow window(file.get(), name);
  auto const result = scan_frames(window, {end, limit}, content.id, [&](Frame const& frame) {
    if (frame.head.kind == FrameKind::epoch && frame.head.epoch > content.epoch) {
      other = described(read_writer_payload(frame.payload), frame.head.epoch);
    }
    return true;
  });
  end = result.good_end;
  if (other) {
    os::unlock(file.get());
    fail("the run was taken over by " + *other +
         ", and this process may write no more; toys that were not synced are computed there");
  }
}

void JournalState::begin_epoch() {
  auto const payload = writer_payload(this_writer());
  for (;;) {
    FrameHead head{.kind = FrameKind::epoch, .epoch = content.epoch + 1, .journal = content.id};
    auto const done = append_frame(file.get(), head, std::as_bytes(std::span(payload)));
    if (done.error != 0) {
      fail_to_write(done.error);
    }
    // Whatever stands before our frame counts, also what came since the file was read; another one
    // who takes over at the same time may have taken this number there.
    read_on(content, file.get(), name, done.begin);
    if (content.epoch < head.epoch) {
      read_on(content, file.get(), name, done.end);
      break;
    }
  }
  end = content.good_end;
  sync();
}

void JournalState::sync() {
  require_writable();
  if (kind == JournalKind::unnamed) {
    return;
  }
  if (!locked) {
    locked = os::try_lock(file.get()) == os::LockAnswer::locked;
    if (!os::is_same_file(file.get(), name)) {
      fail("another program put another file in its place, and this process may write no more");
    }
  }
  auto const n_toys = content.index.toys().size();
  auto const facts = facts_of(file.get());
  if (facts && facts->bytes > end) {
    look_for_others(facts->bytes);
  }
  if (facts && facts->bytes < end) {
    fail("another program cut it to " + std::to_string(facts->bytes) + " bytes");
  }
  if (facts && facts->names == 0) {
    fail("it was removed, so that rows of toys would be lost");
  }
  if (!facts || ::fdatasync(file.get()) != 0) {
    fail(std::string("rows of toys cannot be flushed to disk: ") + os::system_reason(errno) +
         "; what was synced before is safe: mend the disk, then resume");
  }
  acknowledged.store(n_toys, std::memory_order_release);
}

}  // namespace toyfarm::io
