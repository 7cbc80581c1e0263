#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hdf5.h>

#include "io/read_limit.hpp"

// HDF5 with handles that close themselves and failures that name the file. Files made here are
// byte-identical for equal calls: no object times anywhere, one library version bound, everything
// in the caller's order.
namespace toyfarm::io::hdf5 {

/// Owns a hid_t and the function that closes it.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close close) noexcept : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) {
      close_(id_);
    }
  }
  [[nodiscard]] hid_t get() const noexcept { return id_; }
  explicit operator bool() const noexcept { return id_ >= 0; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// Keeps HDF5 from printing its own error stacks and from cleaning up at exit, both of which it
/// does by default. To be called before anything else of HDF5.
void be_silent();

/// Carries `read` out in a child process first: HDF5 can crash, loop or ask for all memory on
/// damaged metadata, and then this throws core::DataError instead. What `read` throws there is
/// thrown here. `limit` is of the file's content; HDF5 itself gets a little more.
void rehearse(std::filesystem::path const& file,
              ReadLimit const& limit,
              std::function<void()> const& read);

/// Why the values of a dataset are not, or not all, in the file itself: HDF5 would give fill values
/// for those that are not found. Nothing if they all are.
[[nodiscard]] std::optional<std::string> why_not_stored(hid_t dataset);

/// Bytes that HDF5 unpacks at a time when it reads a dataset: the largest of a chunk and an
/// element.
[[nodiscard]] long double bytes_at_a_time(hid_t dataset);

/// Calls visit(word) for every string of a dataset or attribute of `type` and `space`; `read` is
/// called with the memory type, the selections in memory and file, the transfer list and a buffer,
/// for some strings at a time. False if HDF5 failed or these are no strings. Throws core::DataError
/// beyond `limit`; `what` names the dataset.
using ReadStrings =
    std::function<herr_t(hid_t type, hid_t memory, hid_t file, hid_t transfer, void*)>;
enum class Portions { blocks, whole };  ///< attributes are read whole
struct StringSource {
  hid_t type, space;
  std::string what;
  Portions portions = Portions::blocks;
};
[[nodiscard]] bool each_string(StringSource const& source,
                               ReadLimit const& limit,
                               ReadStrings const& read,
                               std::function<void(std::string_view)> const& visit);

/// The type of a string of `bytes` bytes, padded with zeros; UTF-8.
[[nodiscard]] Handle string_type(std::size_t bytes);

/// A file to write. Each call throws core::RuntimeFailure(io_error) if HDF5 refuses.
class Writer {
 public:
  explicit Writer(std::filesystem::path const& file);
  /// Makes a group; later calls name it as a prefix of their path.
  void group(std::string const& path);
  void attribute(std::string const& object, std::string const& name, std::string const& text);
  void attribute(std::string const& object, std::string const& name, std::uint64_t value);
  void attribute(std::string const& object,
                 std::string const& name,
                 std::vector<std::string> const& words);
  void attribute(std::string const& object,
                 std::string const& name,
                 std::span<double const> values);
  /// A text of any length.
  void text(std::string const& path, std::string const& text);
  void strings(std::string const& path, std::vector<std::string> const& words);
  /// A dataset of the given shape, filled with `write_rows`.
  void make(std::string const& path, hid_t file_type, std::vector<hsize_t> const& shape);
  /// Rows [first, first + count) of a dataset, in the type of the memory.
  void write_rows(
      std::string const& path, hid_t memory_type, hsize_t first, hsize_t count, void const* data);
  /// make and write_rows for a whole 1-D dataset.
  void column(
      std::string const& path, hid_t file_type, hid_t memory_type, std::size_t n, void const* data);
  /// Flushes and closes; a full disk shows here.
  void close();

 private:
  [[noreturn]] void fail(std::string const& what) const;
  template <class T>
  T ok(T result, std::string const& what) const {
    if (result < 0) {
      fail(what);
    }
    return result;
  }
  Handle make(std::string const& path, hid_t file_type, hid_t space, hid_t list);
  Handle open_object(std::string const& object) const;
  void write_attribute(std::string const& object,
                       std::string const& name,
                       hid_t type,
                       hid_t space,
                       hid_t memory,
                       void const* data);

  std::filesystem::path path_;
  Handle file_;
};

/// A file to read. Throws core::RuntimeFailure(no_input) if it is not there, core::DataError for
/// anything in it that is not as asked, that is not in the file itself, or that is too large.
class Reader {
 public:
  explicit Reader(std::filesystem::path const& file) : Reader(file, ReadLimit(checked(file))) {}
  Reader(std::filesystem::path const& file, ReadLimit limit)
      : Reader(file, std::move(limit), file) {}
  /// Opens `source`, which is another name of `file`; messages name `file`.
  Reader(std::filesystem::path const& file, ReadLimit limit, std::filesystem::path const& source);
  /// Throws core::DataError for a link that leads out of the file or nowhere.
  [[nodiscard]] bool has(std::string const& path) const;
  [[nodiscard]] bool has_attribute(std::string const& object, std::string const& name) const;
  /// Names of the datasets of a group, sorted.
  [[nodiscard]] std::vector<std::string> datasets(std::string const& group) const;
  [[nodiscard]] bool is_group(std::string const& path) const;
  [[nodiscard]] std::string text_attribute(std::string const& object,
                                           std::string const& name) const;
  [[nodiscard]] std::uint64_t integer_attribute(std::string const& object,
                                                std::string const& name) const;
  [[nodiscard]] std::vector<std::string> strings_attribute(std::string const& object,
                                                           std::string const& name) const;
  [[nodiscard]] std::vector<double> numbers_attribute(std::string const& object,
                                                      std::string const& name) const;
  [[nodiscard]] std::string text(std::string const& path) const;
  /// Shape of a dataset; refuses one whose values are not all in the file, or beyond the limit.
  [[nodiscard]] std::vector<hsize_t> shape(std::string const& path) const;
  [[nodiscard]] bool is_numeric(std::string const& path) const;
  [[nodiscard]] std::string type_name(std::string const& path) const;
  void read_rows(
      std::string const& path, hid_t memory_type, hsize_t first, hsize_t count, void* data) const;
  /// A 1-D dataset of strings, fixed or variable length.
  [[nodiscard]] std::vector<std::string> strings(std::string const& path) const;
  /// The same, one after the other.
  void each_string(std::string const& path,
                   std::function<void(std::string_view)> const& visit) const;

 private:
  [[noreturn]] void fail(std::string const& what) const;
  template <class T>
  T ok(T result, std::string const& what) const {
    if (result < 0) {
      fail(what);
    }
    return result;
  }
  static std::filesystem::path const& checked(std::filesystem::path const& file);
  void refuse_link(std::string const& path) const;
  void require_stored(hid_t dataset, std::string const& path) const;
  Handle open_object(std::string const& object) const;
  Handle open_dataset(std::string const& path) const;
  Handle open_attribute(std::string const& object, std::string const& name) const;

  std::filesystem::path path_;
  ReadLimit limit_;
  Handle file_;
  std::unique_ptr<std::string> other_file_;  ///< that an external link asked for
  Handle access_;                            ///< follows no external link
  mutable std::set<std::string> stored_;     ///< datasets found whole
};

}  // namespace toyfarm::io::hdf5
