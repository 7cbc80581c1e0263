#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "toyfarm/run/questions.hpp"

// Questions that toys answer, from the command to the published answer.
namespace toyfarm::run {

using ToyQuestion = std::
    variant<SignificanceQuestion, LimitQuestion, IntervalQuestion, CoverageQuestion, BiasQuestion>;

/// "limit", "interval", …
[[nodiscard]] std::string_view command_of(ToyQuestion const& question);
[[nodiscard]] ToyChoice& toys_of(ToyQuestion& question);
[[nodiscard]] ToySettings settings_of(ToyQuestion const& question);
[[nodiscard]] InputRequest const& input_of(ToyQuestion const& question);

/// A question under way, at rank 0.
struct QuestionRun {
  ToyQuestion question;
  Input input;
  std::filesystem::path directory;  ///< empty: nothing is kept but the answer
};

/// Reads what the question is about. Nothing is made.
[[nodiscard]] QuestionRun open_question(ToyQuestion question);

/// Makes a directory with the question's record and a copy of its spec, where one is wanted.
void make_place(QuestionRun& run, Destination const& to);

/// The question that was begun in `now`'s directory; how it is run is as said now. Throws as
/// open_question, DataError for a record that is none or data that have changed, UsageError for a
/// question of another kind.
[[nodiscard]] QuestionRun resume_question(ToyQuestion const& now);

/// Answers, with the toys of all ranks of the farm.
[[nodiscard]] Answer answer(QuestionRun const& run, ToyFarm& farm);

/// Publishes the answer in the run's directory, if it has one. Returns the file, or nothing.
std::filesystem::path publish(QuestionRun const& run, Answer const& answer);

}  // namespace toyfarm::run
