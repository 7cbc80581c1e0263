#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/words.hpp"

// Bytes of structs for other processes on machines of one byte order. A struct has one function
// `visit(archive, object)` that names its members, `archive(object.a, object.b)`; it serves both
// directions, so that they cannot drift apart.
namespace toyfarm::core {

/// An enumeration that is told by its word; others are told by their number.
template <class T>
concept Worded = std::is_enum_v<T> && requires(T value) {
  words_of(value);
};
template <class T>
concept Plain = (std::is_arithmetic_v<T> || std::is_enum_v<T>)&&!Worded<T>;

/// Appends what it is called with: numbers, enumerations, texts, lists and arrays of all these, and
/// whatever has a `visit`, which must not change it.
class ByteWriter {
 public:
  template <class... T>
  void operator()(T&... items) {
    (put(items), ...);
  }
  /// The bytes so far; the writer is empty then.
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  void raw(void const* from, std::size_t n) { bytes_.append(static_cast<char const*>(from), n); }
  void size(std::uint64_t n) { raw(&n, sizeof n); }
  void put(std::string& text) {
    size(text.size());
    raw(text.data(), text.size());
  }
  template <class T, std::size_t n>
  void put(std::array<T, n>& items) {
    for (auto& item : items) {
      put(item);
    }
  }
  template <class T>
  void put(std::vector<T>& items) {
    size(items.size());
    if constexpr (Plain<T>) {
      raw(items.data(), items.size() * sizeof(T));
    } else {
      for (auto& item : items) {
        put(item);
      }
    }
  }
  template <class T>
  void put(T& item) {
    if constexpr (Worded<T>) {
      std::string word(word_of(item));
      put(word);
    } else if constexpr (Plain<T>) {
      raw(&item, sizeof item);
    } else {
      visit(*this, item);
    }
  }

  std::string bytes_;
};

/// Takes what a ByteWriter appended, in the same order. Throws RuntimeFailure(internal), saying
/// that `what` was damaged, where the bytes end too early, or late, and for a word that is not
/// known.
class ByteReader {
 public:
  ByteReader(std::string_view bytes, std::string what) : bytes_(bytes), what_(std::move(what)) {}
  template <class... T>
  void operator()(T&... items) {
    (get(items), ...);
  }
  /// To be called behind the last.
  void finish() const {
    if (!bytes_.empty()) {
      fail();
    }
  }
  [[noreturn]] void fail() const {
    throw RuntimeFailure(ExitCode::internal, what_ + " damaged on the way");
  }

 private:
  void raw(void* to, std::size_t n) {
    if (n > bytes_.size()) {
      fail();
    }
    if (n > 0) {
      std::memcpy(to, bytes_.data(), n);
    }
    bytes_.remove_prefix(n);
  }
  /// A number of things of which each takes so many bytes at least.
  std::size_t size(std::size_t each) {
    std::uint64_t n = 0;
    raw(&n, sizeof n);
    if (n > bytes_.size() / each) {
      fail();
    }
    return n;
  }
  void get(std::string& text) {
    text.resize(size(1));
    raw(text.data(), text.size());
  }
  template <class T, std::size_t n>
  void get(std::array<T, n>& items) {
    for (auto& item : items) {
      get(item);
    }
  }
  template <class T>
  void get(std::vector<T>& items) {
    if constexpr (Plain<T>) {
      items.resize(size(sizeof(T)));
      raw(items.data(), items.size() * sizeof(T));
    } else {
      items.resize(size(1));
      for (auto& item : items) {
        get(item);
      }
    }
  }
  template <class T>
  void get(T& item) {
    if constexpr (Worded<T>) {
      std::string word;
      get(word);
      auto const value = find_word<T>(word);
      if (!value) {
        throw RuntimeFailure(ExitCode::internal,
                             what_ + " made by a program that knows '" + word + "'");
      }
      item = *value;
    } else if constexpr (Plain<T>) {
      raw(&item, sizeof item);
    } else {
      visit(*this, item);
    }
  }

  std::string_view bytes_;
  std::string what_;
};

}  // namespace toyfarm::core
