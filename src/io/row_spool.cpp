#include "toyfarm/io/row_spool.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"

namespace toyfarm::io {
namespace {

/// Moves all of `n` bytes by calls of move(bytes done), which answer as pread and pwrite do.
/// Returns 0, or the errno of the first failure.
template <class Move>
int move_all(std::size_t n, Move const& move) {
  for (std::size_t done = 0; done < n;) {
    auto const moved = move(done);
    if (moved < 0 && errno == EINTR) {
      continue;
    }
    if (moved <= 0) {
      return moved < 0 ? errno : EIO;
    }
    done += static_cast<std::size_t>(moved);
  }
  return 0;
}

}  // namespace

RowSpool::RowSpool(std::filesystem::path const& folder,
                   record::RowLayout layout,
                   core::ToyRange range)
    : layout_(layout), width_(record::row_words(layout)), range_(range) {
  auto name = (folder / ".rows.tmp.XXXXXX").string();
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) {
    throw core::RuntimeFailure(
        core::ExitCode::cannot_create,
        folder.string() +
            ": no file can be made to hold the rows of toys: " + std::strerror(errno));
  }
  ::unlink(name.c_str());
  name_ = name;
}

RowSpool::~RowSpool() {
  ::close(descriptor_);
}

void RowSpool::fail(std::string const& what, int error) const {
  throw core::RuntimeFailure(
      core::ExitCode::io_error,
      name_.string() + ": rows of toys cannot be " + what + ": " + std::strerror(error));
}

void RowSpool::write(core::ToyId first, std::span<std::uint64_t const> words) const {
  auto const bytes = std::as_bytes(words);
  auto const start = (first.value - range_.first.value) * width_ * sizeof(std::uint64_t);
  auto const error = move_all(bytes.size(), [&](std::size_t done) {
    return ::pwrite(
        descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(start + done));
  });
  if (error != 0) {
    fail("written", error);
  }
}

void RowSpool::read(core::ToyId first, std::span<std::uint64_t> words) const {
  auto const bytes = std::as_writable_bytes(words);
  auto const start = (first.value - range_.first.value) * width_ * sizeof(std::uint64_t);
  auto const error = move_all(bytes.size(), [&](std::size_t done) {
    return ::pread(
        descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(start + done));
  });
  if (error != 0) {
    fail("read back", error);
  }
  // Network file systems can lose a page and say so nowhere: at least the toy must be the right
  // one.
  for (std::size_t i = 0; i * width_ < words.size(); ++i) {
    if (words[i * width_] != first.value + i) {
      fail("read back: toy " + std::to_string(first.value + i) + " is damaged", EIO);
    }
  }
}

void RowSpool::put(std::span<std::uint64_t const> words) {
  if (words.size() % width_ != 0) {
    throw core::RuntimeFailure(core::ExitCode::internal, "a block is not made of whole rows");
  }
  auto const n = words.size() / width_;
  for (std::size_t i = 0; i < n;) {
    core::ToyId const first{words[i * width_]};
    std::size_t count = 1;
    while (i + count < n && words[(i + count) * width_] == first.value + count) {
      ++count;
    }
    if (first < range_.first || first.value - range_.first.value >= range_.count ||
        count > range_.count - (first.value - range_.first.value)) {
      throw core::RuntimeFailure(
          core::ExitCode::internal,
          "toy " + std::to_string(first.value) + " or one that follows it is none of this run");
    }
    toys_.insert({first, count});
    write(first, words.subspan(i * width_, count * width_));
    i += count;
  }
}

void RowSpool::walk(Visit const& visit) const {
  auto const most = rows_per_block(layout_);
  std::vector<std::uint64_t> block;
  for (auto const& range : toys_.ranges()) {
    for (std::uint64_t i = 0; i < range.count; i += most) {
      block.resize(std::min<std::uint64_t>(most, range.count - i) * width_);
      read({range.first.value + i}, block);
      visit(block);
    }
  }
}

}  // namespace toyfarm::io
