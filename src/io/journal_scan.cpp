#include "io/journal_scan.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <unistd.h>

#include "toyfarm/core/error.hpp"

namespace toyfarm::io {
namespace {

constexpr std::size_t most_ahead = std::size_t{1} << 22U;

}  // namespace

std::uint64_t next_sync_word(ReadWindow& window, std::uint64_t offset, std::uint64_t end) {
  constexpr std::size_t step = std::size_t{1} << 20U;
  while (end - offset >= sizeof frame_sync_word) {
    auto const bytes = window.at(offset, std::min<std::uint64_t>(step, end - offset));
    if (bytes.size() < sizeof frame_sync_word) {
      break;
    }
    auto const* const found =
        ::memmem(bytes.data(), bytes.size(), &frame_sync_word, sizeof frame_sync_word);
    if (found != nullptr) {
      return offset +
             static_cast<std::uint64_t>(static_cast<std::byte const*>(found) - bytes.data());
    }
    offset += bytes.size() - (sizeof frame_sync_word - 1);
  }
  return end;
}

std::span<std::byte const> ReadWindow::at(std::uint64_t offset, std::size_t n) {
  if (offset >= start_ && offset - start_ + n <= buffer_.size()) {
    return std::span(buffer_).subspan(offset - start_, n);
  }
  // Places far apart are read one by one: reading ahead would move many times what is asked for.
  bool const near = offset >= start_ && offset - start_ <= 2 * buffer_.size();
  ahead_ = near ? std::clamp<std::size_t>(2 * ahead_, 4096, most_ahead) : 0;
  buffer_.resize(std::max(n, ahead_));
  start_ = offset;
  std::size_t got = 0;
  while (got < n) {
    auto const moved =
        ::pread(fd_, buffer_.data() + got, buffer_.size() - got, static_cast<off_t>(offset + got));
    if (moved < 0 && errno == EINTR) {
      continue;
    }
    if (moved < 0) {
      auto const error = errno;
      buffer_.clear();
      throw core::RuntimeFailure(
          core::ExitCode::io_error,
          name_.string() + ": rows of toys cannot be read back: " + std::strerror(error));
    }
    if (moved == 0) {
      break;
    }
    got += static_cast<std::size_t>(moved);
  }
  buffer_.resize(got);
  return std::span(buffer_).first(std::min(n, got));
}

std::optional<Frame> frame_at(ReadWindow& window,
                              std::uint64_t offset,
                              std::uint64_t end,
                              std::uint64_t journal) {
  if (offset > end || end - offset < frame_head_bytes) {
    return {};
  }
  auto const head = decode_head(window.at(offset, frame_head_bytes));
  auto const room = end - offset - frame_head_bytes;
  if (!head || head->journal != journal || head->bytes > room ||
      frame_padding(head->bytes) > room - head->bytes) {
    return {};
  }
  auto const padded = head->bytes + frame_padding(head->bytes);
  auto const whole = window.at(offset, frame_head_bytes + padded);
  if (whole.size() != frame_head_bytes + padded ||
      frame_checksum(whole.subspan(frame_head_bytes)) != head->payload_checksum) {
    return {};
  }
  return Frame{*head, offset, whole.subspan(frame_head_bytes, head->bytes)};
}

ScanResult scan_frames(ReadWindow& window,
                       Extent where,
                       std::uint64_t journal,
                       std::function<bool(Frame const&)> const& take) {
  ScanResult result{where.begin, {}};
  for (auto offset = where.begin; offset < where.end;) {
    auto const frame = frame_at(window, offset, where.end, journal);
    if (!frame || !take(*frame)) {
      offset = next_sync_word(window, offset + 1, where.end);
      continue;
    }
    if (offset != result.good_end) {
      result.bad.push_back({result.good_end, offset});
    }
    offset = frame->end();
    result.good_end = offset;
  }
  return result;
}

}  // namespace toyfarm::io
