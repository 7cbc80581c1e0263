#pragma once
#include <string>
#include <string_view>

#include "toyfarm/formula/parse.hpp"

namespace toyfarm::formula {

/// `text` between quotes, as a message may show it.
[[nodiscard]] std::string quote(std::string_view text);

/// An expression that is read from its beginning, word by word; spaces are passed over.
class Text {
 public:
  explicit Text(std::string_view text) : text_(text) {}

  /// Bytes read so far.
  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  bool at_end();  ///< also passes over spaces
  /// The next character; 0 at the end.
  [[nodiscard]] char next() { return at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] bool begins_with(std::string_view sign);
  /// Reads a sign if it is the next.
  bool take(std::string_view sign);
  void expect(std::string_view sign, std::string const& what);
  [[nodiscard]] double number();
  /// The number of a variable.
  [[nodiscard]] std::size_t position();
  /// Letters, digits, '_' and '::'.
  [[nodiscard]] std::string_view name();
  /// Throws ExpressionError here: "expected ..., got ...".
  [[noreturn]] void fail_expecting(std::string const& what);

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool begins_name(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace toyfarm::formula
