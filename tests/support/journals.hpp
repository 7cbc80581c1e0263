#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <unistd.h>

#include "toyfarm/io/journal.hpp"
#include "toyfarm/record/row_view.hpp"

#include "support/rows.hpp"

// Small journals for tests.
namespace toyfarm::test {

inline io::JournalHeader small_header(std::uint64_t n_toys) {
  return {small_study(n_toys), {{0}, n_toys}, {}, "run_1", R"({"a": 1})", std::string("s\0tup", 5)};
}

inline std::vector<std::uint64_t> walked(record::RowSource const& rows) {
  std::vector<std::uint64_t> words;
  rows.walk([&](std::span<std::uint64_t const> block) {
    words.insert(words.end(), block.begin(), block.end());
  });
  return words;
}

/// The rows of toys first to first + count - 1 of small_study.
inline std::vector<std::uint64_t> some_rows(std::uint64_t first, std::uint64_t count) {
  auto const table = made_up_rows(small_study(1).layout(), {{first}, count});
  return {table.words().begin(), table.words().end()};
}

/// An empty folder for tests that open thousands of journals, in memory where there is such a
/// place: every opening syncs.
class FastScratch {
 public:
  FastScratch() {
    std::string const memory = "/dev/shm";
    auto name =
        (::access(memory.c_str(), W_OK) == 0 ? memory
                                             : std::filesystem::temp_directory_path().string()) +
        "/toyfarm_XXXXXX";
    path_ = ::mkdtemp(name.data()) == nullptr ? "/absent" : name;
  }
  FastScratch(FastScratch const&) = delete;
  FastScratch& operator=(FastScratch const&) = delete;
  ~FastScratch() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::filesystem::path operator/(std::string const& name) const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

/// Puts the rows of all toys that `journal` lacks.
inline void complete(io::Journal& journal) {
  for (auto const& range : journal.toys().missing_of(journal.header().range)) {
    journal.put(some_rows(range.first.value, range.count));
  }
}

/// Whether every row that `rows` hands out is the right one of its toy, in order.
inline bool all_right(record::RowSource const& rows) {
  std::size_t n = 0;
  bool right = true;
  std::uint64_t next = 0;
  std::vector<std::uint64_t> expected(record::row_words(rows.layout()));
  rows.walk([&](std::span<std::uint64_t const> block) {
    for (std::size_t i = 0; i < block.size(); i += expected.size(), ++n) {
      record::encode(made_up_row(rows.layout(), block[i]), rows.layout(), expected);
      right = right && block[i] >= next &&
              std::ranges::equal(block.subspan(i, expected.size()), expected);
      next = block[i] + 1;
    }
  });
  return right && n == rows.size();
}

}  // namespace toyfarm::test
