#include "study/fine_bins.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "toyfarm/kernels/math.hpp"

namespace toyfarm::study {
namespace {

constexpr std::size_t n_knots = 1024;    // of the expectation
constexpr std::size_t half_kernel = 10;  // bins to either side: all that a kernel reaches
constexpr std::size_t spare = 8;         // read by vectors at the end

}  // namespace

FineBins::Kernel::Kernel(double peak_width, double bin_width) : width(peak_width), squares(0) {
  static_assert(half_kernel + 1 == std::tuple_size_v<decltype(shares)>);
  double sum = 0;
  for (std::size_t d = 0; d <= half_kernel; ++d) {
    double const z = static_cast<double>(d) * bin_width / width;
    shares[d] = z <= filter_reach ? std::exp(-0.5 * z * z) : 0;
    sum += (d == 0 ? 1 : 2) * shares[d];
  }
  for (std::size_t d = 0; d <= half_kernel; ++d) {
    shares[d] /= sum;
    squares += (d == 0 ? 1 : 2) * shares[d] * shares[d];
  }
}

FineBins::FineBins(FilterRange const& range, double leaf)
    : range_(range), next_width_(range.narrowest), knots_(n_knots + 1) {
  for (std::size_t i = 0; i <= n_knots; ++i) {
    knots_[i] = range.lower + (range.upper - range.lower) * static_cast<double>(i) / n_knots;
  }
  for (; next_width_ < leaf && next_width_ <= range.widest; next_width_ *= 2) {
    levels_.push_back({next_width_, {}, {}});
    for (double const width : {next_width_, next_width_ * width_step}) {
      if (width <= range.widest * 1.0001) {
        levels_.back().kernels.emplace_back(width, next_width_ / bins_per_width);
      }
    }
  }
}

void FineBins::take_density(fit::ExtendedNll& nll, std::size_t channel) {
  double const window = range_.upper - range_.lower;
  std::vector<double const*> at(nll.model().channels[channel].observables.size());
  inverse_.assign(n_knots + 1, window / 1e-3);
  for (std::size_t first = 0; first <= n_knots; first += fit::ExtendedNll::max_points) {
    auto const m = std::min(fit::ExtendedNll::max_points, n_knots + 1 - first);
    std::fill(at.begin(), at.end(), knots_.data() + first);
    auto const scores = nll.scores(channel, {at.data(), m});
    for (std::size_t i = 0; scores && i < m; ++i) {
      inverse_[first + i] = 1 / std::max(std::exp(scores->log_f[i]), 1e-3 / window);
    }
  }
}

/// Of the events expected per unit of x, between the knots.
double FineBins::inverse_density(double x) const {
  double const place =
      std::clamp((x - range_.lower) / (range_.upper - range_.lower), 0.0, 1.0) * n_knots;
  auto const knot = std::min(static_cast<std::size_t>(place), n_knots - 1);
  double const share = place - static_cast<double>(knot);
  return (1 - share) * inverse_[knot] + share * inverse_[knot + 1];
}

// Leaves that are no wider than the bins need not give their events.
void FineBins::take(fit::ExtendedNll& nll,
                    std::size_t channel,
                    model::NodeTree& tree,
                    std::span<double const> others) {
  if (levels_.empty()) {
    return;
  }
  take_density(nll, channel);
  auto& first = levels_.front();
  double const size = first.width / bins_per_width;
  auto const n = static_cast<std::size_t>(std::ceil((range_.upper - range_.lower) / size));
  first.ratio.assign(n + 2 * half_kernel + spare, 0);
  auto const bin_of = [&](double x) {
    return half_kernel +
           std::min(static_cast<std::size_t>(std::max(x - range_.lower, 0.0) / size), n - 1);
  };
  auto const add = [&](std::span<double const> events) {
    for (double const x : events) {
      first.ratio[bin_of(x)] += 1;
    }
  };
  for (std::uint32_t c = 0; c < tree.n_cells(); ++c) {
    auto const& cell = tree.cell(c);
    if (cell.halves == 0 && cell.upper - cell.lower <= size) {
      first.ratio[bin_of(0.5 * (cell.lower + cell.upper))] += tree.count(c);
    } else if (cell.halves == 0) {
      add(tree.events(cell.first_leaf));
    }
  }
  add(others);
  for (std::size_t i = 0; i < n; ++i) {
    double const x = range_.lower + (static_cast<double>(i) + 0.5) * size;
    if (first.ratio[half_kernel + i] != 0) {
      first.ratio[half_kernel + i] *= inverse_density(x) / size;
    }
  }
  for (std::size_t level = 1; level < levels_.size(); ++level) {
    auto const& from = levels_[level - 1].ratio;
    auto const before = from.size() - 2 * half_kernel - spare;
    auto& to = levels_[level].ratio;
    to.assign((before + 1) / 2 + 2 * half_kernel + spare, 0);
    for (std::size_t i = 0; i < before; ++i) {
      to[half_kernel + i / 2] += 0.5 * from[half_kernel + i];
    }
  }
}

void FineBins::find_kernel(Level const& level,
                           Kernel const& kernel,
                           double from,
                           double to,
                           Worth& worth,
                           std::vector<Excess>& found) {
  auto const n = level.ratio.size() - 2 * half_kernel - spare;
  sums_.resize(n);
  double* const sums = sums_.data();
  std::size_t within_reach = 0;
  while (within_reach < half_kernel && kernel.shares[within_reach + 1] > 0) {
    ++within_reach;
  }
  kernels::convolve(kernel.shares.data(), within_reach, level.ratio.data() + half_kernel, sums, n);
  // At the window's ends a part of the peak is outside.
  for (std::size_t i = 0; i < std::min(within_reach, n); ++i) {
    double inside = 0.5 * (1 + kernel.shares[0]);
    for (std::size_t d = 1; d <= i; ++d) {
      inside += kernel.shares[d];
    }
    sums[i] /= inside;
    sums[n - 1 - i] /= inside;
  }
  // From knot to knot. q is at most U^2/I: sums that cannot reach the threshold are not looked at.
  double const size = level.width / bins_per_width;
  std::size_t i = 0;
  for (std::size_t knot = 0; knot < n_knots && i < n; ++knot) {
    auto const end = knot + 1 == n_knots ? n : std::min(n, n * (knot + 1) / n_knots);
    double const information = kernel.squares * 0.5 * (inverse_[knot] + inverse_[knot + 1]) / size;
    double least = 1 + std::sqrt(worth.threshold() * information);
    for (; i < end; ++i) {
      if (sums[i] < least || (i > 0 && sums[i] <= sums[i - 1]) ||
          (i + 1 < n && sums[i] < sums[i + 1])) {
        continue;
      }
      double const x = range_.lower + (static_cast<double>(i) + 0.5) * size;
      auto const e = judge_excess(x, kernel.width, sums[i] - 1, information, 0);
      if (e.q >= worth.threshold() && x >= from - kernel.width && x <= to + kernel.width) {
        worth.take(e.q);
        found.push_back(e);
        least = 1 + std::sqrt(worth.threshold() * information);
      }
    }
  }
}

void FineBins::find(double from, double to, Worth& worth, std::vector<Excess>& found) {
  for (auto const& level : levels_) {
    for (auto const& kernel : level.kernels) {
      find_kernel(level, kernel, from, to, worth, found);
    }
  }
}

Excess FineBins::at(double place, double width) const {
  auto const* level = &levels_.front();
  for (auto const& candidate : levels_) {
    level = candidate.width <= width * 1.0001 ? &candidate : level;
  }
  double const size = level->width / bins_per_width;
  auto const n = level->ratio.size() - 2 * half_kernel - spare;
  auto const bin =
      std::min(static_cast<std::size_t>(std::max((place - range_.lower) / size, 0.0)), n - 1);
  Kernel const kernel(width, size);
  double const* const center = level->ratio.data() + half_kernel + bin;
  double sum = kernel.shares[0] * center[0];
  for (std::size_t d = 1; d <= half_kernel; ++d) {
    sum += kernel.shares[d] * (center[d] + *(center - d));
  }
  double const x = range_.lower + (static_cast<double>(bin) + 0.5) * size;
  return judge_excess(x, width, sum - 1, kernel.squares * inverse_density(x) / size, 0);
}

}  // namespace toyfarm::study
