// Options of questions that do not go together.
#include "app/cli/questions.hpp"

namespace toyfarm::app {
namespace {

/// What is asked anew is fixed by the directory of a question that is gone on with.
void refuse_with_resume(GivenOptions const& given) {
  for (auto const& option : given) {
    bool const places = option.name == "--out-dir" || option.name == "--run-id";
    if ((option.role == Role::study && option.name != "--max-rows") || places) {
      throw core::UsageError(option.name +
                             " cannot be given with --resume: the run directory fixes it");
    }
  }
}

void refuse_toys(GivenOptions const& given) {
  for (auto const* name : {"--n-toys",
                           "--accuracy",
                           "--max-toys",
                           "--grid",
                           "--nuisances",
                           "--constraints",
                           "--seed",
                           "--engine",
                           "--time-limit"}) {
    if (given.contains(name)) {
      throw core::UsageError(std::string(name) + " is for toys: it needs --method toys");
    }
  }
}

void check_limits_by_mass(run::LimitQuestion const& q, run::Destination const& to) {
  if (!q.mass && !q.limits_file.empty()) {
    throw core::UsageError("--limits needs the mass, --mass M");
  }
  if (q.mass && q.limits_file.empty() && !to.out_dir && to.run_id.empty()) {
    throw core::UsageError(
        "--mass: limits.json goes into a run directory (--out-dir, --run-id), or into --limits "
        "FILE");
  }
}

}  // namespace

void finish_question(QuestionOptions& o, GivenOptions const& given) {
  std::visit(
      [&](auto& q) {
        if constexpr (requires { q.limits_file; }) {
          check_limits_by_mass(q, o.to);
        }
        if constexpr (requires { q.toys; }) {
          if (!q.toys.resume.empty()) {
            refuse_with_resume(given);
          } else if (q.input.config.empty()) {
            throw core::UsageError("--config is required");
          }
          if constexpr (requires { q.method; }) {
            if (q.method == run::Method::asymptotic && q.toys.resume.empty()) {
              refuse_toys(given);
            }
          }
          if (std::holds_alternative<run::SignificanceQuestion>(o.question) &&
              given.contains("--grid")) {
            throw core::UsageError("--grid: significance tests the POI at 0 alone");
          }
          auto const policy = parallel::thread_policy(q.toys.conduct.threads);
          q.threads = policy.count > 0 ? policy.count : 1;
        }
      },
      o.question);
}

}  // namespace toyfarm::app
