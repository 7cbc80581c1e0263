#pragma once
#include <cstdint>
#include <filesystem>

#include "toyfarm/io/journal.hpp"

#include "support/child.hpp"
#include "support/journals.hpp"
#include "support/scratch.hpp"

namespace toyfarm::test {

/// For a Child: makes a journal of n toys, puts and syncs the first of them, says so and waits.
inline auto journal_holder(std::filesystem::path const& file,
                           std::uint64_t n_toys,
                           std::uint64_t n_put) {
  return [=](Child::Line const& line) {
    auto const journal = io::Journal::create(file, small_header(n_toys));
    journal->put(some_rows(0, n_put));
    journal->sync();
    line.say();
    return line.hear() ? 0 : 1;
  };
}

/// The exit code that a Child answers for what an action threw.
inline int code_of(Thrown const& thrown) {
  return static_cast<int>(thrown.code);
}

}  // namespace toyfarm::test
