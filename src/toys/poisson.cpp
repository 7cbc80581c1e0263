#include "toyfarm/toys/poisson.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/kernels/math.hpp"

#include "toys/leaves.hpp"

namespace toyfarm::toys {
namespace {

// Above, a table's size is no longer worth it: the rejection takes a hundredth of the time that so
// many deviates take.
constexpr double largest_tabulated = 3e4;
constexpr double negligible =
    1e-18;  // of the largest probability; all that is left out is below 1e-16

// The same bits wherever the same kernels run, unlike the C library's.
double log_of(double x) {
  double y = 0;
  kernels::log_n(&x, &y, 1);
  return y;
}

struct Probabilities {
  std::uint64_t smallest;
  std::vector<double> weights;
};

// Relative probabilities by their recurrence, outwards from the most likely count.
Probabilities poisson_weights(double mean) {
  auto const mode = static_cast<std::uint64_t>(mean);
  std::vector<double> below;
  double p = 1;
  for (std::uint64_t k = mode; k > 0; --k) {
    p *= static_cast<double>(k) / mean;
    if (p < negligible) {
      break;
    }
    below.push_back(p);
  }
  Probabilities out{mode - below.size(), {below.rbegin(), below.rend()}};
  p = 1;
  for (std::uint64_t k = mode; p >= negligible; ++k) {
    out.weights.push_back(p);
    p *= mean / static_cast<double>(k + 1);
  }
  return out;
}

// ln(n!) - (n + 1/2) ln n + n - ln(2 pi)/2 by Stirling's series; n >= 16.
double stirling_error(double n) {
  double const r = 1 / (n * n);
  return (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r / 1188)))) / n;
}

// k ln(k / mean) + mean - k without cancellation (Loader 2000), with v = (mean - k) / (mean + k).
double deviance(double k, double mean) {
  double const v = (mean - k) / (mean + k);
  if (std::fabs(v) > 0.1) {
    return k * log_of(k / mean) + (mean - k);
  }
  double odd = 0;  // v^3/3 + v^5/5 + …
  double power = v * v * v;
  for (int j = 3; std::fabs(power) > 1e-18 * v * v; j += 2) {
    odd += power / j;
    power *= v * v;
  }
  return k * 2 * (v * v / (1 - v) - odd);
}

// PTRS of Hörmann 1993 (doi:10.1016/0167-6687(93)90997-4): transformed rejection with squeeze.
std::uint64_t transformed_rejection(double mean, kernels::BitStream& bits) {
  double const b = 0.931 + 2.53 * std::sqrt(mean);
  double const a = -0.059 + 0.02483 * b;
  double const inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  double const squeeze = 0.9277 - 3.6224 / (b - 2);
  while (true) {
    double const u = 0.5 * kernels::symmetric(bits.next());
    double const v = static_cast<double>(bits.next() >> 11) * 0x1p-53;
    double const edge = 0.5 - std::fabs(u);
    double const k = std::floor((2 * a / edge + b) * u + mean + 0.43);
    if (edge >= 0.07 && v <= squeeze) {
      return static_cast<std::uint64_t>(k);
    }
    if (!(k >= 16) ||
        (edge < 0.013 && v > edge)) {  // counts below 16 are impossible at the means served here
      continue;
    }
    if (log_of(v * inverse_alpha / (a / (edge * edge) + b)) <= log_poisson(k, mean)) {
      return static_cast<std::uint64_t>(k);
    }
  }
}

}  // namespace

AliasTable make_alias_table(std::span<double const> weights) {
  double const total = std::accumulate(weights.begin(), weights.end(), 0.0);
  TOYFARM_EXPECTS(total > 0 && std::isfinite(total));
  AliasTable table{{weights.begin(), weights.end()}, std::vector<std::uint32_t>(weights.size())};
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    table.keep[i] *= static_cast<double>(weights.size()) / total;
    table.other[i] = i;
    (table.keep[i] < 1 ? small : large).push_back(i);
  }
  while (!small.empty() && !large.empty()) {
    auto const needy = small.back();
    auto const donor = large.back();
    small.pop_back();
    table.other[needy] = donor;
    table.keep[donor] -= 1 - table.keep[needy];
    if (table.keep[donor] < 1) {
      large.pop_back();
      small.push_back(donor);
    }
  }
  // What is left is 1 up to rounding, but for weights of 0 that found no donor.
  for (auto const i : large) {
    table.keep[i] = 1;
  }
  for (auto const i : small) {
    table.keep[i] = 1;
  }
  return table;
}

PoissonTables make_poisson_tables(std::span<double const> means) {
  return make_poisson_tables(means, largest_tabulated);
}

PoissonTables make_poisson_tables(std::span<double const> means, double largest) {
  PoissonTables tables;
  for (double const mean : means) {
    TOYFARM_EXPECTS(mean >= 0 && mean <= 1e15);
    if (tables.size() > 0 && mean == tables.mean.back()) {
      tables.mean.push_back(mean);
      tables.smallest.push_back(tables.smallest.back());
      tables.first.insert(tables.first.end(), {*(tables.first.end() - 2), tables.first.back()});
      continue;
    }
    auto const first = tables.keep.size();
    std::uint64_t smallest = 0;
    if (mean > 0 && mean <= largest) {
      auto const probabilities = poisson_weights(mean);
      auto const alias = make_alias_table(probabilities.weights);
      smallest = probabilities.smallest;
      tables.keep.insert(tables.keep.end(), alias.keep.begin(), alias.keep.end());
      tables.other.insert(tables.other.end(), alias.other.begin(), alias.other.end());
    }
    tables.mean.push_back(mean);
    tables.smallest.push_back(smallest);
    tables.first.insert(tables.first.end(), {first, tables.keep.size()});
  }
  return tables;
}

std::uint64_t draw_poisson(PoissonTables const& tables, std::size_t i, kernels::BitStream& bits) {
  auto const first = tables.first[2 * i];
  auto const n = tables.first[2 * i + 1] - first;
  if (n > 0) {
    return tables.smallest[i] +
           alias_draw(tables.keep.data() + first, tables.other.data() + first, n, bits.next());
  }
  return tables.mean[i] > 0 ? transformed_rejection(tables.mean[i], bits) : 0;
}

double log_poisson(double count, double mean) {
  TOYFARM_EXPECTS(count >= 16 && mean > 0);
  return -stirling_error(count) - deviance(count, mean) -
         0.5 * log_of(2 * std::numbers::pi * count);
}

}  // namespace toyfarm::toys
