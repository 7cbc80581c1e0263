#include "toyfarm/run/question_run.hpp"

#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/core.h>

#include "toyfarm/io/json_members.hpp"
#include "toyfarm/os/publish.hpp"
#include "toyfarm/run/limits_file.hpp"
#include "toyfarm/run/output.hpp"
#include "toyfarm/run/saved_run.hpp"

#include "run/request_members.hpp"
#include "run/toy_statistics.hpp"

namespace toyfarm::run {
namespace fs = std::filesystem;
namespace {

constexpr int question_record_version = 1;
constexpr char const* record_name = "question.json";

template <class Archive, class T>
void visit_toys(Archive& a, T& toys) {
  a("n_toys", toys.n_toys);
  a("accuracy", toys.accuracy);
  a("max_toys", toys.max_toys);
  a("grid", toys.grid);
  a("nuisances", toys.nuisances);
  a("seed", toys.seed);
  a("constraints", toys.constraints);
  a("engine", toys.engine);
}

/// A member that older records have not.
template <class Archive, class T>
void visit_later(Archive& a, std::string_view name, T& value) {
  if constexpr (requires { a.has(name); }) {
    if (!a.has(name)) {
      return;
    }
  }
  a(name, value);
}

template <class Archive, class T>
void visit_own(Archive& a, T& question) {
  if constexpr (requires { question.observed; }) {
    visit_later(a, "observed", question.observed);
  }
  if constexpr (requires { question.method; }) {
    a("method", question.method);
  }
  if constexpr (requires { question.expect; }) {
    a("expect", question.expect);
  }
  if constexpr (requires { question.cl; }) {
    a("cl", question.cl);
  }
  if constexpr (requires { question.physical_bound; }) {
    a("physical_bound", question.physical_bound);
  }
  if constexpr (requires { question.is_bounded; }) {
    a("is_bounded", question.is_bounded);
  }
  if constexpr (requires { question.mass; }) {
    visit_later(a, "mass", question.mass);
    visit_later(a, "limits_file", question.limits_file);
  }
  if constexpr (requires { question.fit_config; }) {
    a("fit_config", question.fit_config);
  }
}

template <class Archive, class T>
void visit_question(Archive& a, T& question) {
  a.group("input", [&](Archive& inner) { visit_input(inner, question.input); });
  a.group("question", [&](Archive& inner) { visit_own(inner, question); });
  a.group("toys", [&](Archive& inner) { visit_toys(inner, question.toys); });
}

/// Data files by channel, with absolute paths.
std::map<std::string, std::string> data_of(Input const& input) {
  std::map<std::string, std::string> out;
  for (auto const& file : input.files) {
    out[file.channel] = fs::absolute(file.path).string();
  }
  return out;
}

std::string record_of(QuestionRun const& run, std::string const& spec_copy) {
  io::MemberWriter members;
  members("version", question_record_version);
  members("command", std::string(command_of(run.question)));
  members("data_hash", run.input.data_hash);
  std::visit(
      [&](auto question) {
        question.input.config = spec_copy;
        question.input.data = data_of(run.input);
        if constexpr (requires { question.limits_file; }) {
          if (!question.limits_file.empty()) {
            question.limits_file = fs::absolute(question.limits_file).string();
          }
        }
        visit_question(members, question);
      },
      run.question);
  return members.json().dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string text_of(fs::path const& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw core::RuntimeFailure(core::ExitCode::no_input,
                               file.string() + ": no question was begun here");
  }
  return {std::istreambuf_iterator<char>(in), {}};
}

Input read_of(ToyQuestion const& question) {
  return std::visit(
      [](auto const& q) {
        auto observed = Observed::shown;
        if constexpr (requires { q.observed; }) {
          observed = q.observed;
        }
        return read_for(q.input, observed);
      },
      question);
}

}  // namespace

std::string_view command_of(ToyQuestion const& question) {
  constexpr std::array<std::string_view, std::variant_size_v<ToyQuestion>> names{
      "significance", "limit", "interval", "coverage", "bias"};
  return names[question.index()];
}

ToyChoice& toys_of(ToyQuestion& question) {
  return std::visit([](auto& q) -> ToyChoice& { return q.toys; }, question);
}

ToySettings settings_of(ToyQuestion const& question) {
  return std::visit([](auto const& q) { return settings_of(q.toys); }, question);
}

InputRequest const& input_of(ToyQuestion const& question) {
  return std::visit([](auto const& q) -> InputRequest const& { return q.input; }, question);
}

QuestionRun open_question(ToyQuestion question) {
  auto input = read_of(question);
  return {std::move(question), std::move(input), {}};
}

void make_place(QuestionRun& run, Destination const& to) {
  if (!to.out_dir && to.run_id.empty()) {
    return;
  }
  auto const id = to.run_id.empty() ? default_run_id() : to.run_id;
  check_run_id(id);
  auto const spec_copy = spec_copy_name(input_of(run.question).config);
  run.directory = make_run_directory(to.out_dir.value_or("runs"), id, [&](fs::path const& folder) {
    os::publish_text(folder / spec_copy, run.input.spec.text);
    os::publish_text(folder / record_name, record_of(run, spec_copy));
  });
}

QuestionRun resume_question(ToyQuestion const& now) {
  auto before = now;
  fs::path const directory(toys_of(before).resume);
  auto const file = directory / record_name;
  auto const text = text_of(file);
  std::string data_hash;
  std::string command;
  try {
    io::MemberReader members(nlohmann::json::parse(text));
    int version = 0;
    members("version", version);
    if (version != question_record_version) {
      throw io::Unreadable("version " + std::to_string(version));
    }
    members("command", command);
    members("data_hash", data_hash);
    if (command != command_of(now)) {
      throw core::UsageError("--resume: " + directory.string() + " is of `toyfarm " + command +
                             "`");
    }
    std::visit(
        [&](auto& question) {
          visit_question(members, question);
          question.input.config = (directory / question.input.config).string();
          question.input.changes = {};
        },
        before);
    members.finish();
  } catch (core::Error const&) {
    throw;
  } catch (std::exception const& error) {
    throw core::DataError(file.string(), std::string("cannot be read: ") + error.what());
  }
  auto run = open_question(std::move(before));
  if (run.input.data_hash != data_hash) {
    throw core::DataError(directory.string(),
                          "the event data have changed since the question was begun");
  }
  run.directory = directory;
  return run;
}

Answer answer(QuestionRun const& run, ToyFarm& farm) {
  struct Visitor {
    Input const& input;
    ToyFarm& farm;
    Answer operator()(SignificanceQuestion const& q) {
      return significance_by_toys(q, input, farm);
    }
    Answer operator()(LimitQuestion const& q) { return limit_by_toys(q, input, farm); }
    Answer operator()(IntervalQuestion const& q) { return interval(q, input, farm); }
    Answer operator()(CoverageQuestion const& q) { return coverage(q, input, farm); }
    Answer operator()(BiasQuestion const& q) { return bias(q, input, farm); }
  };
  return std::visit(Visitor{run.input, farm}, run.question);
}

fs::path publish(QuestionRun const& run, Answer const& answer) {
  if (run.directory.empty()) {
    return {};
  }
  auto file = run.directory / (std::string(command_of(run.question)) + ".json");
  os::publish_text(file, answer.json + "\n");
  auto const* limit = std::get_if<LimitQuestion>(&run.question);
  if (limit != nullptr && limit->mass) {
    os::publish_text(run.directory / limits_name, limits_json(answer.json, *limit->mass));
  }
  return file;
}

}  // namespace toyfarm::run
