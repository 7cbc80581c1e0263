#pragma once
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/record/toy_record.hpp"

#include "support/shared.hpp"

// Files that the first released version wrote: tests/data/README.md.
namespace toyfarm::test {

inline std::filesystem::path version_1(std::string const& name) {
  return source_folder() / "tests" / "data" / "version_1" / name;
}

/// Expects the first rows of `rows` to be the six of version 1. The numbers are those of its JSON.
inline void expect_version_1(record::RowTable const& rows) {
  using core::FitStatus;
  std::vector<FitStatus> const statuses{FitStatus::converged,
                                        FitStatus::converged,
                                        FitStatus::at_bound,
                                        FitStatus::max_iter,
                                        FitStatus::converged,
                                        FitStatus::converged};
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    auto const row = rows[i];
    EXPECT_EQ(row.toy.value, i);
    EXPECT_EQ(row.fit().status, statuses[i]) << i;
    EXPECT_EQ(row.fit().attempts, 1 + i % 3) << i;
    EXPECT_EQ(row.fit().won, 0U) << i;
    EXPECT_TRUE(std::isnan(row.fit().next_end)) << i;
    EXPECT_TRUE(std::isnan(row.fit().initial_nll)) << i;
  }
  EXPECT_EQ(rows[0].fit().nll, 1480.007443985612);
  EXPECT_EQ(rows[5].fit().nll, 133.65460494126432);
  EXPECT_EQ(rows[2].fit().values,
            (std::vector<double>{1.0425196444798779, 1.1675387424298218, 1.002204762756653}));
  EXPECT_EQ(rows[2].fit().held,
            (std::vector{core::Held::none, core::Held::none, core::Held::lower}));
  EXPECT_EQ(rows[4].n_events, (std::vector<std::uint64_t>{1097, 1018}));
  EXPECT_EQ(rows[4].global_observables, std::vector<double>{-0.5007035296971428});
}

}  // namespace toyfarm::test
