#include "study/tree_filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace toyfarm::study {
namespace {

/// Sums of products, in four lanes: one alone would wait for each addition.
double dot(double const* a, double const* b, std::size_t n) {
  std::array<double, 4> lanes{};
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (std::size_t k = 0; k < 4; ++k) {
      lanes[k] += a[i + k] * b[i + k];
    }
  }
  for (; i < n; ++i) {
    lanes[i % 4] += a[i] * b[i];
  }
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

}  // namespace

void TreeFilter::take(fit::ExtendedNll& nll,
                      std::size_t channel,
                      std::span<double const> others,
                      Whitening const& whitening) {
  for (auto& cut : cuts_) {
    take_expected(cut, nll, channel, whitening);
    take_cut(cut, others);
  }
  fines_.take(nll, channel, *tree_, others);
}

// Events expected in bins, and their mean whitened scores.
void TreeFilter::take_expected(Cut& cut,
                               fit::ExtendedNll& nll,
                               std::size_t channel,
                               Whitening const& whitening) {
  auto const n = cut.middle.size();
  cut.expected.assign(n, 0);
  cut.scores.resize(whitening.n);
  for (auto& column : cut.scores) {
    column.assign(n, 0);
  }
  std::vector<double const*> at(nll.model().channels[channel].observables.size());
  auto const n_params = nll.channel_params(channel).size();
  for (std::size_t first = 0; first < cut.points.size(); first += fit::ExtendedNll::max_points) {
    auto const m = std::min(fit::ExtendedNll::max_points, cut.points.size() - first);
    std::fill(at.begin(), at.end(), cut.points.data() + first);
    auto const scores = nll.scores(channel, {at.data(), m});
    if (!scores) {
      continue;
    }
    auto const* const bins = cut.bins.data() + first;
    auto const* const weights = cut.weights.data() + first;
    for (std::size_t i = 0; i < m; ++i) {
      cut.expected[bins[i]] += weights[i] * std::exp(scores->log_f[i]) * cut.size[bins[i]];
    }
    for (std::size_t k = 0; k < whitening.n; ++k) {
      for (std::size_t j = 0; j < n_params; ++j) {
        double const a = whitening.rows[k * n_params + j];
        for (std::size_t i = 0; a != 0 && i < m; ++i) {
          cut.scores[k][bins[i]] += weights[i] * a * scores->first[j][i];
        }
      }
    }
  }
}

void TreeFilter::take_cut(Cut& cut, std::span<double const> others) {
  auto const n = cut.middle.size();
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

// q = 0 where it is below `least`: it is at most U^2 / I.
Excess TreeFilter::excess(Cut const& cut, Width const& width, std::size_t bin, double least) const {
  auto const first = width.first[bin];
  auto const begin = width.begin[bin];
  auto const n = width.begin[bin + 1] - begin;
  auto const* const shares = width.shares.data() + begin;
  double const score = dot(shares, cut.ratio.data() + first, n) - 1;
  double const information = dot(width.squares.data() + begin, cut.inverse.data() + first, n);
  Excess const none{cut.middle[bin], width.width, 0, 0, 0};
  if (!(score > 0) || score * score < least * least_kept * information) {
    return none;
  }
  double lost = 0;
  for (auto const& scores : cut.scores) {
    double const pull = dot(shares, scores.data() + first, n);
    lost += pull * pull;
  }
  double const kept = std::max(information - lost, least_kept * information);
  return score * score < least * kept
             ? none
             : judge_excess(cut.middle[bin], width.width, score, information, lost);
}

void TreeFilter::find(double from, double to, std::vector<Excess>& found) {
  Worth worth;
  for (auto const& cut : cuts_) {
    for (auto const& width : cut.widths) {
      Excess before;
      Excess here = excess(cut, width, 0, worth.threshold());
      for (std::size_t i = 0; i < cut.middle.size(); ++i) {
        auto const after =
            i + 1 < cut.middle.size() ? excess(cut, width, i + 1, worth.threshold()) : Excess{};
        if (here.q >= worth.threshold() && here.q > before.q && here.q >= after.q &&
            here.place >= from - width.width && here.place <= to + width.width) {
          worth.take(here.q);
          found.push_back(here);
        }
        before = here;
        here = after;
      }
    }
  }
  fines_.find(from, to, worth, found);
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
  auto const [cut, best] = nearest(width);
  if (!fines_.empty() && (best == nullptr || width < 0.9 * best->width)) {
    return fines_.at(place, width);
  }
  if (best == nullptr) {
    return {place, width, 0, 0, 0};
  }
  return excess(*cut, *best, bin_at(*cut, place), 0);
}

}  // namespace toyfarm::study
