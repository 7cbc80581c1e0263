#include "formula/text.hpp"

#include <charconv>

#include "toyfarm/core/printable.hpp"

namespace toyfarm::formula {
namespace {

constexpr std::size_t quoted = 40;  // characters of a text in a message

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

std::string quote(std::string_view text) {
  return std::string("'").append(core::printable(text, quoted)).append("'");
}

bool Text::at_end() {
  while (at_ < text_.size() && is_space(text_[at_])) {
    ++at_;
  }
  return at_ == text_.size();
}

bool Text::begins_with(std::string_view sign) {
  return !at_end() && text_.substr(at_).starts_with(sign);
}

bool Text::take(std::string_view sign) {
  bool const is = begins_with(sign);
  at_ += is ? sign.size() : 0;
  return is;
}

void Text::expect(std::string_view sign, std::string const& what) {
  if (!take(sign)) {
    fail_expecting(quote(sign) + " " + what);
  }
}

void Text::fail_expecting(std::string const& what) {
  auto const got = at_end() ? std::string("the end") : quote(text_.substr(at_));
  throw ExpressionError(at_, "expected " + what + ", got " + got);
}

double Text::number() {
  auto const from = at_;
  double value = 0;
  auto const rest = text_.substr(at_);
  auto const read = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (read.ec == std::errc::result_out_of_range) {
    throw ExpressionError(from, "the number is beyond the range of numbers");
  }
  if (read.ec != std::errc()) {
    fail_expecting("a number");
  }
  at_ += static_cast<std::size_t>(read.ptr - rest.data());
  if (at_ < text_.size() && (begins_name(text_[at_]) || text_[at_] == '.')) {
    fail_expecting("an operator after a number");
  }
  return value;
}

std::size_t Text::position() {
  std::size_t value = 0;
  auto const rest = text_.substr(at_);
  auto const read = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (read.ec != std::errc()) {
    fail_expecting("the number of a variable");
  }
  at_ += static_cast<std::size_t>(read.ptr - rest.data());
  return value;
}

std::string_view Text::name() {
  auto const from = at_;
  while (at_ < text_.size()) {
    if (begins_name(text_[at_]) || is_digit(text_[at_])) {
      ++at_;
    } else if (text_.substr(at_).starts_with("::")) {
      at_ += 2;
    } else {
      break;
    }
  }
  return text_.substr(from, at_ - from);
}

}  // namespace toyfarm::formula
