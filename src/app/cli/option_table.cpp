#include "app/cli/option_table.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace toyfarm::app {
namespace {

constexpr char const* default_group = "Options";

constexpr std::array role_words{std::pair{Role::command, "command"},
                                std::pair{Role::study, "study"},
                                std::pair{Role::part, "part"},
                                std::pair{Role::single, "single"},
                                std::pair{Role::conduct, "conduct"},
                                std::pair{Role::guardrail, "guardrail"},
                                std::pair{Role::launch, "launch"},
                                std::pair{Role::batch, "batch"},
                                std::pair{Role::legacy, "legacy"}};

Option help_option() {
  return {{"-h", "--help"}, "", "print this help", default_group};
}

}  // namespace

std::string_view to_string(Role role) {
  return std::ranges::find(role_words, role, [](auto const& row) { return row.first; })->second;
}

std::string const& Option::name() const {
  auto const is_long = [](std::string const& name) { return name.starts_with("--"); };
  auto const found = std::ranges::find_if(names, is_long);
  return found == names.end() ? names.front() : *found;
}

Words Option::words() const {
  Words out;
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

bool GivenOptions::contains(std::string_view name) const {
  return std::ranges::find(given_, name, &Given::name) != given_.end();
}

bool GivenOptions::contains(Role role) const {
  return std::ranges::find(given_, role, &Given::role) != given_.end();
}

std::vector<std::string> Command::groups() const {
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

std::string Command::usage() const {
  auto text = path + " [OPTIONS]";
  for (auto const& option : options) {
    if (option.is_positional) {
      text += " " + option.names.front() + (option.is_repeatable ? " ..." : "");
    }
  }
  return text + (commands.empty() ? "" : " COMMAND ...");
}

Option const* Command::find(std::string_view word) const {
  auto const has = [&](Option const& option) {
    return !option.is_positional && std::ranges::find(option.names, word) != option.names.end();
  };
  auto const found = std::ranges::find_if(options, has);
  return found == options.end() ? nullptr : &*found;
}

Command const* Command::find_command(std::string_view word) const {
  auto const is = [&](Command const& command) {
    return command.name == word ||
           std::ranges::find(command.aliases, word) != command.aliases.end();
  };
  auto const found = std::ranges::find_if(commands, is);
  return found == commands.end() ? nullptr : &*found;
}

Command& Command::add(std::string child, std::string what) {
  auto& command = commands.emplace_back();
  command.path = path + " " + child;
  command.name = std::move(child);
  command.help = std::move(what);
  command.options.push_back(help_option());
  return command;
}

Command program(std::string name, std::string help) {
  Command out;
  out.path = name;
  out.name = std::move(name);
  out.help = std::move(help);
  out.options.push_back(help_option());
  return out;
}

std::string joined(Words const& words, std::string const& between) {
  std::string text;
  for (auto const& word : words) {
    text += (text.empty() ? "" : between) + word;
  }
  return text;
}

Words words_for_job(Command const& command, Words const& words) {
  Words kept;
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto const equals = words[i].find('=');
    auto const* const option = command.find(std::string_view(words[i]).substr(0, equals));
    if (option == nullptr || (option->role != Role::launch && option->role != Role::legacy)) {
      kept.push_back(words[i]);
    } else if (equals == std::string::npos) {
      i += static_cast<std::size_t>(option->n_values);
    }
  }
  return kept;
}

std::string options_text(Command const& command) {
  std::string text;
  for (auto const& option : command.options) {
    if (!option.is_positional) {
      text += std::string(to_string(option.role)) + " " + std::to_string(option.n_values) + " " +
              joined(option.names, " ") + "\n";
    }
  }
  return text;
}

}  // namespace toyfarm::app
