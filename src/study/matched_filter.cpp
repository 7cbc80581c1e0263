#include "study/matched_filter.hpp"

#include <algorithm>
#include <cmath>

namespace toyfarm::study {
namespace {

constexpr double finest = 1.0 / (1U << 22U);
constexpr double least_q = 1;
constexpr double narrow_width = 0.005;  // of the window

}  // namespace

MatchedFilter::MatchedFilter(Spectrum spectrum, double narrowest, double widest)
    : spectrum_(std::move(spectrum)) {
  double const window = spectrum_.upper - spectrum_.lower;
  narrowest_ = std::clamp(narrowest, bins_per_width * finest * window, window);
  widest_ = std::clamp(widest, narrowest_, window);
  Level level{narrowest_ / bins_per_width, 0, {}};
  level.n_bins = static_cast<std::size_t>(std::ceil(window / level.bin_width));
  std::vector<double> contents(level.n_bins);
  for (std::size_t i = 0; i < spectrum_.x.size(); ++i) {
    auto const bin = static_cast<std::size_t>((spectrum_.x[i] - spectrum_.lower) / level.bin_width);
    contents[std::min(bin, level.n_bins - 1)] +=
        spectrum_.weights.empty() ? 1 : spectrum_.weights[i];
  }
  for (std::size_t i = 0; i < level.n_bins; ++i) {
    if (contents[i] != 0) {
      level.occupied.push_back({i, contents[i]});
    }
  }
  levels_.push_back(std::move(level));
  while (levels_.back().bin_width * bins_per_width * 2 <= widest_) {
    auto const& fine = levels_.back();
    Level coarse{2 * fine.bin_width, (fine.n_bins + 1) / 2, {}};
    for (auto const& bin : fine.occupied) {
      if (!coarse.occupied.empty() && coarse.occupied.back().index == bin.index / 2) {
        coarse.occupied.back().content += bin.content;
      } else {
        coarse.occupied.push_back({bin.index / 2, bin.content});
      }
    }
    levels_.push_back(std::move(coarse));
  }
}

double MatchedFilter::expected_at(double x) const {
  auto const n = spectrum_.expected.size();
  double const cell =
      (x - spectrum_.lower) / (spectrum_.upper - spectrum_.lower) * static_cast<double>(n);
  return spectrum_.expected[std::min(static_cast<std::size_t>(std::max(cell, 0.0)), n - 1)];
}

// The square of what the excess pulls at the other parameters.
double MatchedFilter::lost_information(double x, double width) const {
  auto const n = spectrum_.expected.size();
  double const cell = (spectrum_.upper - spectrum_.lower) / static_cast<double>(n);
  auto const cell_of = [&](double at) {
    return std::min(static_cast<std::size_t>(std::max((at - spectrum_.lower) / cell, 0.0)), n - 1);
  };
  auto const first = cell_of(x - filter_reach * width);
  auto const last = cell_of(x + filter_reach * width);
  double lost = 0;
  for (std::size_t k = 0; k < spectrum_.n_scores; ++k) {
    double pull = 0;
    double norm = 0;
    for (auto i = first; i <= last; ++i) {
      double const z = (spectrum_.lower + (static_cast<double>(i) + 0.5) * cell - x) / width;
      double const share = first == last ? 1 : std::exp(-0.5 * z * z);
      pull += share * spectrum_.scores[i * spectrum_.n_scores + k];
      norm += share;
    }
    lost += norm > 0 ? (pull / norm) * (pull / norm) : 0;
  }
  return lost;
}

// Of a density that is a Gaussian in bins and 1 in sum.
Excess MatchedFilter::excess(Level const& level, std::size_t first, double x, double width) const {
  double const h = level.bin_width;
  auto const middle = [&](std::size_t bin) {
    return spectrum_.lower + (static_cast<double>(bin) + 0.5) * h;
  };
  auto const low =
      static_cast<std::ptrdiff_t>(std::floor((x - filter_reach * width - spectrum_.lower) / h));
  auto const high =
      static_cast<std::ptrdiff_t>(std::floor((x + filter_reach * width - spectrum_.lower) / h));
  double norm = 0;
  double information = 0;
  double score = 0;
  auto next = first;
  auto const begin = std::max<std::ptrdiff_t>(low, 0);
  auto const end = std::min<std::ptrdiff_t>(high, static_cast<std::ptrdiff_t>(level.n_bins) - 1);
  for (auto i = begin; i <= end; ++i) {
    auto const bin = static_cast<std::size_t>(i);
    double const z = (middle(bin) - x) / width;
    double const kernel = std::exp(-0.5 * z * z);
    double const background = std::max(expected_at(middle(bin)) * h, 1e-300);
    norm += kernel;
    information += kernel * kernel / background;
    while (next < level.occupied.size() && level.occupied[next].index < bin) {
      ++next;
    }
    if (next < level.occupied.size() && level.occupied[next].index == bin) {
      score += kernel * level.occupied[next].content / background;
    }
  }
  if (!(norm > 0)) {
    return {};
  }
  return judge_excess(
      x, width, score / norm - 1, information / (norm * norm), lost_information(x, width));
}

// The same around an occupied bin, where the expectation hardly changes within reach.
Excess MatchedFilter::narrow_excess(Level const& level,
                                    std::size_t occupied,
                                    std::span<double const> kernel,
                                    double width) const {
  auto const bin = level.occupied[occupied].index;
  auto const reach_bins = kernel.size() - 1;
  double const x = spectrum_.lower + (static_cast<double>(bin) + 0.5) * level.bin_width;
  double sum = level.occupied[occupied].content;
  for (auto i = occupied + 1;
       i < level.occupied.size() && level.occupied[i].index <= bin + reach_bins;
       ++i) {
    sum += kernel[level.occupied[i].index - bin] * level.occupied[i].content;
  }
  for (auto i = occupied; i > 0 && level.occupied[i - 1].index + reach_bins >= bin; --i) {
    sum += kernel[bin - level.occupied[i - 1].index] * level.occupied[i - 1].content;
  }
  double norm = 1;
  double squares = 1;
  for (std::size_t d = 1; d <= reach_bins; ++d) {
    double const sides = (bin >= d ? 1.0 : 0.0) + (bin + d < level.n_bins ? 1.0 : 0.0);
    norm += sides * kernel[d];
    squares += sides * kernel[d] * kernel[d];
  }
  double const background = std::max(expected_at(x) * level.bin_width, 1e-300);
  return judge_excess(x,
                      width,
                      sum / (norm * background) - 1,
                      squares / (norm * norm * background),
                      lost_information(x, width));
}

void MatchedFilter::scan(Level const& level, double width, std::vector<Excess>& found) const {
  bool const narrow = width < narrow_width * (spectrum_.upper - spectrum_.lower);
  auto const reach_bins =
      static_cast<std::size_t>(std::ceil(filter_reach * width / level.bin_width)) + 1;
  std::vector<double> kernel(reach_bins);
  for (std::size_t d = 0; d < reach_bins; ++d) {
    double const z = static_cast<double>(d) * level.bin_width / width;
    kernel[d] = std::exp(-0.5 * z * z);
  }
  std::size_t first = 0;
  Excess before;
  Excess here;
  std::size_t here_bin = 0;
  auto const keep = [&](Excess const& after) {
    if (here.q >= least_q && here.q > before.q && here.q >= after.q) {
      found.push_back(here);
    }
  };
  for (std::size_t i = 0; i < level.occupied.size(); ++i) {
    auto const& bin = level.occupied[i];
    while (level.occupied[first].index + reach_bins < bin.index) {
      ++first;
    }
    double const x = spectrum_.lower + (static_cast<double>(bin.index) + 0.5) * level.bin_width;
    if (x > spectrum_.upper) {
      break;
    }
    auto const next =
        narrow ? narrow_excess(level, i, kernel, width) : excess(level, first, x, width);
    bool const adjacent = bin.index == here_bin + 1;
    keep(adjacent ? next : Excess{});
    before = adjacent ? here : Excess{};
    here = next;
    here_bin = bin.index;
  }
  keep(Excess{});
}

std::vector<Excess> MatchedFilter::excesses(std::size_t most) const {
  std::vector<Excess> found;
  for (auto const& level : levels_) {
    for (double width = level.bin_width * bins_per_width;
         width < 1.9 * level.bin_width * bins_per_width && width <= widest_ * 1.0001;
         width *= width_step) {
      scan(level, width, found);
    }
  }
  return highest(std::move(found), most);
}

Excess MatchedFilter::at(double place, double width) const {
  auto level = levels_.begin();
  while (level + 1 != levels_.end() && (level + 1)->bin_width * bins_per_width <= width) {
    ++level;
  }
  double const from = (place - filter_reach * width - spectrum_.lower) / level->bin_width - 1;
  auto const first =
      std::partition_point(level->occupied.begin(), level->occupied.end(), [&](Bin const& bin) {
        return static_cast<double>(bin.index) < from;
      });
  return excess(*level, static_cast<std::size_t>(first - level->occupied.begin()), place, width);
}

}  // namespace toyfarm::study
