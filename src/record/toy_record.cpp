#include "toyfarm/record/toy_record.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/core/error.hpp"

namespace toyfarm::record {
namespace {

[[noreturn]] void bad_row(std::string const& why) {
  throw core::RuntimeFailure(core::ExitCode::io_error, "a row of toys cannot be read: " + why);
}

template <class T>
std::span<T> values_of(T& value) {
  return {&value, 1};
}
template <class T>
std::span<T> values_of(std::vector<T>& list) {
  return list;
}
template <class T>
std::span<T const> values_of(std::vector<T> const& list) {
  return list;
}

/// Calls visit(member, values, first byte) for every member that a row has a column of.
template <class Record, class Visit>
void visit_members(Record& record, RowLayout const& layout, Visit const& visit) {
  visit_columns([&](auto const& column, auto i) {
    auto const n = length(column.axis, layout);
    if constexpr (is_per_fit(schema[i].axis)) {
      for (std::size_t fit = 0; fit < layout.n_fits; ++fit) {
        visit(record.fits[fit].*column.member, n, byte_of<i>(layout, fit));
      }
    } else {
      visit(record.*column.member, n, byte_of<i>(layout));
    }
  });
}

/// Nothing but the sizes of its lists.
ToyRecord empty_record(RowLayout const& layout) {
  ToyRecord record;
  record.fits.resize(layout.n_fits);
  visit_members(record, layout, [](auto& member, std::size_t n, std::size_t) {
    if constexpr (requires { member.resize(n); }) {
      member.resize(n);
    }
  });
  return record;
}

}  // namespace

// Refuses words that no `encode` can have made, so that damage is not taken for a toy.
void require_row(std::span<std::uint64_t const> words, RowPlaces const& places) {
  if (auto const fault = places.fault(words)) {
    bad_row(*fault);
  }
}

std::size_t row_words(RowLayout const& layout) noexcept {
  return (sample_bytes(layout) + layout.n_fits * fit_bytes(layout)) / 8;
}

std::size_t rows_per_block(RowLayout const& layout) noexcept {
  constexpr std::size_t most_rows = 4096;
  constexpr std::size_t most_words = std::size_t{1} << 16U;
  return std::clamp<std::size_t>(most_words / row_words(layout), 1, most_rows);
}

void encode(ToyRecord const& record, RowLayout const& layout, std::span<std::uint64_t> words) {
  TOYFARM_EXPECTS(words.size() == row_words(layout) && record.fits.size() == layout.n_fits);
  std::ranges::fill(words, 0);
  visit_members(record, layout, [&](auto const& member, std::size_t n, std::size_t byte) {
    auto const values = values_of(member);
    TOYFARM_EXPECTS(values.size() == n);
    std::ranges::copy(std::as_bytes(values), std::as_writable_bytes(words).subspan(byte).begin());
  });
}

ToyRecord decode(std::span<std::uint64_t const> words, RowLayout const& layout) {
  require_row(words, RowPlaces(schema, layout));
  auto record = empty_record(layout);
  visit_members(record, layout, [&](auto& member, std::size_t, std::size_t byte) {
    auto const to = std::as_writable_bytes(values_of(member));
    std::ranges::copy(std::as_bytes(words).subspan(byte, to.size()), to.begin());
  });
  return record;
}

std::vector<std::uint64_t> empty_row(RowLayout const& layout) {
  auto const record = empty_record(layout);
  std::vector<std::uint64_t> words(row_words(layout));
  encode(record, layout, words);
  return words;
}

void RowTable::walk(Visit const& visit) const {
  auto const step = rows_per_block(layout_) * width_;
  for (std::size_t i = 0; i < words_.size(); i += step) {
    visit(std::span(words_).subspan(i, std::min(step, words_.size() - i)));
  }
}

void RowTable::append(ToyRecord const& record) {
  words_.resize(words_.size() + width_);
  encode(record, layout_, std::span(words_).last(width_));
}

void RowTable::append(std::span<std::uint64_t const> words) {
  if (words.size() % width_ != 0) {
    bad_row(std::to_string(words.size()) + " words are not whole rows of " +
            std::to_string(width_));
  }
  words_.insert(words_.end(), words.begin(), words.end());
}

ToyRecord RowTable::operator[](std::size_t row) const {
  TOYFARM_EXPECTS(row < size());
  return decode(std::span(words_).subspan(row * width_, width_), layout_);
}

void RowTable::sort() {
  std::vector<std::size_t> order(size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  auto const before = [&](std::size_t a, std::size_t b) { return toy(a) < toy(b); };
  if (!std::is_sorted(order.begin(), order.end(), before)) {
    std::stable_sort(order.begin(), order.end(), before);
    // Rows are moved along the permutation's cycles: a second copy of a large table would double
    // the memory.
    std::vector<std::uint64_t> held(width_);
    auto const row = [&](std::size_t i) {
      return words_.begin() + static_cast<std::ptrdiff_t>(i * width_);
    };
    for (std::size_t start = 0; start < order.size(); ++start) {
      if (order[start] == start) {
        continue;
      }
      std::copy_n(row(start), width_, held.begin());
      std::size_t hole = start;
      while (order[hole] != start) {
        std::copy_n(row(order[hole]), width_, row(hole));
        hole = std::exchange(order[hole], hole);
      }
      std::copy_n(held.begin(), width_, row(hole));
      order[hole] = hole;
    }
  }
  for (std::size_t i = 1; i < size(); ++i) {
    if (toy(i - 1) == toy(i)) {
      throw core::RuntimeFailure(core::ExitCode::internal,
                                 "toy " + std::to_string(toy(i).value) + " occurs twice");
    }
  }
}

}  // namespace toyfarm::record
