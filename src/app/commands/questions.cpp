#include <filesystem>

#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/run/input.hpp"
#include "toyfarm/run/output.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {
namespace {

char const* name_of(run::ScanQuestion const& /*question*/) {
  return "scan";
}
char const* name_of(run::SignificanceQuestion const& /*question*/) {
  return "significance";
}
char const* name_of(run::LimitQuestion const& /*question*/) {
  return "limit";
}
char const* name_of(run::ImpactsQuestion const& /*question*/) {
  return "impacts";
}

run::Answer answer_to(run::ScanQuestion const& question) {
  return run::scan(question);
}
run::Answer answer_to(run::SignificanceQuestion const& question) {
  return run::significance(question);
}
run::Answer answer_to(run::LimitQuestion const& question) {
  return run::limit(question);
}
run::Answer answer_to(run::ImpactsQuestion const& question) {
  return run::impacts(question);
}

/// Where the run directory's file lies; empty where none is wanted.
std::filesystem::path write_into_directory(run::Destination const& to,
                                           std::string const& name,
                                           std::string const& json) {
  if (!to.out_dir && to.run_id.empty()) {
    return {};
  }
  auto const id = to.run_id.empty() ? run::default_run_id() : to.run_id;
  run::check_run_id(id);
  auto const file = name + ".json";
  return run::make_run_directory(to.out_dir.value_or("runs"),
                                 id,
                                 [&](std::filesystem::path const& folder) {
                                   os::publish_text(folder / file, json + "\n");
                                 }) /
         file;
}

template <class Question>
core::ExitCode ask(Question const& question, run::Destination const& to) {
  if (!to.run_id.empty()) {
    run::check_run_id(to.run_id);
  }
  auto const claim =
      to.output ? run::claim_output(*to.output, to.force, run::files_named_by(question.input))
                : os::OutputClaim();
  auto const answer = answer_to(question);
  if (to.output) {
    run::write_output(*to.output, *to.output == "-" ? answer.json : answer.json + "\n");
  }
  auto const file = write_into_directory(to, name_of(question), answer.json);
  auto const told = answer.table + (file.empty() ? "" : "wrote " + file.string() + "\n");
  if (!to.output && file.empty()) {
    os::print(told);
  } else if (to.output != "-") {
    os::print_report(told);
  }
  return answer.code;
}

}  // namespace

core::ExitCode run_question(QuestionOptions const& options) {
  return std::visit([&](auto const& question) { return ask(question, options.to); },
                    options.question);
}

}  // namespace toyfarm::app
