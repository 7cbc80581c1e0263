#include <algorithm>
#include <array>
#include <iterator>

#include "toyfarm/core/error.hpp"

#include "app/pages/pages.hpp"

namespace toyfarm::app {
namespace fs = std::filesystem;
namespace {

/// Answers as commands name them in a run directory, in the order of pages.
constexpr std::array answers{"fit.json",
                             "scan.json",
                             "limit.json",
                             "significance.json",
                             "interval.json",
                             "impacts.json",
                             "coverage.json",
                             "bias.json",
                             "gof.json"};

void append(std::vector<report::Section>& sections, std::vector<report::Section> more) {
  std::ranges::move(more, std::back_inserter(sections));
}

}  // namespace

std::vector<report::Section> run_sections(fs::path const& directory) {
  std::vector<report::Section> sections;
  if (is_there(directory / "toys.h5")) {
    append(sections, toy_sections(directory / "toys.h5"));
  } else if (is_there(directory / "merged.out.json")) {
    sections.push_back(result_section(directory / "merged.out.json"));
  }
  for (auto const* answer : answers) {
    if (is_there(directory / answer)) {
      sections.push_back(document_section(directory / answer));
    }
  }
  if (is_there(directory / "manifest.json")) {
    append(sections, manifest_sections(read_document(directory / "manifest.json")));
  }
  if (sections.empty()) {
    throw core::RuntimeFailure(
        core::ExitCode::no_input,
        directory.string() +
            (is_there(directory / "journal.toyfarm")
                 ? ": has no results yet; toyfarm publish writes those of a run that was killed"
                 : ": holds neither toys.h5 nor manifest.json nor an answer of scan, limit, "
                   "significance or impacts"));
  }
  return sections;
}

}  // namespace toyfarm::app
