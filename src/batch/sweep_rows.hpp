#pragma once
#include <string>
#include <vector>

#include "toyfarm/batch/sweep.hpp"

namespace toyfarm::batch {

/// A number as printf writes it.
[[nodiscard]] std::string formatted(char const* format, double value);

void sort_rows(std::vector<SweepRow>& rows);

/// Whether the rows are of MPI jobs.
[[nodiscard]] bool have_ranks(std::vector<SweepRow> const& rows);

}  // namespace toyfarm::batch
