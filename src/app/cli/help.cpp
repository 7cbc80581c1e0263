#include <algorithm>

#include "app/cli/option_table.hpp"

namespace toyfarm::app {
namespace {

/// `text` broken at blanks; lines after the first are indented.
std::string wrapped(std::string const& text, std::size_t indent, std::size_t width) {
  std::string out;
  std::size_t column = indent;
  for (std::size_t begin = 0; begin < text.size();) {
    auto const end = std::min(text.find(' ', begin), text.size());
    auto const length = end - begin;
    if (column > indent && column + 1 + length > width) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += text.substr(begin, length);
    column += length;
    begin = end + 1;
  }
  return out;
}

/// Two columns, the right one of which starts on a line of its own where the left one is too long.
std::string row(std::string const& left, std::string const& right, std::size_t width) {
  constexpr std::size_t indent = 30;
  auto line = "  " + left;
  if (line.size() + 2 > indent) {
    line += "\n" + std::string(indent, ' ');
  } else {
    line.resize(indent, ' ');
  }
  return line + wrapped(right, indent, width) + "\n";
}

std::string row(Option const& option, std::size_t width) {
  auto const help =
      option.help + (option.is_required && !option.is_positional ? " (required)" : "");
  auto left = joined(option.names, ", ");
  if (option.is_positional ? !option.words().empty() : !option.value.empty()) {
    left += ' ';
    left += option.value;
  }
  return row(left, help, width);
}

}  // namespace

std::string help_text(Command const& command, std::size_t width) {
  auto text = command.help + "\nUsage: " + command.usage() + "\n";
  if (!command.commands.empty()) {
    text += "\nCommands (COMMAND --help tells more):\n";
    for (auto const& sub : command.commands) {
      text += row(sub.name, sub.help, width);
    }
  }
  std::string positionals;
  for (auto const& option : command.options) {
    positionals += option.is_positional ? row(option, width) : "";
  }
  text += positionals.empty() ? "" : "\nArguments:\n" + positionals;
  for (auto const& group : command.groups()) {
    text += "\n" + group + ":\n";
    for (auto const& option : command.options) {
      text += !option.is_positional && option.group == group ? row(option, width) : "";
    }
  }
  if (!command.aliases.empty()) {
    text += "\nAlso known as: " + joined(command.aliases, ", ") + "\n";
  }
  return text;
}

}  // namespace toyfarm::app
