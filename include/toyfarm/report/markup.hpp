#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// Text of pages, pictures and the numbers beside them. Whatever comes from outside passes through
// `escaped` or `Numbers`.
namespace toyfarm::report {

/// `text` as text of HTML and SVG or as the value of a quoted attribute: at most `max_chars`
/// characters, then "…"; what is not seen, or no UTF-8, is shown as an escape.
[[nodiscard]] std::string escaped(std::string_view text, std::size_t max_chars = 400);

/// As much of `text` as is no wider than `width` in letters of `size` (same unit), unescaped; "…"
/// stands for the rest. Widths are estimates from above for common sans-serif letters.
[[nodiscard]] std::string fitting(std::string_view text, double width, double size);
/// That estimate.
[[nodiscard]] double text_width(std::string_view text, double size);

/// A value for people: `digits` significant digits, with a true minus sign; "–" for none.
[[nodiscard]] std::string number_text(double value, int digits = 4);
/// "1.234 ± 0.056": as many decimals as two digits of the error have.
[[nodiscard]] std::string value_text(double value, double error);

/// Numbers as a JSON object, members in the order given. Doubles read back to the same bits; NaN is
/// null, infinities are the words "inf" and "-inf". Its text may stand in a script element of HTML
/// and of XML.
class Numbers {
 public:
  Numbers& add(std::string_view name, double value);
  Numbers& add(std::string_view name, std::uint64_t value);
  Numbers& add(std::string_view name, std::string_view value);
  Numbers& add(std::string_view name, std::span<double const> values);
  Numbers& add(std::string_view name, std::span<std::uint64_t const> values);
  Numbers& add(std::string_view name, std::span<std::string const> values);
  [[nodiscard]] std::string text() const { return "{" + members_ + "}"; }

 private:
  Numbers& member(std::string_view name, std::string_view json);

  std::string members_;
};

}  // namespace toyfarm::report
