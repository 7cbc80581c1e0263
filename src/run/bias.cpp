#include <fmt/core.h>

#include "toyfarm/core/printable.hpp"
#include "toyfarm/run/questions.hpp"

#include "run/truth_toys.hpp"

namespace toyfarm::run {
namespace {

constexpr std::uint64_t usual_bias_toys = 2'000;

Json value_of(std::optional<inference::Spread> const& spread,
              double inference::Spread::*value,
              double inference::Spread::*error) {
  return spread ? Json{{"value", (*spread).*value}, {"error", (*spread).*error}} : Json(nullptr);
}

std::string text_of(std::optional<inference::Spread> const& spread) {
  return spread ? fmt::format(
                      "{:+.4f} +- {:.4f} ({:.4f})", spread->mean, spread->mean_error, spread->width)
                : std::string("-");
}

/// Throws UsageError for true values that the fitted model's POI cannot have.
void check_bounds(Input const& fitted, std::vector<double> const& values) {
  auto const& p = fitted.model.parameters[*fitted.model.poi];
  for (double const value : values) {
    if (!(value >= p.lower && value <= p.upper)) {
      throw core::UsageError(fmt::format("--fit-config: {} = {:g} is outside its bounds [{}, {}]",
                                         core::printable(p.name),
                                         value,
                                         p.lower,
                                         p.upper));
    }
  }
}

Json point_json(inference::Bias const& b) {
  using inference::Spread;
  return {{"truth", b.truth},
          {"estimate_mean", value_of(b.estimates, &Spread::mean, &Spread::mean_error)},
          {"pull_mean", value_of(b.pulls, &Spread::mean, &Spread::mean_error)},
          {"pull_width", value_of(b.pulls, &Spread::width, &Spread::width_error)},
          {"signed_root_mean", value_of(b.signed_roots, &Spread::mean, &Spread::mean_error)},
          {"signed_root_width", value_of(b.signed_roots, &Spread::width, &Spread::width_error)},
          {"n_failed", b.n_failed},
          {"n_without_error", b.n_no_error}};
}

}  // namespace

Answer bias(BiasQuestion const& question, Input const& input, ToyFarm& farm) {
  auto const poi = poi_of(input);
  auto const data = data_for(question.toys, input, question.threads);
  ToyTruths const truths(input, data.get(), poi, question.toys.nuisances.value_or(Nuisances::init));
  auto const values = true_values(question.toys, input, poi, "bias");
  std::optional<Input> other;
  if (!question.fit_config.empty()) {
    InputRequest request;
    request.config = question.fit_config;
    request.unknown = question.input.unknown;
    request.changes.poi = input.model.parameters[poi].name;
    other = read_input(request, Events::left_alone);
    static_cast<void>(poi_of(*other));
    check_bounds(*other, values);
  }
  auto const found =
      run_truths({values, first_toys(question.toys, usual_bias_toys), other ? &*other : nullptr},
                 input,
                 truths,
                 farm);
  auto out = answer_head("bias", input.model.parameters[poi].name);
  tell_toys(question.toys, truths, farm, out);
  out["fitted"] = question.fit_config.empty() ? Json(nullptr) : Json(question.fit_config);
  out["definitions"]["pull"] =
      "(estimate - truth) / error by the Hessian; biased where the error follows the estimate";
  out["definitions"]["signed_root"] =
      "sqrt(2 Delta NLL) at the truth with the sign of estimate - truth";
  out["n_failed"] = found.n_failed;
  out["points"] = Json::array();
  auto const& name = input.model.parameters[poi].name;
  std::string table = fmt::format("{:>12}  {:<28}  {}\n",
                                  core::printable(name).substr(0, 12),
                                  "pull: mean (width)",
                                  "signed root: mean (width)");
  for (std::size_t i = 0; i < found.truths.size(); ++i) {
    std::vector<inference::BiasToy> toys;
    for (auto const& toy : found.toys[i]) {
      toys.push_back({toy.estimate, toy.error, toy.signed_root, toy.converged});
    }
    auto const b = inference::bias(toys, found.truths[i]);
    out["points"].push_back(point_json(b));
    table += fmt::format(
        "{:>12.6g}  {:<28}  {}{}\n",
        b.truth,
        text_of(b.pulls),
        text_of(b.signed_roots),
        b.n_no_error > 0
            ? fmt::format("  {} toys at a bound have no error, thus no pull", b.n_no_error)
            : "");
  }
  return {core::ExitCode::success, table, json_text(out)};
}

}  // namespace toyfarm::run
