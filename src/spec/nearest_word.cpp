#include <algorithm>
#include <numeric>

#include "toyfarm/core/printable.hpp"
#include "toyfarm/spec/spec.hpp"
#include "toyfarm/spec/suggestion.hpp"

namespace toyfarm::spec {
namespace {

/// Words longer than this are near to nothing: comparing takes the product of both lengths.
constexpr std::size_t longest_word = 200;

/// Levenshtein's distance.
std::size_t distance(std::string const& a, std::string const& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      auto const above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_word(std::string const& word, std::vector<std::string> const& known) {
  std::string best;
  std::size_t best_distance = word.size() / 3 + 2;
  for (auto const& candidate : known) {
    if (std::max(word.size(), candidate.size()) > longest_word) {
      continue;
    }
    if (auto const d = distance(word, candidate); d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(std::string const& word,
                       std::vector<std::string> const& known,
                       char quote,
                       char const* separator) {
  auto const near = nearest_word(word, known);
  if (near.empty()) {
    return near;
  }
  return std::string(separator) + "did you mean " + quote + core::printable(near) + quote + "?";
}

}  // namespace toyfarm::spec
