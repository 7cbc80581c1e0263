#include "toyfarm/inference/limit.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "toyfarm/core/contract.hpp"

#include "inference/crossing.hpp"
#include "inference/limit_toys.hpp"

namespace toyfarm::inference {
namespace {

using Kind = LimitOf::Kind;

constexpr std::size_t n_bands = 5;

/// Everything that limits are made of, in order of the POI.
struct Toys {
  std::vector<SortedToys> points;
  std::size_t n_background = 0;
};

/// Points of one limit that have counts, and which they are.
struct Counted {
  std::vector<RatioPoint> ratios;
  std::vector<std::size_t> points;
};

Counted count_all(Toys const& toys,
                  std::vector<SummedWeights> const& sums,
                  LimitOf const& whose,
                  FailedToys failed) {
  Counted counted;
  for (std::size_t i = 0; i < toys.points.size(); ++i) {
    if (auto const ratio = count(toys.points[i], sums[i], whose, failed)) {
      counted.ratios.push_back(*ratio);
      counted.points.push_back(i);
    }
  }
  return counted;
}

/// The limit out of all crossings, and the window it is made of.
struct Found {
  Limit limit;
  Window window;
  double least_error = 0;
};

Found find_limit(std::vector<RatioPoint> const& ratios, double level) {
  Found found;
  Limit& limit = found.limit;
  if (ratios.size() < 2) {
    return found;
  }
  auto const crossings = find_crossings(ratios, level);
  for (Crossing const& crossing : crossings) {
    limit.crossings.push_back(crossing.x);
  }
  RatioPoint const& last = ratios.back();
  if (crossings.empty()) {
    bool const above = last.k / last.n > level * last.k_b / last.n_b;
    limit.state = above ? LimitState::above_grid : LimitState::below_grid;
  } else if (!crossings.back().falling) {
    limit.state = LimitState::above_grid;
  } else {
    limit.state = LimitState::found;
    limit.value = crossings.back().x;
    limit.error = crossings.back().error;
    found.window = crossings.back().window;
    found.least_error = crossings.back().least_error;
    limit.decided = {ratios[found.window.low].x, ratios[found.window.high].x};
  }
  return found;
}

/// A limit whose toys are to be drawn again.
struct Job {
  LimitOf whose;
  Limit* limit = nullptr;
  Counted counted;
  Window window;
  double least_error = 0;
};

double draw(double k, double n, std::mt19937_64& random) {
  std::binomial_distribution<std::int64_t> binomial(static_cast<std::int64_t>(n), k / n);
  return static_cast<double>(binomial(random));
}

std::mt19937_64 stream(std::uint64_t seed, std::uint64_t sample, std::uint64_t use) {
  std::seed_seq words{seed & 0xffffffffu, seed >> 32, sample, use};
  return std::mt19937_64(words);
}

std::vector<std::uint32_t> draw_weights(std::size_t n, std::mt19937_64 random) {
  std::vector<std::uint32_t> weights(n, 0);
  std::uniform_int_distribution<std::size_t> toy(0, n - 1);
  for (std::size_t i = 0; i < n; ++i) {
    ++weights[toy(random)];
  }
  return weights;
}

/// The limit of one bootstrap sample.
std::optional<double> limit_again(Job const& job,
                                  Toys const& toys,
                                  std::vector<SummedWeights> const& sums,
                                  double level,
                                  std::mt19937_64 random) {
  std::vector<RatioPoint> ratios = job.counted.ratios;
  for (std::size_t i = job.window.first; i <= job.window.last; ++i) {
    std::size_t const point = job.counted.points[i];
    auto ratio = count(toys.points[point], sums[point], job.whose, FailedToys::left_out);
    if (!ratio) {
      return std::nullopt;
    }
    ratio->k = draw(ratio->k, ratio->n, random);
    ratios[i] = *ratio;
  }
  return solve(job.window, ratios, level);
}

/// Half the width of the central 68 %.
double half_width(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  auto const at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
  };
  return (at((1 + one_sigma) / 2) - at((1 - one_sigma) / 2)) / 2;
}

void bootstrap(std::vector<Job>& jobs, Toys const& toys, LimitOptions const& options) {
  std::vector<bool> used(toys.points.size(), false);
  for (Job const& job : jobs) {
    for (std::size_t i = job.window.first; i <= job.window.last; ++i) {
      used[job.counted.points[i]] = true;
    }
  }
  std::vector<std::vector<double>> samples(jobs.size());
  std::vector<SummedWeights> sums(toys.points.size());
  for (unsigned sample = 0; sample < options.n_bootstrap; ++sample) {
    auto const weights = draw_weights(toys.n_background, stream(options.seed, sample, 0));
    for (std::size_t i = 0; i < sums.size(); ++i) {
      if (used[i]) {
        sums[i] = add_up(toys.points[i], weights);
      }
    }
    for (std::size_t j = 0; j < jobs.size(); ++j) {
      auto const value =
          limit_again(jobs[j], toys, sums, 1 - options.cl, stream(options.seed, sample, j + 1));
      if (value) {
        samples[j].push_back(*value);
      }
    }
  }
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    if (samples[j].size() >= 10) {
      jobs[j].limit->error = std::max(half_width(samples[j]), jobs[j].least_error);
    }
  }
}

/// Limits that failed toys at their worst would give; the grid's ends where they leave it.
Range with_failed(Toys const& toys,
                  std::vector<SummedWeights> const& sums,
                  LimitOf const& whose,
                  double level) {
  auto const at = [&](FailedToys failed) {
    auto const counted = count_all(toys, sums, whose, failed);
    Limit const limit = find_limit(counted.ratios, level).limit;
    return limit.state == LimitState::found        ? limit.value
           : limit.state == LimitState::below_grid ? toys.points.front().poi
           : failed == FailedToys::make_cls_low    ? toys.points.front().poi
                                                   : toys.points.back().poi;
  };
  return {at(FailedToys::make_cls_low), at(FailedToys::make_cls_high)};
}

Toys sort_points(std::span<LimitPoint const> points) {
  Toys toys;
  for (LimitPoint const& point : points) {
    TOYFARM_EXPECTS(point.background.size() == points.front().background.size());
    toys.points.push_back(sort_toys(point));
    toys.n_background = point.background.size();
  }
  std::sort(toys.points.begin(), toys.points.end(), [](auto const& a, auto const& b) {
    return a.poi < b.poi;
  });
  return toys;
}

bool any_failed(Toys const& toys) {
  return std::any_of(toys.points.begin(), toys.points.end(), [](SortedToys const& point) {
    return point.n_failed_signal + point.n_failed_background > 0;
  });
}

/// All limits wanted, in the order of their random streams.
std::vector<Job> list_jobs(Limits& result, bool observed) {
  std::vector<Job> jobs;
  if (observed) {
    result.observed.emplace();
    jobs.push_back({{Kind::observed, 0}, &*result.observed, {}, {}, 0});
  }
  for (std::size_t band = 0; band < n_bands; ++band) {
    double const share = normal_cdf(static_cast<double>(band) - 2);
    jobs.push_back({{Kind::expected_a, share}, &result.expected_a[band], {}, {}, 0});
    jobs.push_back({{Kind::expected_b, share}, &result.expected_b[band], {}, {}, 0});
  }
  return jobs;
}

void tabulate(Limits& result, std::span<LimitPoint const> points) {
  std::vector<LimitPoint> sorted(points.begin(), points.end());
  std::sort(
      sorted.begin(), sorted.end(), [](auto const& a, auto const& b) { return a.poi < b.poi; });
  for (LimitPoint const& point : sorted) {
    result.poi.push_back(point.poi);
    if (point.observed && point.observed->outcome == Outcome::value) {
      result.cls.push_back(
          cls(count(point.signal, *point.observed), count(point.background, *point.observed)));
    } else if (point.observed) {
      result.cls.emplace_back();
    }
  }
}

}  // namespace

Limits limits(std::span<LimitPoint const> points, LimitOptions const& options) {
  TOYFARM_EXPECTS(options.cl > 0 && options.cl < 1);
  Limits result;
  tabulate(result, points);
  Toys const toys = sort_points(points);
  std::vector<std::uint32_t> const once(toys.n_background, 1);
  std::vector<SummedWeights> sums;
  for (SortedToys const& point : toys.points) {
    sums.push_back(add_up(point, once));
  }
  double const level = 1 - options.cl;
  bool const failed = any_failed(toys);
  std::vector<Job> found;
  for (Job& job : list_jobs(result, !result.cls.empty())) {
    job.counted = count_all(toys, sums, job.whose, FailedToys::left_out);
    auto [limit, window, least_error] = find_limit(job.counted.ratios, level);
    limit.with_failed =
        failed ? with_failed(toys, sums, job.whose, level) : Range{limit.value, limit.value};
    *job.limit = limit;
    job.window = window;
    job.least_error = least_error;
    if (limit.state == LimitState::found) {
      found.push_back(std::move(job));
    }
  }
  bootstrap(found, toys, options);
  return result;
}

}  // namespace toyfarm::inference
