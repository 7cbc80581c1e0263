// Laws that statistics of toys keep, whatever the model: toys of another seed stand for data.
#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <vector>

#include "toyfarm/inference/limit.hpp"
#include "toyfarm/study/asimov.hpp"

#include "run/counting.hpp"
#include "run/toy_statistics.hpp"

namespace toyfarm::run {
namespace {

using inference::Outcome;
using inference::Statistic;
using inference::StatisticKind;
using study::EngineChoice;

constexpr std::uint64_t n_toys = 10'000;
constexpr std::uint64_t seed_of_ensembles = 3;
constexpr std::uint64_t seed_of_data = 4;

/// Where toys are generated, and what is tested on them.
struct Tested {
  StatisticKind kind;
  double truth;
  double value;
};

double phi(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

/// A peak of `width` over an exponential background on [0, 10]; the efficiency is known to 10 %.
struct Peak {
  double background;
  double signal;
  double width;
  std::string poi = R"({"name": "mu", "init": 1, "bounds": [0, 20]})";
};

class SanityLaws : public test::Counting {
 protected:
  InputRequest peak(Peak const& p) {
    auto const number = [](double value) { return std::to_string(value); };
    return spec(p.poi + R"(, {"name": "b", "init": )" + number(p.background) +
                    R"(, "bounds": [0, 100000]},
        {"name": "slope", "init": -0.1, "bounds": [-2, 2]},
        {"name": "place", "init": 5, "bounds": [0, 10], "fixed": true},
        {"name": "width", "init": )" +
                    number(p.width) + R"(, "bounds": [0.1, 5], "fixed": true},
        {"name": "efficiency", "init": 0, "bounds": [-5, 5],
         "constraint": {"type": "gaussian", "mean": 0, "sigma": 1}})",
                R"({"name": "c", "observables": [{"name": "x", "bounds": [0, 10]}], "processes": [
        {"name": "s", "pdf": {"type": "gaussian", "observable": "x", "params": ["place", "width"]},
         "yield": {"type": "scaled", "base_yield": )" +
                    number(p.signal) + R"(, "scale": "mu",
                   "modifiers": [{"type": "normsys", "param": "efficiency", "lo": 0.9, "hi": 1.1}]}},
        {"name": "b", "pdf": {"type": "exponential", "observable": "x", "params": ["slope"]},
         "yield": {"type": "parameter", "name": "b"}}]})");
  }
  InputRequest few_events() { return peak({300, 20, 0.6}); }
  InputRequest counts() {
    return spec(test::mu, test::channel("on", {test::scaled(1, "mu"), test::fixed(3)}, ""));
  }

  /// [toy] statistics; each has a value that is not below 0.
  std::vector<Statistic> toys(InputRequest const& request,
                              Tested const& tested,
                              std::uint64_t seed,
                              std::uint64_t n = n_toys,
                              EngineChoice engine = EngineChoice::automatic) {
    int argc = 0;
    char** argv = nullptr;
    parallel::Job const job(parallel::Job::Kind::single, argc, argv);
    auto const input = read_for(request, Observed::blind);
    auto const poi = input.model.poi.value();
    auto truth = input.model.init();
    truth[poi] = tested.truth;
    ToyFarm farm(job, input, {seed, record::ConstraintMode::randomize, engine}, Conduct());
    auto const rows = farm.run({"toys",
                                {"free", "tested", "bound"},
                                {{truth, 0, n, {{}, poi_at(poi, tested.value), poi_at(poi, 0)}}}});
    std::vector<Statistic> out;
    record::for_each_row(*rows, [&](record::RowView const& row) {
      out.push_back(
          inference::evaluate(tested.kind,
                              {end_of(row, 0, poi), end_of(row, 1, poi), end_of(row, 2, poi)},
                              tested.value));
      EXPECT_EQ(out.back().outcome, Outcome::value) << row.toy().value;
      EXPECT_GE(out.back().value, 0) << row.toy().value;
    });
    EXPECT_EQ(out.size(), n);
    EXPECT_EQ(farm.end(0), 0);
    return out;
  }
};

/// Of toys of the same point as the ensemble, in increasing order.
std::vector<double> p_values(std::vector<Statistic> const& data,
                             std::vector<Statistic> const& ensemble) {
  std::vector<double> out;
  for (auto const& one : data) {
    out.push_back(inference::probability(inference::count(ensemble, one))->value);
  }
  std::ranges::sort(out);
  return out;
}

double share_up_to(std::vector<double> const& sorted, double value) {
  return static_cast<double>(std::ranges::upper_bound(sorted, value) - sorted.begin()) /
         static_cast<double>(sorted.size());
}

/// Of a share of data and one of the ensemble beside it.
double error_of_share(double share) {
  return std::sqrt(share * (1 - share) * 2 / static_cast<double>(n_toys));
}

/// Largest distance of a sample from its distribution at and above `from` (Kolmogorov, Smirnov).
double distance(std::vector<double> const& sorted,
                std::function<double(double)> const& cumulative,
                double from = 0) {
  auto const n = static_cast<double>(sorted.size());
  double out = std::abs(share_up_to(sorted, from) - cumulative(from));
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] > from) {
      double const there = cumulative(sorted[i]);
      out = std::max({out,
                      std::abs(static_cast<double>(i + 1) / n - there),
                      std::abs(static_cast<double>(i) / n - there)});
    }
  }
  return out;
}

constexpr double once_in_a_thousand = 1.95;  // of sqrt(n) times that distance

TEST_F(SanityLaws, p_values_of_t_are_uniform) {
  auto const request = few_events();
  Tested const tested{StatisticKind::t, 1, 1};
  auto const ensemble = toys(request, tested, seed_of_ensembles);
  auto const data = toys(request, tested, seed_of_data, n_toys, EngineChoice::eventwise);
  auto const found = distance(p_values(data, ensemble), [](double p) { return p; });
  EXPECT_LT(found, once_in_a_thousand * std::sqrt(2.0 / n_toys));
}

TEST_F(SanityLaws, one_sided_p_values_are_uniform_where_the_statistic_is_not_0) {
  auto const request = few_events();
  for (auto const& tested :
       {Tested{StatisticKind::q0, 0, 0}, Tested{StatisticKind::q_tilde, 1, 1}}) {
    auto const ensemble = toys(request, tested, seed_of_ensembles);
    auto const p = p_values(toys(request, tested, seed_of_data), ensemble);
    auto const n_zero = std::ranges::count_if(
        ensemble, [](Statistic const& toy) { return toy.value <= toy.tolerance; });
    double const share_zero = static_cast<double>(n_zero) / n_toys;
    EXPECT_GT(share_zero, 0.3);
    EXPECT_LT(share_zero, 0.7);
    int n_looked_at = 0;
    for (double const alpha : {0.002, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4}) {
      if (alpha < 1 - share_zero - 4 * error_of_share(share_zero)) {
        EXPECT_NEAR(share_up_to(p, alpha), alpha, 4 * error_of_share(alpha)) << alpha;
        ++n_looked_at;
      }
    }
    EXPECT_GE(n_looked_at, 6);
    EXPECT_EQ(share_up_to(p, 0.99), share_up_to(p, 1 - share_zero)) << "all else is 1";
  }
}

TEST_F(SanityLaws, p_values_of_counts_are_small_no_more_often_than_they_say) {
  auto const request = counts();
  for (auto const& tested : {Tested{StatisticKind::q0, 0, 0},
                             Tested{StatisticKind::q_tilde, 2, 2},
                             Tested{StatisticKind::t, 2, 2}}) {
    auto const p =
        p_values(toys(request, tested, seed_of_data), toys(request, tested, seed_of_ensembles));
    for (int percent = 1; percent < 100; ++percent) {
      double const alpha = 0.01 * percent;
      EXPECT_LE(share_up_to(p, alpha), alpha + 4 * error_of_share(alpha)) << alpha;
    }
    auto const distinct = std::set<double>(p.begin(), p.end()).size();
    EXPECT_GT(distinct, 4U);
    EXPECT_LT(distinct, 25U);
  }
}

// p0 of n events over b is P(N >= n | b), or 1 where there is no excess.
TEST_F(SanityLaws, p0_of_counts_is_the_poisson_tail) {
  constexpr double b = 3;
  auto const request = counts();
  Tested const tested{StatisticKind::q0, 0, 0};
  auto const p =
      p_values(toys(request, tested, seed_of_data), toys(request, tested, seed_of_ensembles));
  double below = 0;            // P(N < n | b)
  double term = std::exp(-b);  // P(N = n | b)
  double previous = 0;         // P(N = n - 1 | b)
  for (int n = 0; n <= 9; ++n) {
    double const tail = 1 - below;
    if (n > b) {  // no p-value is between this tail and the next larger one, tail + previous
      EXPECT_NEAR(share_up_to(p, tail + 0.3 * previous), tail, 4 * error_of_share(tail)) << n;
    }
    below += term;
    previous = term;
    term *= b / (n + 1);
  }
}

TEST_F(SanityLaws, cls_is_not_below_its_p_value) {
  auto const request = few_events();
  Tested const with{StatisticKind::q_tilde, 1, 1};
  Tested const without{StatisticKind::q_tilde, 0, 1};
  auto const signal = toys(request, with, seed_of_ensembles);
  auto const background = toys(request, without, seed_of_ensembles);
  for (auto const& tested : {with, without}) {
    for (auto const& observed : toys(request, tested, seed_of_data, 1000)) {
      auto const found = inference::cls(inference::count(signal, observed),
                                        inference::count(background, observed));
      ASSERT_TRUE(found.cls && found.p_sb && found.one_minus_pb);
      EXPECT_GE(found.cls->value, found.p_sb->value);
      EXPECT_LE(found.cls->value, 1 + found.cls->high - found.cls->low);
    }
  }
}

// arXiv:1007.1727 eqs. 64 and 65, sigma from q of the Asimov data; 10^4 events.
TEST_F(SanityLaws, many_events_bring_q_tilde_to_its_asymptotic_distribution) {
  auto const request = peak({10'000, 80, 1, R"({"name": "mu", "init": 1, "bounds": [0, 40]})"});
  auto const input = read_for(request, Observed::blind);
  auto const poi = input.model.poi.value();
  auto point = input.model.init();
  point[poi] = 0;
  auto const asimov = study::asimov_data(input.model, point);
  DataProfile background(input, asimov.sample, asimov.globals, point, DataProfile::Search::near);
  for (double const value : {1.0, 2.0}) {
    double const q_asimov = background.rise({{poi, value}});
    EXPECT_GT(q_asimov, 0.3);
    for (double const truth : {value, 0.0}) {
      double const shift = std::sqrt(q_asimov) * (value - truth) / value;  // (mu - mu') / sigma
      auto const cumulative = [&](double q) {
        return q <= q_asimov ? phi(std::sqrt(q) - shift)
                             : phi((q - (q_asimov -
                                         2 * std::sqrt(q_asimov) * (std::sqrt(q_asimov) - shift))) /
                                   (2 * std::sqrt(q_asimov)));
      };
      std::vector<double> q;
      for (auto const& toy : toys(request, {StatisticKind::q_tilde, truth, value}, seed_of_data)) {
        q.push_back(toy.value <= toy.tolerance ? 0 : toy.value);
      }
      std::ranges::sort(q);
      EXPECT_LT(distance(q, cumulative), once_in_a_thousand / std::sqrt(n_toys))
          << "mu = " << value << ", toys at " << truth;
    }
  }
}

}  // namespace
}  // namespace toyfarm::run
