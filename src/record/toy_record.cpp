#include "toyfarm/record/toy_record.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <string>
#include <utility>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/core/error.hpp"
#include "toyfarm/record/row_view.hpp"

namespace toyfarm::record {
namespace {

std::size_t flag_words(RowLayout const& layout) noexcept {
  return (layout.n_params + 7) / 8;
}

[[noreturn]] void bad_row(std::string const& why) {
  throw core::RuntimeFailure(core::ExitCode::io_error, "a row of toys cannot be read: " + why);
}

}  // namespace

// Refuses words that no `encode` can have made, so that damage is not taken for a toy.
void require_row(std::span<std::uint64_t const> words, RowLayout const& layout) {
  if (words.size() != row_words(layout)) {
    bad_row(std::to_string(words.size()) + " words instead of " +
            std::to_string(row_words(layout)));
  }
  RowView const row(layout, words);
  auto const toy = [&] { return " (toy " + std::to_string(row.toy().value) + ")"; };
  if ((words[1] & 0xffU) >= static_cast<std::uint64_t>(core::n_fit_statuses)) {
    bad_row("unknown status " + std::to_string(words[1] & 0xffU) + toy());
  }
  auto const engine = (words[1] & 0xffff'ffffU) >> 8U;
  if (engine >= static_cast<std::uint64_t>(core::n_engines)) {
    bad_row("unknown engine " + std::to_string(engine) + toy());
  }
  for (std::size_t j = 0; j < layout.n_params; ++j) {
    auto const side = static_cast<int>(row.held(j));
    if (side < -1 || side >= core::n_held - 1) {
      bad_row("parameter " + std::to_string(j) + " is held by " + std::to_string(side) + toy());
    }
  }
  auto const used = layout.n_params % 8;
  if (used != 0 && (words.back() >> (8 * used)) != 0) {
    bad_row("padding is not zero" + toy());
  }
}

std::size_t row_words(RowLayout const& layout) noexcept {
  return RowView::head + layout.n_channels + 2 * layout.n_params + layout.n_constraints +
         flag_words(layout);
}

std::size_t rows_per_block(RowLayout const& layout) noexcept {
  constexpr std::size_t most_rows = 4096;
  constexpr std::size_t most_words = std::size_t{1} << 16U;
  return std::clamp<std::size_t>(most_words / row_words(layout), 1, most_rows);
}

void encode(ToyRecord const& record, RowLayout const& layout, std::span<std::uint64_t> words) {
  TOYFARM_EXPECTS(words.size() == row_words(layout));
  TOYFARM_EXPECTS(record.n_events.size() == layout.n_channels);
  TOYFARM_EXPECTS(record.estimates.size() == layout.n_params &&
                  record.errors.size() == layout.n_params);
  TOYFARM_EXPECTS(record.held.size() == layout.n_params);
  TOYFARM_EXPECTS(record.global_observables.size() == layout.n_constraints);
  auto const as_word = [](double x) { return std::bit_cast<std::uint64_t>(x); };
  words[0] = record.toy.value;
  words[1] = static_cast<std::uint64_t>(record.status) |
             (static_cast<std::uint64_t>(record.engine) << 8U) | (std::uint64_t{record.won} << 32U);
  words[2] = std::uint64_t{record.iterations} | (std::uint64_t{record.attempts} << 32U);
  words[3] = as_word(record.nll);
  words[4] = as_word(record.edm);
  words[5] = as_word(record.bound);
  words[6] = as_word(record.next_end);
  auto out =
      std::copy(record.n_events.begin(), record.n_events.end(), words.begin() + RowView::head);
  out = std::transform(record.estimates.begin(), record.estimates.end(), out, as_word);
  out = std::transform(record.errors.begin(), record.errors.end(), out, as_word);
  out = std::transform(
      record.global_observables.begin(), record.global_observables.end(), out, as_word);
  std::fill(out, words.end(), 0);
  for (std::size_t j = 0; j < layout.n_params; ++j) {
    out[static_cast<std::ptrdiff_t>(j / 8)] |=
        std::uint64_t{static_cast<std::uint8_t>(record.held[j])} << (8 * (j % 8));
  }
}

ToyRecord decode(std::span<std::uint64_t const> words, RowLayout const& layout) {
  require_row(words, layout);
  RowView const row(layout, words);
  ToyRecord record;
  record.toy = row.toy();
  record.status = row.status();
  record.engine = row.engine();
  record.iterations = row.iterations();
  record.attempts = row.attempts();
  record.won = row.won();
  record.next_end = row.next_end();
  record.nll = row.nll();
  record.edm = row.edm();
  record.bound = row.bound();
  record.n_events.resize(layout.n_channels);
  record.estimates.resize(layout.n_params);
  record.errors.resize(layout.n_params);
  record.held.resize(layout.n_params);
  record.global_observables.resize(layout.n_constraints);
  for (std::size_t c = 0; c < layout.n_channels; ++c) {
    record.n_events[c] = row.n_events(c);
  }
  for (std::size_t j = 0; j < layout.n_params; ++j) {
    record.estimates[j] = row.estimate(j);
    record.errors[j] = row.error(j);
    record.held[j] = row.held(j);
  }
  for (std::size_t k = 0; k < layout.n_constraints; ++k) {
    record.global_observables[k] = row.global_observable(k);
  }
  return record;
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
