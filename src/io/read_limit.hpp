#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace toyfarm::io {

/// What the content of one file may take in memory. A few kB can be packed so that they unfold to
/// all memory there is; honest data are hardly packed more than a hundredfold.
class ReadLimit {
 public:
  /// 1 GB, or 1000 times the file's size if that is more; with `max_rows` also that many rows.
  explicit ReadLimit(std::filesystem::path file, std::optional<std::uint64_t> max_rows = {});

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_bytes_; }
  [[nodiscard]] bool allows(long double bytes) const noexcept;

  /// Throws core::DataError if `n` rows are more than max_rows.
  void require_rows(std::uint64_t n) const;
  /// Throws core::DataError, which names both sizes, if `what` takes more than the limit.
  void require(long double bytes, std::string const& what) const;
  /// The error of content that was found to go beyond the limit while it was read.
  [[noreturn]] void refuse(std::string const& what) const;

 private:
  [[nodiscard]] std::string advice() const;

  std::filesystem::path file_;
  std::optional<std::uint64_t> max_rows_;
  std::uint64_t file_bytes_;
  std::uint64_t bytes_;
};

/// "1.7 MB".
[[nodiscard]] std::string size_text(long double bytes);

}  // namespace toyfarm::io
