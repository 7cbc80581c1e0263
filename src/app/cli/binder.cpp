#include "app/cli/binder.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>

namespace toyfarm::app {
namespace {

template <class T>
T number(std::string const& option, std::string const& word, char const* kind) {
  T value{};
  auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) {
    throw core::UsageError(option + ": '" + word + "' is not " + kind);
  }
  return value;
}

std::string in_capitals(std::string text) {
  std::ranges::transform(
      text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

}  // namespace

std::uint64_t count(std::string const& option, std::string const& word) {
  return number<std::uint64_t>(option, word, "a whole number from 0 to 2^64 - 1");
}

double real(std::string const& option, std::string const& word) {
  auto const value = number<double>(option, word, "a number");
  if (!std::isfinite(value)) {
    throw core::UsageError(option + ": '" + word + "' is not a finite number");
  }
  return value;
}

double bound(std::string const& option, std::string const& word) {
  auto const value = number<double>(option, word, "a number");
  if (std::isnan(value)) {
    throw core::UsageError(option + ": '" + word + "' is not a number");
  }
  return value;
}

double bytes(std::string const& option, std::string const& word) {
  static std::map<char, double> const units{{'k', 1e3}, {'M', 1e6}, {'G', 1e9}};
  auto const unit = units.find(word.empty() ? ' ' : word.back());
  double const value = real(option, unit == units.end() ? word : word.substr(0, word.size() - 1));
  if (value < 0) {
    throw core::UsageError(option + ": '" + word + "' is negative");
  }
  return value * (unit == units.end() ? 1 : unit->second);
}

std::pair<std::string, std::string> assignment(std::string const& option, std::string const& word) {
  auto const equals = word.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == word.size()) {
    throw core::UsageError(option + ": '" + word + "' is not of the form NAME=VALUE");
  }
  return {word.substr(0, equals), word.substr(equals + 1)};
}

Option& Binder::add(std::string const& names, std::string const& help, int n_values, SetAll take) {
  auto const colon = std::min(help.find(": "), help.size());
  auto const value = help.substr(0, colon);
  bool const is_value =
      colon < help.size() && (value.find('|') < value.find(' ') || value == in_capitals(value));
  auto& option = command_.options.emplace_back();
  for (std::size_t begin = 0; begin <= names.size();) {
    auto const end = std::min(names.find(',', begin), names.size());
    option.names.push_back(names.substr(begin, end - begin));
    begin = end + 1;
  }
  option.value = n_values == 0 ? "" : is_value ? value : "VALUE";
  option.help = is_value ? help.substr(colon + 2) : help;
  option.group = group_;
  option.role = role_;
  option.n_values = n_values;
  option.take = std::move(take);
  return option;
}

void Binder::text(std::string const& names, std::string const& help, Set set) {
  add(names, help, 1, [set = std::move(set)](Words const& words) { set(words.front()); });
}

void Binder::required_text(std::string const& names, std::string const& help, Set set) {
  text(names, help, std::move(set));
  command_.options.back().is_required = true;
}

void Binder::many(std::string const& names, std::string const& help, SetAll set) {
  add(names, help, 1, std::move(set)).is_repeatable = true;
}

void Binder::pair(std::string const& names, std::string const& help, SetAll set) {
  add(names, help, 2, std::move(set));
}

void Binder::positional(std::string const& name, std::string const& help, SetAll set) {
  add(name, help, 1, std::move(set)).is_positional = true;
}

void Binder::positionals(std::string const& name, std::string const& help, SetAll set) {
  positional(name, help, std::move(set));
  command_.options.back().is_repeatable = true;
}

void Binder::flag(std::string const& names, std::string const& help, std::function<void()> set) {
  add(names, help, 0, [set = std::move(set)](Words const& /*none*/) { set(); });
}

void Binder::values(std::string const& names,
                    std::string const& help,
                    std::vector<std::pair<std::string, double>>& set) {
  many(names, "NAME=VALUE: " + help + "; may be repeated", [names, &set](Words const& words) {
    for (auto const& word : words) {
      auto const [name, value] = assignment(names, word);
      set.emplace_back(name, real(names + " " + name, value));
    }
  });
}

void Binder::changes(spec::ModelChanges& changes, Poi poi) {
  many("--fix",
       "NAME[=VALUE]: a parameter that is fixed in this run, at VALUE or its init; may be repeated",
       [&changes](Words const& words) {
         for (auto const& word : words) {
           if (word.find('=') == std::string::npos) {
             changes.fix.emplace_back(word, std::nullopt);
             continue;
           }
           auto const [name, value] = assignment("--fix", word);
           changes.fix.emplace_back(name, real("--fix " + name, value));
         }
       });
  many("--float",
       "NAME: a fixed parameter that is free in this run; may be repeated",
       [&changes](Words const& words) { changes.release = words; });
  many("--bounds",
       "NAME=LO:HI: other bounds of a parameter in this run, -inf and inf among them; may be "
       "repeated",
       [&changes](Words const& words) {
         for (auto const& word : words) {
           auto const [name, range] = assignment("--bounds", word);
           auto const colon = range.find(':');
           if (colon == std::string::npos) {
             throw core::UsageError("--bounds: '" + word + "' is not of the form NAME=LO:HI");
           }
           changes.bounds.emplace_back(
               name,
               spec::Interval{bound("--bounds " + name, range.substr(0, colon)),
                              bound("--bounds " + name, range.substr(colon + 1))});
         }
       });
  if (poi == Poi::named) {
    text("--poi", "NAME: parameter of interest in this run", [&changes](std::string const& word) {
      changes.poi = word;
    });
  }
}

void Binder::input(run::InputRequest& input, Spec spec, Poi poi) {
  auto const before = std::exchange(role_, Role::study);
  auto const bind_config = spec == Spec::required ? &Binder::required_text : &Binder::text;
  (this->*bind_config)("--config",
                       "SPEC: spec (JSON or YAML), or an HS3 document",
                       [&input](std::string const& word) { input.config = word; });
  text("--analysis",
       "NAME: the analysis of an HS3 document that has several",
       [&input](std::string const& word) { input.choice.analysis = word; });
  text("--likelihood",
       "NAME: the likelihood of an HS3 document that has several",
       [&input](std::string const& word) { input.choice.likelihood = word; });
  many("--data",
       "CHANNEL=FILE: read a channel's events from FILE; may be repeated",
       [&input](auto const& words) {
         for (auto const& word : words) {
           if (!input.data.insert(assignment("--data", word)).second) {
             throw core::UsageError("--data: a channel is given twice: " + word);
           }
         }
       });
  choice("--outside", "rows outside the window are an error (default) or dropped", input.outside);
  text(
      "--max-rows",
      "N: read data files of up to N rows, and packed ones that take more than 1 GB and 1000 times "
      "their size, which are refused otherwise",
      [&input](std::string const& word) { input.max_rows = count("--max-rows", word); });
  flag("--lenient", "unknown fields of the spec are warnings", [&input] {
    input.unknown = spec::UnknownFields::warn;
  });
  changes(input.changes, poi);
  role_ = before;
}

void Binder::guardrails(ensemble::GuardrailLimits& limits) {
  auto const before = std::exchange(role_, Role::guardrail);
  flag("--require-all-converged", "fail unless every toy converged", [&limits] {
    limits.require_all_converged = true;
  });
  text("--max-abs-poi-pull-mean",
       "X: fail if |mean pull of the POI| is larger",
       [&limits](std::string const& word) {
         limits.max_abs_poi_pull_mean = real("--max-abs-poi-pull-mean", word);
         if (*limits.max_abs_poi_pull_mean < 0) {
           throw core::UsageError("--max-abs-poi-pull-mean: '" + word + "' is negative");
         }
       });
  pair("--poi-pull-std-range",
       "LOW HIGH: fail if the width of the POI's pulls is outside",
       [&limits](std::vector<std::string> const& words) {
         std::pair const range{real("--poi-pull-std-range", words.at(0)),
                               real("--poi-pull-std-range", words.at(1))};
         if (!(range.first >= 0 && range.first <= range.second)) {
           throw core::UsageError("--poi-pull-std-range: needs 0 <= LOW <= HIGH");
         }
         limits.poi_pull_std_range = range;
       });
  text("--max-fail-frac",
       "F: fail if a larger share of toys did not converge (default 0.5)",
       [&limits](std::string const& word) {
         limits.max_fail_frac = real("--max-fail-frac", word);
         if (!(limits.max_fail_frac >= 0 && limits.max_fail_frac <= 1)) {
           throw core::UsageError("--max-fail-frac: '" + word + "' is not between 0 and 1");
         }
       });
  role_ = before;
}

void Binder::engine(study::EngineChoice& engine) {
  choice("--engine",
         "fit by nodes that stand for events, event by event, or by nodes where they are exact "
         "enough (auto, the default)",
         engine);
}

void Binder::n_toys(std::string const& help, std::function<void(std::uint64_t)> set) {
  constexpr std::uint64_t most_toys = 1'000'000'000;
  auto const before = std::exchange(role_, Role::study);
  text("--n-toys", "N: " + help, [set = std::move(set)](std::string const& word) {
    auto const n = count("--n-toys", word);
    if (n == 0 || n > most_toys) {
      throw core::UsageError("--n-toys: '" + word + "' is not between 1 and 10^9");
    }
    set(n);
  });
  role_ = before;
}

}  // namespace toyfarm::app
