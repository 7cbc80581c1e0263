#include <algorithm>
#include <cerrno>
#include <string>
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

[[noreturn]] void fail(std::filesystem::path const& name, int error) {
  throw core::RuntimeFailure(core::ExitCode::io_error,
                             name.string() +
                                 ": it is damaged, and no clean copy can be put in its place: " +
                                 os::system_reason(error));
}

void copy(ReadWindow& from, Extent what, int to) {
  constexpr std::uint64_t step = std::uint64_t{1} << 20U;
  while (what.begin < what.end) {
    auto const bytes = from.at(what.begin, std::min(step, what.end - what.begin));
    auto const done = append_pieces(to, {bytes});
    if (bytes.empty() || done.error != 0) {
      fail(from.name(), bytes.empty() ? EIO : done.error);
    }
    what.begin += bytes.size();
  }
}

/// Header and setup twice, whichever of them are damaged.
void begin_anew(std::filesystem::path const& name, JournalContent const& content, int to) {
  auto const beginning = beginning_of(content);
  auto done = append_beginning(to, beginning);
  done = done.error == 0 ? append_copy(to, beginning, 0) : done;
  if (done.error != 0) {
    fail(name, done.error);
  }
}

/// What is damaged, and what `begin_anew` has written; in order.
std::vector<Extent> all_but_rows(JournalContent const& content) {
  auto all = content.bad;
  all.insert(all.end(), content.beginnings.begin(), content.beginnings.end());
  std::ranges::sort(all, {}, &Extent::begin);
  return all;
}

/// Gives the file a second name that says what it is.
void keep_damaged(std::filesystem::path const& name, os::Descriptor const& damaged) {
  auto const base = name.string() + ".damaged";
  for (int number = 1;; ++number) {
    auto const kept = number == 1 ? base : base + "." + std::to_string(number);
    if (os::is_same_file(damaged.get(), kept) || ::link(name.c_str(), kept.c_str()) == 0) {
      return;  // by a repair that was cut short, or now
    }
    if (errno == EEXIST) {
      continue;
    }
    // Some file systems know one name per file only.
    if (::access(kept.c_str(), F_OK) != 0) {
      if (::rename(name.c_str(), kept.c_str()) != 0) {
        fail(name, errno);
      }
      return;
    }
  }
}

}  // namespace

os::Descriptor replace_damaged(std::filesystem::path const& name,
                               os::Descriptor const& damaged,
                               JournalContent const& content) {
  auto const temporary = name.string() + ".repair";
  os::Descriptor clean(::open(
      temporary.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (clean.get() < 0) {
    fail(name, errno);
  }
  try {
    // Locked before it has the journal's name: who opens it then finds it taken.
    (void)os::try_lock(clean.get());
    begin_anew(name, content, clean.get());
    ReadWindow window(damaged.get(), name);
    std::uint64_t begin = 0;
    for (auto const& other : all_but_rows(content)) {
      copy(window, {begin, other.begin}, clean.get());
      begin = other.end;
    }
    copy(window, {begin, content.good_end}, clean.get());
    if (::fsync(clean.get()) != 0) {
      fail(name, errno);
    }
    keep_damaged(name, damaged);
    if (::rename(temporary.c_str(), name.c_str()) != 0) {
      fail(name, errno);
    }
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  os::sync_folder_of(name);
  return clean;
}

}  // namespace toyfarm::io
