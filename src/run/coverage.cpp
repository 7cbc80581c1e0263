#include <algorithm>

#include <fmt/core.h>

#include "toyfarm/core/printable.hpp"
#include "toyfarm/run/questions.hpp"

#include "run/truth_toys.hpp"

namespace toyfarm::run {
namespace {

using inference::Covered;

constexpr std::uint64_t usual_coverage_toys = 10'000;

/// One line of the answer: the share of toys whose interval of one kind holds the truth.
void tell(double truth,
          double cl,
          std::string const& method,
          std::vector<Covered> const& covered,
          Json& points,
          std::string& table) {
  auto const share = inference::coverage(covered);
  auto const n_failed = std::ranges::count(covered, Covered::failed);
  points.push_back({{"truth", truth},
                    {"cl", cl},
                    {"method", method},
                    {"coverage", json_of(share)},
                    {"n_failed", n_failed}});
  table +=
      share
          ? fmt::format(
                "{:>12.6g}  {:>8.4f}  {:<8}  {:.5f} [{:.5f}, {:.5f}]{}\n",
                truth,
                cl,
                method,
                share->value,
                share->low,
                share->high,
                n_failed > 0 ? fmt::format("  without {} toys that have none", n_failed) : "")
          : fmt::format("{:>12.6g}  {:>8.4f}  {:<8}  no toy has an interval\n", truth, cl, method);
}

}  // namespace

Answer coverage(CoverageQuestion const& question, Input const& input, ToyFarm& farm) {
  auto const poi = poi_of(input);
  auto const data = data_for(question.toys, input, question.threads);
  ToyTruths const truths(input, data.get(), poi, question.toys.nuisances.value_or(Nuisances::init));
  auto const values = true_values(question.toys, input, poi, "coverage");
  auto const found = run_truths(
      {values, first_toys(question.toys, usual_coverage_toys), nullptr}, input, truths, farm);
  auto out = answer_head("coverage", input.model.parameters[poi].name);
  tell_toys(question.toys, truths, farm, out);
  out["definitions"]["hessian"] = "estimate +- z error";
  out["definitions"]["profile"] = "2 Delta NLL at the truth is at most the quantile of chi-square";
  out["n_failed"] = found.n_failed;
  out["points"] = Json::array();
  std::string table = fmt::format("{:>12}  {:>8}  {:<8}  coverage\n",
                                  core::printable(input.model.parameters[poi].name).substr(0, 12),
                                  "cl",
                                  "interval");
  for (std::size_t i = 0; i < found.truths.size(); ++i) {
    for (double const cl : question.cl) {
      std::vector<Covered> hessian;
      std::vector<Covered> profile;
      for (auto const& toy : found.toys[i]) {
        hessian.push_back(
            toy.converged ? inference::hessian_covers(toy.estimate, toy.error, found.truths[i], cl)
                          : Covered::failed);
        profile.push_back(inference::profile_covers(toy.at_truth, cl));
      }
      tell(found.truths[i], cl, "hessian", hessian, out["points"], table);
      tell(found.truths[i], cl, "profile", profile, out["points"], table);
    }
  }
  return {core::ExitCode::success, table, json_text(out)};
}

}  // namespace toyfarm::run
