#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/event_readers.hpp"

namespace toyfarm::io {

void Labels::add(std::string_view word) {
  if (!rows_.empty() && word == last_) {
    rows_.push_back(rows_.back());
    return;
  }
  auto found = codes_.find(word);
  if (found == codes_.end()) {
    constexpr std::uint64_t overhead = 96;
    bytes_ += word.size() + overhead;
    found = codes_.emplace(word, static_cast<std::uint32_t>(codes_.size())).first;
  }
  last_ = found->first;
  rows_.push_back(found->second);
}

std::optional<std::uint32_t> Labels::find(std::string_view word) const {
  auto const found = codes_.find(word);
  return found == codes_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> Labels::words() const {
  std::vector<std::string> words;
  for (auto const& entry : codes_) {
    words.push_back(entry.first);
  }
  return words;
}

void Labels::require(ReadLimit const& limit) const {
  limit.require(static_cast<long double>(bytes_) + 4.0L * static_cast<long double>(rows_.size()),
                std::string("column '") + channel_column + "'");
}

}  // namespace toyfarm::io
