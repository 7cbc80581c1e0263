#include "toyfarm/report/toy_numbers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "toyfarm/record/row_view.hpp"

namespace toyfarm::report {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t n_bins = 40;
constexpr double pull_range = 5;

std::vector<std::size_t> shown_parameters(record::StudyInfo const& study) {
  std::vector<std::size_t> shown;
  for (std::size_t j = 0; j < study.parameter_names.size(); ++j) {
    if (!study.fixed[j] && study.used[j]) {
      shown.push_back(j);
    }
  }
  std::stable_partition(shown.begin(), shown.end(), [&](std::size_t j) { return j == study.poi; });
  return shown;
}

/// Calls use(row) for every converged toy.
template <class Use>
void for_each_converged(record::RowSource const& rows, Use const& use) {
  record::for_each_row(rows, [&](record::RowView const& row) {
    if (core::is_converged(row.status())) {
      use(row);
    }
  });
}

struct Extremes {
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();
};

/// Bins of a round width around what lies within ten half-widths of the middle, so that a few
/// far-off toys do not squeeze all others into one bin.
Histogram empty_histogram(ensemble::Distribution const& values, Extremes const& found) {
  Histogram histogram;
  histogram.counts.assign(n_bins, 0);
  if (!values.q50 || !(found.least <= found.most)) {
    return histogram;
  }
  double const half = (*values.q84 - *values.q16) / 2;
  double const low = half > 0 ? std::max(found.least, *values.q50 - 5 * half) : found.least;
  double const high = half > 0 ? std::min(found.most, *values.q50 + 5 * half) : found.most;
  double const span = high > low ? high - low : std::max(std::abs(low), 1.0) * 1e-3;
  double const power = std::pow(10.0, std::floor(std::log10(span / n_bins)));
  double width = 10 * power;
  for (double const factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * power * (n_bins - 1) >= span) {
      width = factor * power;
      break;
    }
  }
  histogram.low = std::floor(low / width) * width;
  auto const n = std::max(1.0, std::ceil((high - histogram.low) / width + 1e-9));
  histogram.counts.assign(static_cast<std::size_t>(n), 0);
  histogram.high = histogram.low + n * width;
  return histogram;
}

/// Sums of products of distances from means.
class Products {
 public:
  explicit Products(std::size_t n) : n_(n), sums_(n * n) {}
  [[nodiscard]] std::size_t size() const { return n_; }

  void add(std::vector<double> const& distances) {
    for (std::size_t i = 0; i < n_; ++i) {
      for (std::size_t k = 0; k <= i; ++k) {
        sums_[i * n_ + k] += distances[i] * distances[k];
      }
    }
  }

  [[nodiscard]] std::vector<double> correlation() const {
    std::vector<double> out(n_ * n_, none);
    for (std::size_t i = 0; i < n_; ++i) {
      for (std::size_t k = 0; k <= i; ++k) {
        double const squares = sums_[i * n_ + i] * sums_[k * n_ + k];
        if (squares > 0) {
          out[i * n_ + k] = out[k * n_ + i] =
              std::clamp(sums_[i * n_ + k] / std::sqrt(squares), -1.0, 1.0);
        }
      }
    }
    return out;
  }

 private:
  std::size_t n_;
  std::vector<double> sums_;  // lower triangle
};

}  // namespace

std::uint64_t Histogram::n_inside() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::uint64_t Histogram::largest() const {
  return counts.empty() ? 0 : *std::ranges::max_element(counts);
}

void Histogram::fill(double value) {
  if (!std::isfinite(value)) {
    return;
  }
  if (value < low) {
    ++below;
  } else if (value > high) {
    ++above;
  } else {
    auto const bin = static_cast<std::size_t>((value - low) / bin_width());
    ++counts[std::min(bin, counts.size() - 1)];
  }
}

MeanAndWidth mean_and_width(ensemble::Distribution const& values) {
  double const width = values.std_ddof1.value_or(none);
  return {values.n,
          values.mean.value_or(none),
          values.error_of_mean.value_or(none),
          width,
          values.n > 1 ? width / std::sqrt(2.0 * static_cast<double>(values.n - 1)) : none};
}

ToyNumbers toy_numbers(record::StudyInfo const& study,
                       record::RowSource const& rows,
                       ensemble::Summary const& summary) {
  auto const shown = shown_parameters(study);
  std::vector<Extremes> extremes(shown.size());
  for_each_converged(rows, [&](record::RowView const& row) {
    for (std::size_t i = 0; i < shown.size(); ++i) {
      double const value = row.estimate(shown[i]);
      extremes[i].least = std::min(extremes[i].least, value);
      extremes[i].most = std::max(extremes[i].most, value);
    }
  });
  ToyNumbers numbers;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    auto const& of = summary.parameters[shown[i]];
    auto& p = numbers.parameters.emplace_back();
    p.parameter = shown[i];
    p.name = study.parameter_names[shown[i]];
    p.truth = study.truth[shown[i]];
    p.estimates = empty_histogram(of.estimates, extremes[i]);
    p.estimate = mean_and_width(of.estimates);
    p.pulls.low = -pull_range;
    p.pulls.high = pull_range;
    p.pulls.counts.assign(n_bins, 0);
    p.pull = mean_and_width(of.pulls.values);
  }
  Products products(std::min(shown.size(), most_correlated));
  std::vector<double> shifts(products.size());
  for_each_converged(rows, [&](record::RowView const& row) {
    for (auto& p : numbers.parameters) {
      double const value = row.estimate(p.parameter);
      double const error = row.error(p.parameter);
      p.estimates.fill(value);
      if (error > 0) {
        p.pulls.fill((value - p.truth) / error);
      }
    }
    for (std::size_t i = 0; i < shifts.size(); ++i) {
      auto const& p = numbers.parameters[i];
      shifts[i] = row.estimate(p.parameter) - p.estimate.mean;
    }
    products.add(shifts);
  });
  numbers.correlation.values = products.correlation();
  for (std::size_t i = 0; i < products.size(); ++i) {
    numbers.correlation.names.push_back(numbers.parameters[i].name);
  }
  return numbers;
}

}  // namespace toyfarm::report
