#include <filesystem>

#include <fmt/core.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/os/utc.hpp"
#include "toyfarm/report/page.hpp"
#include "toyfarm/run/output.hpp"

#include "app/commands/commands.hpp"
#include "app/pages/pages.hpp"

namespace toyfarm::app {
namespace fs = std::filesystem;
namespace {

std::vector<report::Section> sections_of(fs::path const& source) {
  std::error_code error;
  if (fs::is_directory(source, error)) {
    return run_sections(source);
  }
  return source.extension() == ".h5" ? toy_sections(source) : std::vector{document_section(source)};
}

/// The last part of a path that says something: "b" of "runs/b/".
std::string name_of(fs::path const& source) {
  auto const path = fs::absolute(source).lexically_normal();
  auto const name = path.has_filename() ? path.filename() : path.parent_path().filename();
  return name.string();
}

report::Page page_of(ReportOptions const& options) {
  report::Page page;
  page.title = "toyfarm: ";
  for (auto const& source : options.sources) {
    auto sections = sections_of(source);
    auto const name = name_of(source);
    page.title += (page.sections.empty() ? "" : ", ") + name;
    for (auto& section : sections) {
      if (options.sources.size() > 1) {
        section.title = name + ": " + section.title;
        for (auto* figures : {&section.figures, &section.more}) {
          for (auto& figure : *figures) {
            figure.key = report::file_key(name) + "_" + figure.key;
          }
        }
      }
      page.sections.push_back(std::move(section));
    }
  }
  page.foot = "Made by toyfarm report, " + os::utc_now(os::UtcForm::seconds) +
              ". Each figure's numbers stand beside it, as JSON in a script element of class "
              "numbers.";
  return page;
}

void require_new_folder(ReportOptions const& options) {
  std::error_code error;
  if (!options.force && fs::exists(options.svg, error) &&
      !(fs::is_directory(options.svg, error) && fs::is_empty(options.svg, error))) {
    throw core::RuntimeFailure(core::ExitCode::cannot_create,
                               options.svg +
                                   " exists and is not an empty folder; give another "
                                   "name, or --force to replace figures in it");
  }
}

void write_figures(report::Page const& page, fs::path const& folder) {
  std::error_code error;
  fs::create_directories(folder, error);  // where it fails, publishing tells why
  auto const files = report::svg_files(page);
  for (auto const& [name, text] : files) {
    os::publish_text(folder / name, text);
  }
  os::print_report(fmt::format("wrote {} figures into {}\n", files.size(), folder.string()));
}

}  // namespace

core::ExitCode run_report(ReportOptions const& options) {
  if (!options.svg.empty()) {
    require_new_folder(options);
  }
  auto const output = options.output.value_or(options.svg.empty() ? "report.html" : "");
  auto const claim =
      output.empty() ? os::OutputClaim()
                     : run::claim_output(
                           output, options.force, {options.sources.begin(), options.sources.end()});
  auto const page = page_of(options);
  if (!output.empty()) {
    run::write_output(output, report::html(page));
    os::print_report(output == "-" ? "" : "wrote " + output + "\n");
  }
  if (!options.svg.empty()) {
    write_figures(page, options.svg);
  }
  return core::ExitCode::success;
}

}  // namespace toyfarm::app
