#include <algorithm>
#include <functional>

#include <fmt/core.h>

#include "toyfarm/os/shell.hpp"

#include "app/cli/option_table.hpp"

namespace toyfarm::app {
namespace {

void for_each_command(Command const& command, std::function<void(Command const&)> const& visit) {
  visit(command);
  for (auto const& sub : command.commands) {
    for_each_command(sub, visit);
  }
}

/// Patterns of a case: `parent` and each name of `command`.
std::string names_of(Command const& command, std::string const& parent) {
  auto text = os::single_quoted(parent + command.name);
  for (auto const& alias : command.aliases) {
    text += " | " + os::single_quoted(parent + alias);
  }
  return text;
}

/// Lines of a case that set what a command offers: its commands, options, options with a value, and
/// words in the place of a positional.
std::string bash_offers(Command const& command) {
  std::vector<std::string> commands;
  std::vector<std::string> options;
  std::vector<std::string> valued;
  for (auto const& sub : command.commands) {
    commands.push_back(sub.name);
  }
  for (auto const& option : command.options) {
    auto& names = option.is_positional ? commands : options;
    auto const offered = option.is_positional ? option.words() : option.names;
    names.insert(names.end(), offered.begin(), offered.end());
    if (!option.is_positional && !option.value.empty()) {
      valued.insert(valued.end(), option.names.begin(), option.names.end());
    }
  }
  return "    " + os::single_quoted(command.path) +
         ")\n      commands=" + os::single_quoted(joined(commands, " ")) +
         "\n      options=" + os::single_quoted(joined(options, " ")) +
         "\n      valued=" + os::single_quoted(joined(valued, " ")) + "\n      ;;\n";
}

std::string bash_words(Command const& command) {
  std::string text;
  for (auto const& option : command.options) {
    auto const words = option.words();
    if (!option.is_positional && !words.empty()) {
      for (auto const& name : option.names) {
        text += "    " + os::single_quoted(command.path + " " + name) +
                ") words=" + os::single_quoted(joined(words, " ")) + " ;;\n";
      }
    }
  }
  return text;
}

std::string bash_entries(Command const& command) {
  std::string text;
  for (auto const& sub : command.commands) {
    text += "    " + names_of(sub, command.path + " ") + ") path=" + os::single_quoted(sub.path) +
            " ;;\n";
  }
  return text;
}

/// Text that stands in brackets or between colons of an argument of _arguments.
std::string zsh_escaped(std::string const& text) {
  std::string out;
  for (char const c : text) {
    out += c == '[' || c == ']' || c == ':' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
  }
  return out;
}

/// What completes a value: ":name:(words)" or ":name:_files".
std::string zsh_value(std::string const& name, Option const& option) {
  auto const words = option.words();
  return words.empty() ? fmt::format(":{}:_files", zsh_escaped(name))
                       : fmt::format(":{}:({})", zsh_escaped(name), joined(words, " "));
}

std::string zsh_values(Option const& option) {
  std::string text;
  for (std::size_t begin = 0; begin < option.value.size();) {  // "LOW HIGH" is two values
    auto const end = std::min(option.value.find(' ', begin), option.value.size());
    text += zsh_value(option.value.substr(begin, end - begin), option);
    begin = end + 1;
  }
  return text;
}

std::string zsh_arguments(Command const& command) {
  std::string text;
  for (auto const& option : command.options) {
    if (option.is_positional) {
      text += " \\\n    " +
              os::single_quoted(fmt::format("*{}", zsh_value(option.names.front(), option)));
      continue;
    }
    for (auto const& name : option.names) {
      auto const equals = option.value.empty() ? "" : name.starts_with("--") ? "=" : "+";
      text += " \\\n    " + os::single_quoted(fmt::format("{}{}{}[{}]{}",
                                                          option.is_repeatable ? "*" : "",
                                                          name,
                                                          equals,
                                                          zsh_escaped(option.help),
                                                          zsh_values(option)));
    }
  }
  return text;
}

std::string zsh_function_name(Command const& command) {
  auto name = "_" + command.path;
  for (auto& c : name) {
    c = c == ' ' || c == '-' ? '_' : c;
  }
  return name;
}

std::string zsh_function(Command const& command) {
  auto const head = zsh_function_name(command) + "() {\n";
  auto const arguments = zsh_arguments(command);
  if (command.commands.empty()) {
    return head + "  _arguments" + arguments + "\n}\n\n";
  }
  std::string names;
  std::string cases;
  for (auto const& sub : command.commands) {
    names += "        " + os::single_quoted(sub.name + ":" + zsh_escaped(sub.help)) + "\n";
    cases += "        " + names_of(sub, "") + ") " + zsh_function_name(sub) + " ;;\n";
  }
  return head +
         "  local curcontext=$curcontext state line\n"
         "  local -a commands\n"
         "  _arguments -C" +
         arguments +
         " \\\n    '1: :->command' \\\n    '*:: :->rest'\n"
         "  case $state in\n"
         "    command)\n"
         "      commands=(\n" +
         names +
         "      )\n"
         "      _describe command commands\n"
         "      ;;\n"
         "    rest)\n"
         "      case $line[1] in\n" +
         cases + "      esac\n      ;;\n  esac\n}\n\n";
}

constexpr char const* bash_walk = R"(
_toyfarm() {
  local cur=${COMP_WORDS[COMP_CWORD]} path=toyfarm option='' words='' commands options valued word i value
  COMPREPLY=()
  _toyfarm_offers
  # Which command this is, and whether the word to complete is the value of an option.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ " $valued " == *" $word "* ]]; then
      option=$word value=$((i + 1))
      if [[ ${COMP_WORDS[value]} == = ]]; then # --option=value is three words here
        if ((value == COMP_CWORD)); then
          cur=''
        else
          value=$((value + 1))
        fi
      fi
      if ((value >= COMP_CWORD)); then
        break
      fi
      option='' i=$value
    else
      _toyfarm_enter
    fi
  done
  if [[ -n $option ]]; then
    _toyfarm_words
  elif [[ $cur == -* ]]; then
    words=$options
  else
    words=$commands
  fi
  # What is left empty is completed as file names.
  if [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  fi
}
)";

}  // namespace

std::string bash_completion(Command const& program) {
  std::string offers;
  std::string words;
  std::string entries;
  for_each_command(program, [&](Command const& command) {
    offers += bash_offers(command);
    words += bash_words(command);
    entries += bash_entries(command);
  });
  return "# Completion in bash; made by: toyfarm completion bash\n"
         "# shellcheck shell=bash disable=SC2034 # set for _toyfarm, which calls these\n"
         "_toyfarm_offers() {\n  case $path in\n" +
         offers + "  esac\n}\n\n_toyfarm_words() {\n  case \"$path $option\" in\n" + words +
         "  esac\n}\n\n_toyfarm_enter() {\n  case \"$path $word\" in\n" + entries +
         "    *) return ;;\n  esac\n  _toyfarm_offers\n}\n" + bash_walk +
         "\ncomplete -o bashdefault -o default -F _toyfarm toyfarm toyfarm-local\n";
}

std::string zsh_completion(Command const& program) {
  std::string functions;
  for_each_command(program, [&](Command const& command) { functions += zsh_function(command); });
  return "#compdef toyfarm toyfarm-local\n# Completion in zsh; made by: toyfarm completion "
         "zsh\n\n" +
         functions +
         "if [[ $funcstack[1] == _toyfarm ]]; then\n  _toyfarm \"$@\"\nelse\n"
         "  compdef _toyfarm toyfarm toyfarm-local\nfi\n";
}

}  // namespace toyfarm::app
