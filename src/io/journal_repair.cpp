#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"

#include "io/journal_file.hpp"
#include "io/journal_state.hpp"

namespace toyfarm::io {
namespace {

[[noreturn]] void fail(std::filesystem::path const& name, int error) {
  throw core::RuntimeFailure(
      core::ExitCode::io_error,
      name.string() +
          ": it is damaged, and no clean copy can be put in its place: " + std::strerror(error));
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

/// Gives the file a second name that says what it is.
void keep_damaged(std::filesystem::path const& name, Descriptor const& damaged) {
  auto const base = name.string() + ".damaged";
  for (int number = 1;; ++number) {
    auto const kept = number == 1 ? base : base + "." + std::to_string(number);
    if (is_same_file(damaged.get(), kept) || ::link(name.c_str(), kept.c_str()) == 0) {
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

Descriptor replace_damaged(std::filesystem::path const& name,
                           Descriptor const& damaged,
                           JournalContent const& content) {
  auto const temporary = name.string() + ".repair";
  Descriptor clean(::open(
      temporary.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (clean.get() < 0) {
    fail(name, errno);
  }
  try {
    // Locked before it has the journal's name: who opens it then finds it taken.
    (void)try_lock(clean.get());
    ReadWindow window(damaged.get(), name);
    std::uint64_t begin = 0;
    for (auto const& bad : content.bad) {
      copy(window, {begin, bad.begin}, clean.get());
      begin = bad.end;
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
  sync_folder_of(name);
  return clean;
}

}  // namespace toyfarm::io
