#include "study/tree_filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <tuple>

#include "toyfarm/kernels/math.hpp"

namespace toyfarm::study {
namespace {

constexpr double bins_per_width = 2;
constexpr double reach = 3.5;         // widths
constexpr double coarsest_bin = 0.9;  // widths per leaf from which on leaves will do as bins
constexpr double step = std::numbers::sqrt2;
constexpr double least_q = 1;
constexpr double worth = 0.2;                 // of the highest q there is
constexpr double finest = 1.0 / (1U << 20U);  // bin, of the window
constexpr double most_gap_bins = 10'000;
constexpr std::size_t n_knots = 1024;    // of the expectation of fine bins
constexpr std::size_t half_kernel = 10;  // bins to either side, >= reach * bins_per_width * step
constexpr std::size_t spare = 8;         // read by vectors at the end
constexpr auto no_cell = static_cast<std::uint32_t>(-1);

}  // namespace

TreeFilter::Kernel::Kernel(double peak_width, double bin_width) : width(peak_width), squares(0) {
  static_assert(half_kernel + 1 == std::tuple_size_v<decltype(shares)>);
  double sum = 0;
  for (std::size_t d = 0; d <= half_kernel; ++d) {
    double const z = static_cast<double>(d) * bin_width / width;
    shares[d] = z <= reach ? std::exp(-0.5 * z * z) : 0;
    sum += (d == 0 ? 1 : 2) * shares[d];
  }
  for (std::size_t d = 0; d <= half_kernel; ++d) {
    shares[d] /= sum;
    squares += (d == 0 ? 1 : 2) * shares[d] * shares[d];
  }
}

TreeFilter::TreeFilter(model::NodeTree& tree, Range const& range) : tree_(&tree), range_(range) {
  double const window = range.upper - range.lower;
  range_.narrowest = std::clamp(range.narrowest, bins_per_width * finest * window, window);
  range_.widest = std::clamp(range.widest, range_.narrowest, window);
  double leaf = 0;
  for (std::size_t c = 0; c < tree.n_cells(); ++c) {
    auto const& cell = tree.cell(c);
    leaf = cell.halves == 0 ? std::max(leaf, cell.upper - cell.lower) : leaf;
  }
  double unit = range_.narrowest;
  for (; unit < coarsest_bin * leaf && unit <= range_.widest; unit *= 2) {
    fines_.push_back({unit, {}, {}});
    for (double const width : {unit, unit * step}) {
      if (width <= range_.widest * 1.0001) {
        fines_.back().kernels.emplace_back(width, unit / bins_per_width);
      }
    }
  }
  for (; unit <= range_.widest * 1.0001; unit *= 2) {
    auto cut = make_cut(unit / bins_per_width);
    for (double const width : {unit, unit * step}) {
      if (width <= range_.widest * 1.0001) {
        cut.widths.push_back(make_width(cut, width));
      }
    }
    cuts_.push_back(std::move(cut));
  }
  if (cuts_.empty()) {  // fine bins are compared with what the widest say of the background
    cuts_.push_back(make_cut(leaf));
  }
}

void TreeFilter::add_bin(Cut& cut, double lower, double upper, std::uint32_t cell) {
  if (upper > lower) {
    cut.lower.push_back(lower);
    cut.middle.push_back(0.5 * (lower + upper));
    cut.size.push_back(upper - lower);
    cut.cells.push_back(cell);
  }
}

// Between cells with nodes, where few events are expected and each is drawn for itself.
void TreeFilter::add_gap(Cut& cut, double lower, double upper, double bin_width) {
  auto const n = static_cast<std::size_t>(
      std::clamp(std::ceil((upper - lower) / bin_width), 0.0, most_gap_bins));
  double const size = (upper - lower) / static_cast<double>(std::max<std::size_t>(n, 1));
  for (std::size_t i = 0; i < n; ++i) {
    add_bin(cut,
            lower + static_cast<double>(i) * size,
            i + 1 == n ? upper : lower + static_cast<double>(i + 1) * size,
            no_cell);
  }
}

void TreeFilter::add_cells(Cut& cut, std::uint32_t index, double bin_width) const {
  auto const& cell = tree_->cell(index);
  if (cell.halves == 0 || cell.upper - cell.lower <= bin_width * 1.001) {
    add_bin(cut, cell.lower, cell.upper, index);
    return;
  }
  add_cells(cut, cell.halves, bin_width);
  add_cells(cut, cell.halves + 1, bin_width);
}

TreeFilter::Cut TreeFilter::make_cut(double bin_width) const {
  Cut cut;
  double end = range_.lower;
  for (auto const root : tree_->roots()) {
    add_gap(cut, end, tree_->cell(root).lower, bin_width);
    add_cells(cut, root, bin_width);
    end = tree_->cell(root).upper;
  }
  add_gap(cut, end, range_.upper, bin_width);
  auto const n = cut.middle.size();
  for (auto* column : {&cut.counts, &cut.expected, &cut.ratio, &cut.inverse}) {
    column->resize(n);
  }
  return cut;
}

TreeFilter::Width TreeFilter::make_width(Cut const& cut, double width) {
  Width out{width, {}, {0}, {}};
  for (double const place : cut.middle) {
    auto const first = static_cast<std::size_t>(
        std::lower_bound(cut.middle.begin(), cut.middle.end(), place - reach * width) -
        cut.middle.begin());
    out.first.push_back(static_cast<std::uint32_t>(first));
    double sum = 0;
    auto const begin = out.shares.size();
    for (auto i = first; i < cut.middle.size() && cut.middle[i] <= place + reach * width; ++i) {
      double const z = (cut.middle[i] - place) / width;
      out.shares.push_back(cut.size[i] * std::exp(-0.5 * z * z));
      sum += out.shares.back();
    }
    for (auto i = begin; i < out.shares.size(); ++i) {
      out.shares[i] /= sum;
    }
    out.begin.push_back(static_cast<std::uint32_t>(out.shares.size()));
  }
  return out;
}

void TreeFilter::take(fit::ExtendedNll& nll,
                      std::size_t channel,
                      std::span<double const> others,
                      Whitening const& whitening) {
  for (auto& cut : cuts_) {
    take_cut(cut, nll, channel, others, whitening);
  }
  take_fine(nll, channel, others);
}

// ln f at points, in blocks; -infinity where it cannot be had.
void TreeFilter::evaluate(fit::ExtendedNll& nll,
                          std::size_t channel,
                          std::vector<double> const& x,
                          core::Column& log_f) {
  std::vector<double const*> at(nll.model().channels[channel].observables.size());
  log_f.assign(x.size(), -HUGE_VAL);
  for (std::size_t first = 0; first < x.size(); first += fit::ExtendedNll::max_points) {
    auto const m = std::min(fit::ExtendedNll::max_points, x.size() - first);
    std::fill(at.begin(), at.end(), x.data() + first);
    if (auto const scores = nll.scores(channel, {at.data(), m})) {
      std::copy_n(scores->log_f, m, log_f.data() + first);
    }
  }
}

void TreeFilter::take_cut(Cut& cut,
                          fit::ExtendedNll& nll,
                          std::size_t channel,
                          std::span<double const> others,
                          Whitening const& whitening) {
  auto const n = cut.middle.size();
  cut.scores.resize(whitening.n);
  for (auto& column : cut.scores) {
    column.assign(n, 0);
  }
  std::vector<double const*> at(nll.model().channels[channel].observables.size());
  auto const n_params = nll.channel_params(channel).size();
  for (std::size_t first = 0; first < n; first += fit::ExtendedNll::max_points) {
    auto const m = std::min(fit::ExtendedNll::max_points, n - first);
    std::fill(at.begin(), at.end(), cut.middle.data() + first);
    auto const scores = nll.scores(channel, {at.data(), m});
    for (std::size_t k = 0; scores && k < whitening.n; ++k) {
      for (std::size_t j = 0; j < n_params; ++j) {
        double const a = whitening.rows[k * n_params + j];
        for (std::size_t i = 0; a != 0 && i < m; ++i) {
          cut.scores[k][first + i] += a * scores->first[j][i];
        }
      }
    }
  }
  // Two points make a cubic's integral: cells may be long where little is expected.
  cut.expected.assign(n, 0);
  for (double const side : {-1.0, 1.0}) {
    for (std::size_t i = 0; i < n; ++i) {
      places_.resize(n);
      places_[i] = cut.middle[i] + side * cut.size[i] / std::sqrt(12.0);
    }
    evaluate(nll, channel, places_, log_f_);
    for (std::size_t i = 0; i < n; ++i) {
      cut.expected[i] += 0.5 * std::exp(log_f_[i]) * cut.size[i];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    cut.counts[i] = cut.cells[i] == no_cell ? 0 : tree_->count(cut.cells[i]);
  }
  for (double const x : others) {
    auto const bin = std::upper_bound(cut.lower.begin(), cut.lower.end(), x) - cut.lower.begin();
    cut.counts[static_cast<std::size_t>(std::max<std::ptrdiff_t>(bin - 1, 0))] += 1;
  }
  for (std::size_t i = 0; i < n; ++i) {
    // Where nothing else is expected, a single event is an excess.
    cut.inverse[i] = 1 / std::max(cut.expected[i], 1e-3);
    cut.ratio[i] = cut.counts[i] * cut.inverse[i];
  }
}

/// Of the events expected per unit of x, between the knots.
double TreeFilter::inverse_density(double x) const {
  double const place =
      std::clamp((x - range_.lower) / (range_.upper - range_.lower), 0.0, 1.0) * n_knots;
  auto const knot = std::min(static_cast<std::size_t>(place), n_knots - 1);
  double const share = place - static_cast<double>(knot);
  return (1 - share) * inverse_[knot] + share * inverse_[knot + 1];
}

// Leaves that are no wider than the bins need not give their events.
void TreeFilter::take_fine(fit::ExtendedNll& nll,
                           std::size_t channel,
                           std::span<double const> others) {
  if (fines_.empty()) {
    return;
  }
  auto& first = fines_.front();
  double const size = first.width / bins_per_width;
  double const window = range_.upper - range_.lower;
  auto const n = static_cast<std::size_t>(std::ceil(window / size));
  places_.resize(n_knots + 1);
  for (std::size_t i = 0; i <= n_knots; ++i) {
    places_[i] = range_.lower + window * static_cast<double>(i) / n_knots;
  }
  evaluate(nll, channel, places_, log_f_);
  inverse_.resize(n_knots + 1);
  for (std::size_t i = 0; i <= n_knots; ++i) {
    inverse_[i] = 1 / std::max(std::exp(log_f_[i]), 1e-3 / window);
  }
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
  for (std::uint32_t c = 0; c < tree_->n_cells(); ++c) {
    auto const& cell = tree_->cell(c);
    if (cell.halves == 0 && cell.upper - cell.lower <= size) {
      first.ratio[bin_of(0.5 * (cell.lower + cell.upper))] += tree_->count(c);
    } else if (cell.halves == 0) {
      add(tree_->events(cell.first_leaf));
    }
  }
  add(others);
  for (std::size_t i = 0; i < n; ++i) {
    double const x = range_.lower + (static_cast<double>(i) + 0.5) * size;
    if (first.ratio[half_kernel + i] != 0) {
      first.ratio[half_kernel + i] *= inverse_density(x) / size;
    }
  }
  for (std::size_t level = 1; level < fines_.size(); ++level) {
    auto const& from = fines_[level - 1].ratio;
    auto const before = from.size() - 2 * half_kernel - spare;
    auto& to = fines_[level].ratio;
    to.assign((before + 1) / 2 + 2 * half_kernel + spare, 0);
    for (std::size_t i = 0; i < before; ++i) {
      to[half_kernel + i / 2] += 0.5 * from[half_kernel + i];
    }
  }
}

Excess TreeFilter::excess(Cut const& cut, Width const& width, std::size_t bin) const {
  auto const first = width.first[bin];
  auto const begin = width.begin[bin];
  auto const n = width.begin[bin + 1] - begin;
  double score = 0;
  double information = 0;
  for (std::size_t i = 0; i < n; ++i) {
    double const share = width.shares[begin + i];
    score += share * cut.ratio[first + i];
    information += share * share * cut.inverse[first + i];
  }
  if (!(score > 1)) {
    return {cut.middle[bin], width.width, 0, 0, 0};
  }
  double lost = 0;
  for (auto const& scores : cut.scores) {
    double pull = 0;
    for (std::size_t i = 0; i < n; ++i) {
      pull += width.shares[begin + i] * scores[first + i];
    }
    lost += pull * pull;
  }
  return judge_excess(cut.middle[bin], width.width, score - 1, information, lost);
}

Excess TreeFilter::fine_excess(Fine const& fine,
                               Kernel const& kernel,
                               std::size_t bin,
                               double sum) const {
  double const size = fine.width / bins_per_width;
  double const x = range_.lower + (static_cast<double>(bin) + 0.5) * size;
  return judge_excess(x, kernel.width, sum - 1, kernel.squares * inverse_density(x) / size, 0);
}

void TreeFilter::find_fine(
    Fine const& fine, Kernel const& kernel, double from, double to, std::vector<Excess>& found) {
  auto const n = fine.ratio.size() - 2 * half_kernel - spare;
  sums_.resize(n);
  double* const sums = sums_.data();
  std::size_t within_reach = 0;
  while (within_reach < half_kernel && kernel.shares[within_reach + 1] > 0) {
    ++within_reach;
  }
  kernels::convolve(kernel.shares.data(), within_reach, fine.ratio.data() + half_kernel, sums, n);
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
  double const size = fine.width / bins_per_width;
  std::size_t i = 0;
  for (std::size_t knot = 0; knot < n_knots && i < n; ++knot) {
    auto const end = knot + 1 == n_knots ? n : std::min(n, n * (knot + 1) / n_knots);
    double const information = kernel.squares * 0.5 * (inverse_[knot] + inverse_[knot + 1]) / size;
    double least = 1 + std::sqrt(threshold() * information);
    for (; i < end; ++i) {
      if (sums[i] < least || (i > 0 && sums[i] <= sums[i - 1]) ||
          (i + 1 < n && sums[i] < sums[i + 1])) {
        continue;
      }
      double const x = range_.lower + (static_cast<double>(i) + 0.5) * size;
      auto const e = judge_excess(x, kernel.width, sums[i] - 1, information, 0);
      if (e.q >= threshold() && x >= from - kernel.width && x <= to + kernel.width) {
        highest_q_ = std::max(highest_q_, e.q);
        found.push_back(e);
        least = 1 + std::sqrt(threshold() * information);
      }
    }
  }
}

double TreeFilter::threshold() const noexcept {
  return std::max(least_q, worth * highest_q_);
}

void TreeFilter::find(double from, double to, std::vector<Excess>& found) {
  highest_q_ = 0;
  for (auto const& cut : cuts_) {
    for (auto const& width : cut.widths) {
      Excess before;
      Excess here = excess(cut, width, 0);
      for (std::size_t i = 0; i < cut.middle.size(); ++i) {
        auto const after = i + 1 < cut.middle.size() ? excess(cut, width, i + 1) : Excess{};
        if (here.q >= threshold() && here.q > before.q && here.q >= after.q &&
            here.place >= from - width.width && here.place <= to + width.width) {
          highest_q_ = std::max(highest_q_, here.q);
          found.push_back(here);
        }
        before = here;
        here = after;
      }
    }
  }
  for (auto const& fine : fines_) {
    for (auto const& kernel : fine.kernels) {
      find_fine(fine, kernel, from, to, found);
    }
  }
}

TreeFilter::Nearest TreeFilter::nearest(double width) const {
  Nearest out{nullptr, nullptr};
  double least = HUGE_VAL;
  for (auto const& cut : cuts_) {
    for (auto const& w : cut.widths) {
      double const distance = std::abs(std::log(w.width / width));
      if (distance < least) {
        least = distance;
        out = {&cut, &w};
      }
    }
  }
  return out;
}

std::size_t TreeFilter::bin_at(Cut const& cut, double place) {
  auto const after = std::lower_bound(cut.middle.begin(), cut.middle.end(), place);
  auto const bin = static_cast<std::size_t>(after - cut.middle.begin());
  bool const before = bin == cut.middle.size() ||
                      (bin > 0 && place - cut.middle[bin - 1] < cut.middle[bin] - place);
  return before ? bin - 1 : bin;
}

// Of peaks narrower than the cells, what scores are in their middle.
std::span<double const> TreeFilter::pulls(double place, double width) {
  auto const [cut, best] = nearest(width);
  auto const& from = cut != nullptr ? *cut : cuts_.front();
  pulls_.assign(from.scores.size(), 0);
  auto const bin = bin_at(from, place);
  for (std::size_t k = 0; k < from.scores.size(); ++k) {
    if (best == nullptr || width < 0.7 * best->width) {
      pulls_[k] = from.scores[k][bin];
      continue;
    }
    for (auto i = best->begin[bin]; i < best->begin[bin + 1]; ++i) {
      pulls_[k] += best->shares[i] * from.scores[k][best->first[bin] + i - best->begin[bin]];
    }
  }
  return pulls_;
}

Excess TreeFilter::at(double place, double width) const {
  Fine const* fine = nullptr;
  for (auto const& candidate : fines_) {
    fine = candidate.width <= width * 1.0001 || fine == nullptr ? &candidate : fine;
  }
  auto const [cut, best] = nearest(width);
  bool const by_fine = fine != nullptr && (best == nullptr || width < 0.9 * best->width);
  if (by_fine) {
    double const size = fine->width / bins_per_width;
    auto const n = fine->ratio.size() - 2 * half_kernel - spare;
    auto const bin =
        std::min(static_cast<std::size_t>(std::max((place - range_.lower) / size, 0.0)), n - 1);
    Kernel const kernel(width, size);
    double const* const center = fine->ratio.data() + half_kernel + bin;
    double sum = kernel.shares[0] * center[0];
    for (std::size_t d = 1; d <= half_kernel; ++d) {
      sum += kernel.shares[d] * (center[d] + *(center - d));
    }
    return fine_excess(*fine, kernel, bin, sum);
  }
  if (best == nullptr) {
    return {place, width, 0, 0, 0};
  }
  return excess(*cut, *best, bin_at(*cut, place));
}

}  // namespace toyfarm::study
