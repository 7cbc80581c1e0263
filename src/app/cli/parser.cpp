#include "app/cli/parser.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "toyfarm/core/error.hpp"

namespace toyfarm::app {
namespace {

// The parser takes names without blanks: "-o,--output".
CLI::Option* add_option(CLI::App& app, Option const& option) {
  auto const names = joined(option.names, ",");
  auto const& take = option.take;
  if (option.n_values == 0 && !option.is_positional) {
    return app.add_flag_callback(names, [&take] { take({}); });
  }
  auto const take_all = [&take](Words const& words) { take(words); };
  auto* const added = app.add_option_function<Words>(names, take_all);
  added->type_name(option.value);
  if (option.is_positional) {
    return added;
  }
  if (option.is_repeatable) {
    return added->allow_extra_args(false)->required(option.is_required);
  }
  return added->expected(option.n_values)
      ->multi_option_policy(CLI::MultiOptionPolicy::Throw)
      ->required(option.is_required);
}

/// The parser's own form of a command, with which it can be asked what was given.
class Form {
 public:
  Form(CLI::App& app, Command const& command) : app_(app), command_(command) {
    for (auto const& option : command.options) {
      if (option.take) {
        options_.push_back({add_option(app, option), &option});
      }
    }
    for (auto const& sub : command.commands) {
      auto* const added = app.add_subcommand(sub.name, sub.help);
      std::ranges::for_each(sub.aliases, [&](auto const& alias) { added->alias(alias); });
      forms_.emplace_back(*added, sub);
    }
    if (!command.commands.empty()) {
      app.require_subcommand(1);
    }
  }

  [[nodiscard]] Form const& chosen() const {
    for (auto const& form : forms_) {
      if (form.app_.parsed()) {
        return form.chosen();
      }
    }
    return *this;
  }
  [[nodiscard]] Command const& command() const { return command_; }

  [[nodiscard]] GivenOptions given() const {
    GivenOptions out;
    for (auto const& [added, option] : options_) {
      if (added->count() > 0) {
        out.add({option->name(),
                 option->role,
                 option->n_values == 0 && !option->is_positional ? Words() : added->results()});
      }
    }
    return out;
  }

 private:
  CLI::App& app_;
  Command const& command_;
  std::vector<std::pair<CLI::Option const*, Option const*>> options_;
  std::vector<Form> forms_;
};

}  // namespace

Parsed parse(Command const& program, Words words) {
  CLI::App app{program.help, program.name};
  app.set_help_flag("-h,--help");
  app.set_version_flag("--version", "");
  Form const form(app, program);
  try {
    std::ranges::reverse(words);  // the parser takes them from the end
    app.parse(std::move(words));
  } catch (CLI::CallForHelp const&) {
    return {Parsed::Kind::help, &form.chosen().command()};
  } catch (CLI::CallForVersion const&) {
    return {Parsed::Kind::version, &program};
  } catch (CLI::ParseError const& error) {
    throw core::UsageError(std::string(error.what()) + " (see toyfarm --help)");
  }
  auto const& chosen = form.chosen();
  auto given = chosen.given();
  if (chosen.command().finish) {
    chosen.command().finish(given);
  }
  return {Parsed::Kind::command, &chosen.command(), std::move(given)};
}

}  // namespace toyfarm::app
