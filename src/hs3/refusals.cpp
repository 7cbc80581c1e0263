#include "hs3/refusals.hpp"

#include <algorithm>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/printable.hpp"

namespace toyfarm::hs3 {

void refuse_type(View const& object,
                 std::string const& why,
                 std::vector<std::string> const& known) {
  std::string list;
  for (auto const& type : known) {
    list.append(list.empty() ? "" : ", ").append(type);
  }
  refuse(object,
         "'" + core::printable(object.at("name").name()) + "' has the type '" +
             core::printable(object.at("type").text()) + "', " + why + " (known: " + list + ")");
}

void Refusals::add(Unrepresentable const& what) {
  Entry const entry{what.pointer(), what.what()};
  if (std::ranges::find(entries_, entry) == entries_.end()) {
    entries_.push_back(entry);
  }
}

void Refusals::raise(std::string const& file) const {
  if (entries_.size() == 1) {
    throw core::SpecError(file, entries_.front().pointer, entries_.front().problem);
  }
  if (!entries_.empty()) {
    std::string all =
        std::to_string(entries_.size()) + " things of this HS3 document cannot be represented:";
    for (auto const& entry : entries_) {
      all.append("\n  ").append(entry.pointer).append(": ").append(entry.problem);
    }
    throw core::SpecError(file, "", all);
  }
}

}  // namespace toyfarm::hs3
