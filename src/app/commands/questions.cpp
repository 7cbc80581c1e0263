#include <filesystem>
#include <optional>

#include "toyfarm/core/log.hpp"
#include "toyfarm/core/thread_team.hpp"
#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/run/collective.hpp"
#include "toyfarm/run/input.hpp"
#include "toyfarm/run/limits_file.hpp"
#include "toyfarm/run/output.hpp"
#include "toyfarm/run/question_run.hpp"
#include "toyfarm/run/stop.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {

using core::ExitCode;

/// What rank 0 knows before MPI starts.
struct OpenQuestion {
  os::OutputClaim claim;
  std::optional<run::Answer> answer;    ///< of a question that fits alone answer
  std::optional<run::QuestionRun> run;  ///< of one that toys answer
};

void OpenQuestionDeleter::operator()(OpenQuestion* question) const {
  delete question;
}

namespace {

/// The question, if toys answer it.
std::optional<run::ToyQuestion> by_toys(QuestionOptions const& options) {
  return std::visit(
      [](auto const& question) -> std::optional<run::ToyQuestion> {
        if constexpr (requires { question.toys; }) {
          if constexpr (requires { question.method; }) {
            if (question.method == run::Method::asymptotic && question.toys.resume.empty()) {
              return std::nullopt;
            }
          }
          return question;
        } else {
          return std::nullopt;
        }
      },
      options.question);
}

run::Answer answer_of_fits(QuestionOptions const& options) {
  return std::visit(
      [](auto const& question) -> run::Answer {
        using Question = std::remove_cvref_t<decltype(question)>;
        if constexpr (std::is_same_v<Question, run::ScanQuestion>) {
          return run::scan(question);
        } else if constexpr (std::is_same_v<Question, run::ImpactsQuestion>) {
          return run::impacts(question);
        } else if constexpr (std::is_same_v<Question, run::SignificanceQuestion>) {
          return run::significance(question);
        } else if constexpr (std::is_same_v<Question, run::LimitQuestion>) {
          return run::limit(question);
        } else {
          return {};  // toys answer it
        }
      },
      options.question);
}

std::string command_of(QuestionOptions const& options) {
  constexpr std::array names{
      "scan", "significance", "limit", "impacts", "interval", "coverage", "bias"};
  static_assert(names.size() == std::variant_size_v<decltype(options.question)>);
  return names[options.question.index()];
}

run::InputRequest const& input_of(QuestionOptions const& options) {
  return std::visit([](auto const& q) -> run::InputRequest const& { return q.input; },
                    options.question);
}

run::LimitQuestion const* limit_of(QuestionOptions const& options) {
  return std::get_if<run::LimitQuestion>(&options.question);
}

/// Adds a limit to the file of others; returns what is told of it.
std::string add_to_limits(run::LimitQuestion const* limit, run::Answer const& answer) {
  if (limit == nullptr || limit->limits_file.empty()) {
    return "";
  }
  run::add_limits(limit->limits_file, limit->mass.value(), answer.json);
  return "added to " + limit->limits_file + "\n";
}

/// Where the run directory's file lies; empty where none is wanted.
std::filesystem::path write_into_directory(QuestionOptions const& options,
                                           std::string const& json) {
  auto const& to = options.to;
  if (!to.out_dir && to.run_id.empty()) {
    return {};
  }
  auto const id = to.run_id.empty() ? run::default_run_id() : to.run_id;
  auto const file = command_of(options) + ".json";
  return run::make_run_directory(to.out_dir.value_or("runs"),
                                 id,
                                 [&](std::filesystem::path const& folder) {
                                   os::publish_text(folder / file, json + "\n");
                                   auto const* limit = limit_of(options);
                                   if (limit != nullptr && limit->mass) {
                                     os::publish_text(folder / run::limits_name,
                                                      run::limits_json(json, *limit->mass));
                                   }
                                 }) /
         file;
}

void tell(run::Answer answer,
          run::LimitQuestion const* limit,
          run::Destination const& to,
          std::filesystem::path const& file) {
  answer.table += add_to_limits(limit, answer);
  if (to.output) {
    run::write_output(*to.output, *to.output == "-" ? answer.json : answer.json + "\n");
  }
  auto const told = answer.table + (file.empty() ? "" : "wrote " + file.string() + "\n");
  if (!to.output && file.empty()) {
    os::print(told);
  } else if (to.output != "-") {
    os::print_report(told);
  }
}

/// Rank 0 of a question that toys answer; the job's code.
ExitCode answer_by_toys(run::QuestionRun const& question,
                        run::ToyFarm& farm,
                        run::Destination const& to) {
  return run::code_of([&] {
    auto const answer = run::answer(question, farm);
    auto const* limit = std::get_if<run::LimitQuestion>(&question.question);
    tell(answer, limit, to, run::publish(question, answer));
    return answer.code;
  });
}

void advise_resume(run::QuestionRun const& question, ExitCode code) {
  if (code == ExitCode::stopped && !question.directory.empty()) {
    core::log_info("go on with: toyfarm " + std::string(run::command_of(question.question)) +
                   " --resume " + question.directory.string());
  }
}

}  // namespace

OpenedQuestion open_question(QuestionOptions const& options) {
  OpenedQuestion opened;
  opened.code = run::code_of([&] {
    auto open = std::make_unique<OpenQuestion>();
    auto const& to = options.to;
    if (!to.run_id.empty()) {
      run::check_run_id(to.run_id);
    }
    if (limit_of(options) != nullptr) {
      run::check_limits_file(limit_of(options)->limits_file);
    }
    auto toys = by_toys(options);
    bool const resumes = toys && !run::toys_of(*toys).resume.empty();
    if (toys) {
      open->run = resumes ? run::resume_question(*toys) : run::open_question(std::move(*toys));
    }
    if (to.output) {
      auto const& input = open->run ? run::input_of(open->run->question) : input_of(options);
      open->claim = run::claim_output(*to.output, to.force, run::files_named_by(input));
    }
    if (!open->run) {
      open->answer = answer_of_fits(options);
    }
    opened.question.reset(open.release());
    return ExitCode::success;
  });
  return opened;
}

int run_question(QuestionOptions const& options, parallel::Job const& job, OpenedQuestion opened) {
  run::catch_stop_signals();
  if (job.rank() == 0 && opened.code == ExitCode::success) {
    if (!opened.question) {
      opened = open_question(options);  // the launcher's words had another rank for this process
    }
    if (opened.question && opened.question->run && opened.question->run->directory.empty()) {
      opened.code = run::code_of([&] {
        run::make_place(*opened.question->run, options.to);
        return ExitCode::success;
      });
    }
  }
  auto toys = by_toys(options);
  if (auto const code = run::shared_code(job, opened.code); code != ExitCode::success || !toys) {
    if (job.rank() != 0 || code != ExitCode::success) {
      return static_cast<int>(code);
    }
    auto const& answer = *opened.question->answer;
    return static_cast<int>(run::code_of([&] {
      tell(answer, limit_of(options), options.to, write_into_directory(options, answer.json));
      return answer.code;
    }));
  }
  auto const& conduct = run::toys_of(*toys).conduct;
  if (job.rank() != 0) {
    return run::serve_toys(job, conduct);
  }
  auto const& question = *opened.question->run;
  run::ToyFarm farm(
      job, question.input, run::settings_of(question.question), conduct, question.directory);
  auto const code = answer_by_toys(question, farm, options.to);
  advise_resume(question, code);
  opened.question->claim = {};  // this process may leave without running destructors
  return farm.end(static_cast<int>(code));
}

}  // namespace toyfarm::app
