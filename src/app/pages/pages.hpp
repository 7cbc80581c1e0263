#pragma once
#include <filesystem>
#include <vector>

#include "toyfarm/report/page.hpp"

#include "app/pages/documents.hpp"

// What files say, as sections of a page.
namespace toyfarm::app {

/// Sections of a run directory: of the toys in it and of every answer. Throws core::DataError where
/// nothing in it is known, or something is damaged; core::RuntimeFailure(no_input).
[[nodiscard]] std::vector<report::Section> run_sections(std::filesystem::path const& directory);

/// Sections of an ensemble: toys.h5 and what stands beside it.
[[nodiscard]] std::vector<report::Section> toy_sections(std::filesystem::path const& table);

/// What is left of an ensemble whose rows were not kept: merged.out.json.
[[nodiscard]] report::Section result_section(std::filesystem::path const& file);

/// Who ran what, of a manifest.
[[nodiscard]] std::vector<report::Section> manifest_sections(Document const& manifest);

/// The section of one document: an answer to a question, a fit. Throws core::DataError for one that
/// is not known.
[[nodiscard]] report::Section document_section(std::filesystem::path const& file);

}  // namespace toyfarm::app
