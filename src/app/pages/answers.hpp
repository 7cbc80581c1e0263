#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "toyfarm/report/answer_figures.hpp"

#include "app/pages/documents.hpp"

// What each command's document adds to the section that tells of it: facts, tables, figures.
namespace toyfarm::app {

void add_scan(report::Section& section, Document const& json);
void add_limit(report::Section& section, Document const& json);
void add_significance(report::Section& section, Document const& json);
void add_impacts(report::Section& section, Document const& json);
void add_interval(report::Section& section, Document const& json);
void add_coverage(report::Section& section, Document const& json);
/// Every list of objects as a table, every statistic with its p-value: for answers without figures.
void add_tables(report::Section& section, Document const& json);

/// A probability or another number with a range or an error.
[[nodiscard]] report::Ranged ranged_at(Document const& json, std::string_view key);
/// "1.64 ± 0.55"; the range in brackets where there is one.
[[nodiscard]] std::string told(Document const& json, std::string_view key);
/// Intervals, each of one piece or of several.
[[nodiscard]] std::vector<report::AcceptedRange> ranges_of(Document const& intervals);

}  // namespace toyfarm::app
