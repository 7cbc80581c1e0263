#include "toyfarm/batch/same_study.hpp"

#include <array>
#include <charconv>
#include <map>
#include <type_traits>
#include <vector>

namespace toyfarm::batch {
namespace {

std::string text_of(std::uint64_t value) {
  return std::to_string(value);
}

std::string text_of(double value) {
  std::array<char, 40> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string text_of(std::string const& value) {
  return value.empty() ? "none" : value.substr(0, 80);
}

std::string text_of(record::ConstraintMode mode) {
  return std::string(core::word_of(mode));
}

std::string text_of(std::optional<std::size_t> index) {
  return index ? text_of(std::uint64_t{*index}) : "none";
}

std::string text_of(bool flag) {
  return flag ? "true" : "false";
}

/// Keeps the first difference it is shown.
class Comparison {
 public:
  Comparison(record::StudyInfo const& a, record::StudyInfo const& b) : a_(a), b_(b) {}

  template <class T>
  void compare(record::Field<T> const& field) {
    if (field.role != record::Role::kept) {
      compare(std::string(field.name), a_.*field.member, b_.*field.member);
    }
  }
  [[nodiscard]] std::optional<StudyDifference> const& first() const { return first_; }

 private:
  template <class T>
  void compare(std::string const& name, T const& a, T const& b) {
    if (a != b) {
      note(name, text_of(a), text_of(b));
    }
  }
  template <class T>
  void compare(std::string const& name, std::vector<T> const& a, std::vector<T> const& b) {
    compare("number of " + name, std::uint64_t{a.size()}, std::uint64_t{b.size()});
    constexpr bool per_parameter = std::is_same_v<T, double> || std::is_same_v<T, bool>;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
      compare(per_parameter ? name + " of '" + a_.parameter_names[i] + "'"
                            : name + "[" + std::to_string(i) + "]",
              T{a[i]},
              T{b[i]});
    }
  }
  template <class T>
  void compare(std::string const& name,
               std::map<std::string, T> const& a,
               std::map<std::string, T> const& b) {
    for (auto const& [key, value] : a) {
      auto const found = b.find(key);
      if (found == b.end()) {
        note(name + " of '" + key + "'", text_of(value), "none");
      } else {
        compare(name + " of '" + key + "'", value, found->second);
      }
    }
    for (auto const& [key, value] : b) {
      if (!a.contains(key)) {
        note(name + " of '" + key + "'", "none", text_of(value));
      }
    }
  }
  void note(std::string const& field, std::string const& a, std::string const& b) {
    if (!first_) {
      first_ = StudyDifference{field, a, b};
    }
  }

  record::StudyInfo const& a_;
  record::StudyInfo const& b_;
  std::optional<StudyDifference> first_;
};

}  // namespace

std::optional<StudyDifference> first_difference(record::StudyInfo const& a,
                                                record::StudyInfo const& b) {
  Comparison comparison(a, b);
  record::visit_fields([&](auto const& field) { comparison.compare(field); });
  return comparison.first();
}

}  // namespace toyfarm::batch
