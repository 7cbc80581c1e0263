#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/core.h>

#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/inference/normal.hpp"
#include "toyfarm/run/questions.hpp"

#include "run/toy_statistics.hpp"

namespace toyfarm::run {
namespace {

using inference::Outcome;
using inference::Statistic;
using inference::StatisticKind;

constexpr std::uint64_t toys_first = 10'000;
constexpr std::uint64_t toys_expected = 2'000;
constexpr double usual_growth = 4;  // of the toys there are, in one round

/// q0 of toys at one point.
class DiscoveryToys {
 public:
  DiscoveryToys(ToyFarm& farm, std::size_t poi, std::string name, std::vector<double> truth)
      : farm_(&farm), poi_(poi), name_(std::move(name)), truth_(std::move(truth)) {}

  void run(std::uint64_t n) {
    ++round_;
    auto const rows = farm_->run({fmt::format("round_{:02}_{}", round_, name_),
                                  {"free", "null"},
                                  {{truth_, q0_.size(), n, {{}, poi_at(poi_, 0)}}}});
    record::for_each_row(*rows, [&](record::RowView const& row) {
      inference::SampleFits const fits{end_of(row, 0, poi_), end_of(row, 1, poi_), std::nullopt};
      q0_.push_back(inference::evaluate(StatisticKind::q0, fits, 0));
    });
  }
  [[nodiscard]] std::vector<Statistic> const& q0() const noexcept { return q0_; }
  [[nodiscard]] int n_rounds() const noexcept { return round_; }

 private:
  ToyFarm* farm_;
  std::size_t poi_;
  std::string name_;
  std::vector<double> truth_;
  std::vector<Statistic> q0_;
  int round_ = 0;
};

/// Toys after which the p-value is as accurate as asked.
std::uint64_t enough(inference::Counts const& counts, double accuracy) {
  double const n = static_cast<double>(counts.n);
  double const k = std::max<double>(static_cast<double>(counts.k), 1);
  double const wanted = (1 - k / n) / (accuracy * accuracy);  // toys above the observed value
  return static_cast<std::uint64_t>(std::ceil(std::min(n * wanted / k, usual_growth * n)));
}

inference::Counts run_null(ToyChoice const& choice,
                           Statistic const& observed,
                           DiscoveryToys& toys) {
  toys.run(first_toys(choice, std::min(toys_first, choice.max_toys)));
  for (;;) {
    auto const counts = inference::count(toys.q0(), observed);
    core::log_info(fmt::format("round {}: {} of {} toys are not below the observed q0",
                               toys.n_rounds(),
                               counts.k,
                               toys.q0().size()));
    std::uint64_t const there = toys.q0().size();
    std::uint64_t const wanted = counts.n == 0 ? there : enough(counts, choice.accuracy);
    if (choice.n_toys || wanted <= there || there >= choice.max_toys) {
      return counts;
    }
    toys.run(std::min(wanted, choice.max_toys) - there);
  }
}

double share_zero(std::vector<Statistic> const& toys) {
  std::size_t n = 0;
  std::size_t zero = 0;
  for (auto const& toy : toys) {
    n += toy.outcome == Outcome::value ? 1U : 0U;
    zero += toy.outcome == Outcome::value && toy.value <= toy.tolerance ? 1U : 0U;
  }
  return n > 0 ? static_cast<double>(zero) / static_cast<double>(n) : 0;
}

/// Z of toys at the quantiles of -2 ... 2 standard deviations.
Json quantiles_of_z(std::vector<Statistic> const& toys) {
  std::vector<double> z;
  for (auto const& toy : toys) {
    if (toy.outcome == Outcome::value) {
      z.push_back(std::sqrt(toy.value));
    }
  }
  std::ranges::sort(z);
  Json out = Json::object();
  for (int const band : bands) {
    auto const at = inference::normal_cdf(band) * static_cast<double>(z.size());
    auto const i = std::min(static_cast<std::size_t>(at), z.empty() ? 0 : z.size() - 1);
    out[band_name(band)] = z.empty() ? Json(nullptr) : json_number(z[i]);
  }
  return out;
}

std::string expected_text(std::string const& name, double value, Json const& quantiles) {
  auto text = fmt::format("expected at {} = {:g}: Z", core::printable(name), value);
  for (int const band : bands) {
    auto const& z = quantiles.at(band_name(band));
    text += fmt::format("  {} {}",
                        band == 0 ? "median" : band_name(band),
                        z.is_number()   ? fmt::format("{:.4f}", z.get<double>())
                        : z.is_string() ? z.get<std::string>()
                                        : std::string("none"));
  }
  return text + "  (toys)\n";
}

}  // namespace

Answer significance_by_toys(SignificanceQuestion const& question,
                            Input const& input,
                            ToyFarm& farm) {
  auto const beside = significance(question, input);
  auto out = Json::parse(beside.json);
  auto const poi = poi_of(input);
  auto const& p = input.model.parameters[poi];
  std::unique_ptr<DataProfile> data;
  if (looks_at(input, question.observed) == Observed::shown) {
    data = std::make_unique<DataProfile>(observed_profile(input, question.threads));
  }
  ToyTruths const truths(input, data.get(), poi, question.toys.nuisances);
  std::string table;
  std::size_t n_failed = 0;
  if (data) {
    auto const observed = statistic_of(*data, StatisticKind::q0, poi, 0, p.lower);
    if (observed.outcome != Outcome::value) {
      return beside;
    }
    DiscoveryToys null(farm, poi, "null", truths.at(0));
    auto const counts = run_null(question.toys, observed, null);
    auto const p0 = inference::probability(counts);
    n_failed += counts.n_failed;
    out["p0"] = json_of(p0);
    out["z"] = p0 ? json_of(inference::significance(*p0)) : Json(nullptr);
    out["share_zero"] = share_zero(null.q0());
    out["n_ties"] = counts.n_ties;
    out["n_above"] = counts.k;
    table += p0 ? fmt::format("observed p0 {:.5g} [{:.5g}, {:.5g}]  Z {:.5g}  ({} of {} toys)\n",
                              p0->value,
                              p0->low,
                              p0->high,
                              inference::z_of_p(p0->value),
                              counts.k,
                              counts.n)
                : "observed p0: no toy has a value\n";
    out["complete"] = p0.has_value();
  }
  if (question.expect) {
    DiscoveryToys signal(farm, poi, "expected", truths.at(*question.expect));
    signal.run(first_toys(question.toys, toys_expected));
    auto const quantiles = quantiles_of_z(signal.q0());
    out["expected_by_toys"] = quantiles;
    out["expected_by_toys"]["poi"] = *question.expect;
    table += expected_text(p.name, *question.expect, quantiles);
    for (auto const& toy : signal.q0()) {
      n_failed += toy.outcome == Outcome::value ? 0U : 1U;
    }
  }
  tell_toys(question.toys, truths, farm, out);
  out["definitions"]["p0"] = "share of toys at POI = 0 whose q0 is not below the observed one";
  out["n_failed"] = n_failed;
  return {beside.code, table + "asymptotic, beside it:\n" + beside.table, json_text(out)};
}

}  // namespace toyfarm::run
