#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/core/error.hpp"

#include "app/cli/option_table.hpp"
#include "app/cli/options.hpp"

// Words of the command line into checked values. Numbers are read here rather than by the parser:
// whole words only, no wrapping of negative numbers, one wording for all. All throw
// core::UsageError, which names the option.
namespace toyfarm::app {

/// A whole number from 0 to 2^64 - 1.
[[nodiscard]] std::uint64_t count(std::string const& option, std::string const& word);

/// A finite number.
[[nodiscard]] double real(std::string const& option, std::string const& word);

/// A number, also -inf or inf.
[[nodiscard]] double bound(std::string const& option, std::string const& word);

/// A size in bytes, 0 or larger; k, M, G at the end multiply by 10^3, 10^6, 10^9.
[[nodiscard]] double bytes(std::string const& option, std::string const& word);

/// Both sides of NAME=VALUE, neither empty.
[[nodiscard]] std::pair<std::string, std::string> assignment(std::string const& option,
                                                             std::string const& word);

/// The value that goes with `word`.
template <class T>
[[nodiscard]] T one_of(std::string const& option,
                       std::string const& word,
                       std::vector<std::pair<std::string, T>> const& choices) {
  std::string known;
  for (auto const& [name, value] : choices) {
    if (name == word) {
      return value;
    }
    known += (known.empty() ? "" : ", ") + name;
  }
  throw core::UsageError(option + ": '" + word + "' is none of " + known);
}

/// Declares the options of one command in its table; every value arrives as words and goes through
/// a function that checks it.
/// A help text may begin with what the value is and a colon: "FILE: ...", "LOW HIGH: ...",
/// "init|mle: ..." (words that shells complete; in capitals, what they cannot: "auto|N: ...").
class Binder {
 public:
  using Set = std::function<void(std::string const&)>;
  using SetAll = std::function<void(Words const&)>;

  explicit Binder(Command& command) : command_(command) {}

  void text(std::string const& names, std::string const& help, Set set);
  /// The same, and the command line must have it.
  void required_text(std::string const& names, std::string const& help, Set set);
  /// An option with one value that may be given several times.
  void many(std::string const& names, std::string const& help, SetAll set);
  /// An option with two values.
  void pair(std::string const& names, std::string const& help, SetAll set);
  /// Words that belong to no option: one, or any number.
  void positional(std::string const& name, std::string const& help, SetAll set);
  void positionals(std::string const& name, std::string const& help, SetAll set);
  void flag(std::string const& names, std::string const& help, std::function<void()> set);

  /// An option whose value is one of the words of an enum.
  template <class E>
  void choice(std::string const& names, std::string const& help, E& value) {
    text(names, core::all_words<E>("|") + ": " + help, [names, &value](std::string const& word) {
      auto const found = core::find_word<E>(word);
      if (!found) {
        throw core::UsageError(names + ": '" + word + "' is none of " + core::all_words<E>());
      }
      value = *found;
    });
  }

  /// The heading in --help over the options that are bound from now on.
  void group(std::string const& name) { group_ = name; }
  /// What the options that are bound from now on decide.
  void role(Role role) { role_ = role; }
  [[nodiscard]] Role role() const noexcept { return role_; }

  /// The same where something else holds without the option.
  template <class E>
  void choice(std::string const& names, std::string const& help, std::optional<E>& value) {
    text(names, core::all_words<E>("|") + ": " + help, [names, &value](std::string const& word) {
      value = core::find_word<E>(word);
      if (!value) {
        throw core::UsageError(names + ": '" + word + "' is none of " + core::all_words<E>());
      }
    });
  }
  /// NAME=VALUE, several times; `help` says what of.
  void values(std::string const& names,
              std::string const& help,
              std::vector<std::pair<std::string, double>>& set);

  /// Options that several subcommands have.
  enum class Spec { required, optional };
  /// `elsewhere`: the command has a --poi of its own.
  enum class Poi { named, elsewhere };
  void input(run::InputRequest& input, Spec spec = Spec::required, Poi poi = Poi::named);
  void changes(spec::ModelChanges& changes, Poi poi = Poi::named);
  void guardrails(ensemble::GuardrailLimits& limits);
  void engine(study::EngineChoice& engine);
  void n_toys(std::string const& help, std::function<void(std::uint64_t)> set);

 private:
  Option& add(std::string const& names, std::string const& help, int n_values, SetAll take);

  Command& command_;
  std::string group_ = "Options";
  Role role_ = Role::command;
};

}  // namespace toyfarm::app
