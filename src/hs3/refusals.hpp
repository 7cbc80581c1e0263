#pragma once
#include <stdexcept>
#include <string>
#include <vector>

#include "toyfarm/spec/view.hpp"

namespace toyfarm::hs3 {

using spec::View;

/// Something sound in itself that a spec cannot say, and where it is.
class Unrepresentable : public std::runtime_error {
 public:
  Unrepresentable(std::string pointer, std::string const& problem)
      : std::runtime_error(problem), pointer_(std::move(pointer)) {}
  [[nodiscard]] std::string const& pointer() const noexcept { return pointer_; }

 private:
  std::string pointer_;
};

[[noreturn]] inline void refuse(View const& where, std::string const& problem) {
  throw Unrepresentable(where.pointer(), problem);
}

/// Refuses an object, its name told, for a type that is none of the known ones; `why` follows the
/// type.
[[noreturn]] void refuse_type(View const& object,
                              std::string const& why,
                              std::vector<std::string> const& known);

/// All that is unrepresentable in a document, each once, to be told in one message.
class Refusals {
 public:
  /// Notes what `read` refuses.
  template <class Read>
  void collect(Read const& read) {
    try {
      read();
    } catch (Unrepresentable const& what) {
      add(what);
    }
  }
  void add(Unrepresentable const& what);
  /// Throws SpecError if there is anything.
  void raise(std::string const& file) const;

 private:
  struct Entry {
    std::string pointer, problem;
    friend bool operator==(Entry const&, Entry const&) = default;
  };
  std::vector<Entry> entries_;
};

}  // namespace toyfarm::hs3
