#include "app/cli_table.hpp"

#include <algorithm>
#include <cctype>

#include <CLI/CLI.hpp>

namespace toyfarm::app {
namespace {

constexpr char const* default_group = "Options";

OptionEntry entry_of(CLI::Option const& option) {
  OptionEntry entry;
  entry.is_positional = !option.nonpositional();
  if (entry.is_positional) {
    entry.names.push_back(option.get_single_name());
  }
  for (auto const& name : option.get_snames()) {
    entry.names.push_back("-" + name);
  }
  for (auto const& name : option.get_lnames()) {
    entry.names.push_back("--" + name);
  }
  entry.value = option.get_items_expected_max() > 0 ? option.get_type_name() : "";
  entry.help = option.get_description();
  entry.group = option.get_group();
  entry.is_required = option.get_required();
  entry.is_repeatable =
      option.get_multi_option_policy() != CLI::MultiOptionPolicy::Throw && !entry.value.empty();
  return entry;
}

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

std::string row(OptionEntry const& option, std::size_t width) {
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

std::string joined(std::vector<std::string> const& words, std::string const& between) {
  std::string text;
  for (auto const& word : words) {
    text += (text.empty() ? "" : between) + word;
  }
  return text;
}

std::vector<std::string> OptionEntry::words() const {
  std::vector<std::string> out;
  if (value.find('|') == std::string::npos) {
    return out;
  }
  for (std::size_t begin = 0; begin <= value.size();) {
    auto const end = std::min(value.find('|', begin), value.size());
    auto const word = value.substr(begin, end - begin);
    if (!word.empty() && std::isupper(static_cast<unsigned char>(word.front())) == 0) {
      out.push_back(word);
    }
    begin = end + 1;
  }
  return out;
}

std::vector<std::string> CommandEntry::groups() const {
  std::vector<std::string> out;
  for (auto const& option : options) {
    bool const is_new = std::ranges::find(out, option.group) == out.end();
    if (!option.is_positional && option.group != default_group && is_new) {
      out.push_back(option.group);
    }
  }
  out.emplace_back(default_group);
  return out;
}

std::string CommandEntry::usage() const {
  auto text = path + " [OPTIONS]";
  for (auto const& option : options) {
    if (option.is_positional) {
      text += " " + option.names.front() + (option.is_repeatable ? " ..." : "");
    }
  }
  return text + (commands.empty() ? "" : " COMMAND ...");
}

CommandEntry table_of(CLI::App const& app, std::string const& parents) {
  CommandEntry entry;
  entry.name = app.get_name();
  entry.path = parents + (parents.empty() ? "" : " ") + entry.name;
  entry.aliases = app.get_aliases();
  entry.help = app.get_description();
  for (auto const* const option : app.get_options()) {
    entry.options.push_back(entry_of(*option));
  }
  for (auto const* const sub : app.get_subcommands([](CLI::App const* /*sub*/) { return true; })) {
    entry.commands.push_back(table_of(*sub, entry.path));
  }
  return entry;
}

std::string help_text(CommandEntry const& command, std::size_t width) {
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
