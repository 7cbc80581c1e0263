#pragma once
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <nlohmann/json.hpp>

#include "toyfarm/core/printable.hpp"
#include "toyfarm/core/words.hpp"

// A struct's members as those of a JSON object, listed once for both directions:
//   template <class Archive, class T>
//   void visit_members(Archive& a, T& status) {
//     a("state", status.state);
//   }
namespace toyfarm::io {

/// What a document says that its reader has no value for, and where.
struct Unreadable : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// The text, or null for an empty one.
[[nodiscard]] inline nlohmann::json text_or_null(std::string const& text) {
  return text.empty() ? nlohmann::json(nullptr) : nlohmann::json(text);
}

/// How a value stands in a document: enums as words, nothing as null. Types of your own specialise
/// it beside their declaration, or where all that write them see it. A document in which types have
/// another form brings a template of its own, see MemberWriterAs.
template <class T>
struct JsonForm {
  [[nodiscard]] static nlohmann::json of(T const& value) {
    if constexpr (std::is_enum_v<T>) {
      return core::word_of(value);
    } else {
      return value;
    }
  }

  [[nodiscard]] static T from(nlohmann::json const& json) {
    if constexpr (std::is_enum_v<T>) {
      auto const word = json.get<std::string>();
      if (auto const found = core::find_word<T>(word)) {
        return *found;
      }
      throw Unreadable("'" + core::printable(word) + "' is none of " + core::all_words<T>());
    } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      if (!(std::is_signed_v<T> ? json.is_number_integer() : json.is_number_unsigned())) {
        throw Unreadable("not a whole number");
      }
    }
    return json.get<T>();
  }
};

template <class T>
struct JsonForm<std::optional<T>> {
  [[nodiscard]] static nlohmann::json of(std::optional<T> const& value) {
    return value ? JsonForm<T>::of(*value) : nlohmann::json();
  }
  [[nodiscard]] static std::optional<T> from(nlohmann::json const& json) {
    return json.is_null() ? std::nullopt : std::optional<T>(JsonForm<T>::from(json));
  }
};

/// Makes a JSON object of the members it is called with, each as Form<its type> has it.
template <template <class> class Form>
class MemberWriterAs {
 public:
  template <class T>
  void operator()(std::string_view name, T const& value) {
    json_[std::string(name)] = Form<T>::of(value);
  }
  /// A member that is an object: visit(archive) names its members.
  template <class Visit>
  void group(std::string_view name, Visit const& visit) {
    MemberWriterAs inner;
    visit(inner);
    json_[std::string(name)] = inner.json();
  }
  [[nodiscard]] nlohmann::json const& json() const { return json_; }

 private:
  nlohmann::json json_ = nlohmann::json::object();
};

/// Takes the members it is called with out of a JSON object. Throws Unreadable, or an exception of
/// nlohmann's, for what is missing or of another type.
template <template <class> class Form>
class MemberReaderAs {
 public:
  explicit MemberReaderAs(nlohmann::json json) : json_(std::move(json)) {
    if (!json_.is_object()) {
      throw Unreadable("not an object");
    }
  }
  template <class T>
  void operator()(std::string_view name, T& value) {
    try {
      value = Form<T>::from(taken(name));
    } catch (Unreadable const& problem) {
      throw Unreadable(std::string(name) + ": " + problem.what());
    }
  }
  template <class Visit>
  void group(std::string_view name, Visit const& visit) {
    MemberReaderAs inner(taken(name));
    visit(inner);
    inner.finish();
  }
  [[nodiscard]] bool has(std::string_view name) const { return json_.contains(name); }
  /// Throws Unreadable for a member that nobody took: it is another program's.
  void finish() const {
    if (!json_.empty()) {
      throw Unreadable("unknown member '" + core::printable(json_.begin().key()) + "'");
    }
  }

 private:
  nlohmann::json taken(std::string_view name) {
    auto const found = json_.find(name);
    if (found == json_.end()) {
      throw Unreadable("no member '" + std::string(name) + "'");
    }
    auto value = std::move(*found);
    json_.erase(found);
    return value;
  }

  nlohmann::json json_;
};

using MemberWriter = MemberWriterAs<JsonForm>;
using MemberReader = MemberReaderAs<JsonForm>;

}  // namespace toyfarm::io
