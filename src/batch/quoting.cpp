#include "toyfarm/batch/quoting.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/os/shell.hpp"

namespace toyfarm::batch {
namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}

/// Whether `sought`, which is in lower case, begins at `at`, whatever the case there.
bool has_at(std::string_view text, std::size_t at, std::string_view sought) {
  auto const here = text.substr(at, sought.size());
  return std::ranges::equal(here, sought, [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == static_cast<unsigned char>(b);
  });
}

[[noreturn]] void refuse(std::string const& what, std::string const& problem) {
  throw core::UsageError(what + " " + problem);
}

}  // namespace

std::string const& checked_word(std::string const& what, std::string const& word) {
  std::string_view const text = word;
  for (std::size_t i = 0; i < text.size();) {
    auto const place = "at byte " + std::to_string(i);
    if (is_control(text[i])) {
      refuse(what,
             "has a control character (line end, tab, …) " + place +
                 ", which files of batch systems cannot hold; choose another text or path");
    }
    auto const length = core::utf8_length(text.substr(i));
    if (length == 0) {
      refuse(what, "is no UTF-8 text " + place + "; choose another text or path");
    }
    i += length;
  }
  return word;
}

std::string shell_word(std::string const& what, std::string const& word) {
  return os::shell_word(checked_word(what, word));
}

std::string shell_words(std::string const& what, std::vector<std::string> const& words) {
  std::string line;
  for (auto const& word : words) {
    line += line.empty() ? "" : " ";
    line += shell_word(what, word);
  }
  return line;
}

std::string slurm_directive(std::string const& name, std::string const& value) {
  auto const head = "#SBATCH --" + checked_word("an option of sbatch", name) + "=";
  checked_word("--" + name, value);
  std::string escaped;
  for (std::size_t i = 0; i < value.size(); ++i) {
    char const c = value[i];
    escaped += c == '"' || c == '\'' || c == '\\' || c == '#' ? "\\" : "";
    escaped += c;
    // sbatch blanks out this old word for a job of parts wherever it finds it.
    escaped += has_at(value, i, "packjob") ? "\\" : "";
  }
  // A backslash does not keep a blank from ending a word.
  auto const* const quote = os::is_plain(value, "_./:@%+,=-") ? "" : "\"";
  return head + quote + escaped + quote;
}

std::string condor_line(std::string const& name, std::string const& value) {
  checked_word(name, value);
  if (!value.empty() && (value.front() == ' ' || value.back() == ' ' || value.back() == '\\')) {
    refuse(name,
           "begins or ends with a blank or ends with a backslash, which HTCondor's submit "
           "descriptions cannot hold; choose another text or path");
  }
  std::string expanded_later;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (has_at(value, i, "$$") || has_at(value, i, "$(dollar)")) {
      refuse(name,
             "holds $$ or $(DOLLAR), which HTCondor's submit descriptions cannot hold as text; "
             "choose another text or path");
    }
    expanded_later += value[i] == '$' ? std::string("$(DOLLAR)") : std::string(1, value[i]);
  }
  return name + " = " + expanded_later;
}

std::string condor_arguments(std::string const& what, std::vector<std::string> const& words) {
  std::string line;
  for (auto const& word : words) {
    line += line.empty() ? "" : " ";
    if (os::is_plain(checked_word(what, word), "_./:@%+,=-")) {
      line += word;
      continue;
    }
    line += '\'';
    for (char const c : word) {
      line += std::string(c == '\'' || c == '"' ? 2 : 1, c);
    }
    line += '\'';
  }
  return "\"" + line + "\"";
}

std::string classad_string(std::string const& what, std::string const& text) {
  if (checked_word(what, text).find('\\') != std::string::npos) {
    refuse(what, "holds a backslash, which HTCondor reads in two ways; choose another text");
  }
  std::string literal = "\"";
  for (char const c : text) {
    literal += c == '"' ? std::string("\\\"") : std::string(1, c);
  }
  return literal + "\"";
}

}  // namespace toyfarm::batch
