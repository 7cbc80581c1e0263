#include "toyfarm/os/shell.hpp"

#include <algorithm>

#include "toyfarm/core/error.hpp"

namespace toyfarm::os {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// Words of one line as a POSIX shell takes them apart, up to a comment.
class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_(line) {}

  std::vector<std::string> words() {
    for (; at_ < line_.size(); ++at_) {
      char const c = line_[at_];
      if (c == '#') {
        break;
      }
      if (is_blank(c)) {
        finish_word();
      } else if (c == '\'' || c == '"') {
        take_quoted(c);
      } else {
        in_word_ = true;
        word_ += c == '\\' ? escaped() : c;
      }
    }
    finish_word();
    return std::move(words_);
  }

 private:
  void finish_word() {
    if (in_word_) {
      words_.push_back(std::move(word_));
    }
    word_.clear();
    in_word_ = false;
  }
  char escaped() {
    if (++at_ == line_.size()) {
      throw core::UsageError("the line ends in a backslash");
    }
    return line_[at_];
  }
  void take_quoted(char quote) {
    in_word_ = true;
    for (++at_; at_ < line_.size() && line_[at_] != quote; ++at_) {
      // Between double quotes a backslash keeps its own place unless it hides a quote or another.
      if (quote == '"' && line_[at_] == '\\' && at_ + 1 < line_.size() &&
          (line_[at_ + 1] == '"' || line_[at_ + 1] == '\\')) {
        ++at_;
      }
      word_ += line_[at_];
    }
    if (at_ == line_.size()) {
      throw core::UsageError("a quote is not closed");
    }
  }

  std::string_view line_;
  std::size_t at_ = 0;
  std::string word_;
  bool in_word_ = false;
  std::vector<std::string> words_;
};

}  // namespace

bool is_plain(std::string_view word, std::string_view others) {
  return !word.empty() && std::ranges::all_of(word, [others](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (char const c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

std::string shell_word(std::string_view word) {
  return is_plain(word, "_./:@%+,-") ? std::string(word) : single_quoted(word);
}

std::string shell_line(std::vector<std::string> const& words) {
  std::string line;
  for (auto const& word : words) {
    bool const is_command = line.empty();
    line += is_command ? "" : " ";
    line += is_command                      ? shell_word(word)
            : is_plain(word, "_./:@%+,-=^") ? word
                                            : single_quoted(word);
  }
  return line;
}

std::vector<std::string> shell_words(std::string_view line) {
  return Splitter(line).words();
}

}  // namespace toyfarm::os
