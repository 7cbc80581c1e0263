#include "model/chebyshev_minima.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "toyfarm/kernels/shapes.hpp"

namespace toyfarm::model {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double pi = std::numbers::pi;
constexpr double shortest = 1e-13;  // half an interval that is not divided any more

/// f and its first three derivatives at one angle.
template <class Real>
struct Taylor {
  Real f, d1, d2, d3;
};

/// f over its scale: constant + sum c_k cos(k phi).
struct CosineSum {
  double constant;
  std::span<double const> c;

  template <class Real>
  [[nodiscard]] Taylor<Real> at(Real phi) const {
    Real const cosine = std::cos(phi);
    Real const sine = std::sin(phi);
    Real re = 1;
    Real im = 0;
    Taylor<Real> t{constant, 0, 0, 0};
    for (std::size_t i = 0; i < c.size(); ++i) {
      Real const before = re;
      re = before * cosine - im * sine;
      im = before * sine + im * cosine;
      auto const k = static_cast<Real>(i + 1);
      Real const a = static_cast<Real>(c[i]);
      t.f += a * re;
      t.d1 -= a * k * im;
      t.d2 -= a * k * k * re;
      t.d3 += a * k * k * k * im;
    }
    return t;
  }
};

/// sum k^j |c_k|: bounds of the j-th derivative.
struct Sums {
  double s0 = 0, s1 = 0, s2 = 0, s4 = 0;

  explicit Sums(std::span<double const> c) {
    for (std::size_t i = 0; i < c.size(); ++i) {
      double const a = std::abs(c[i]);
      double const k = static_cast<double>(i + 1);
      s0 += a;
      s1 += a * k;
      s2 += a * k * k;
      s4 += a * k * k * k * k;
    }
  }
};

/// A minimum and the piece of [0, pi] that holds no other.
struct Found {
  ChebyshevMinimum minimum;
  double lower, upper;
};

/// Halves intervals until each is known to have no local minimum that may lie below a level, to be
/// convex, or to be so short that f does not change there beyond its rounding.
class Search {
 public:
  Search(CosineSum const& f, double below)
      : f_(f),
        sums_(f.c),
        noise_(4 * epsilon * static_cast<double>(f.c.size())),
        flat_(epsilon / 4 * (std::abs(f.constant) + sums_.s0)),
        below_(below + noise_ * (std::abs(f.constant) + sums_.s0)) {}

  void visit(double lower, double upper) {
    double const r = (upper - lower) / 2;
    double const middle = lower + r;
    auto const t = f_.at(middle);
    double const slope = std::abs(t.d1);
    double const d2_change = (std::abs(t.d3) + sums_.s4 * r / 2) * r;
    double const cubic = (std::abs(t.d3) / 6 + sums_.s4 * r / 24) * r;
    double const d1_change = (std::abs(t.d2) + (std::abs(t.d3) / 2 + sums_.s4 * r / 6) * r) * r;
    if (t.f - (slope + (std::max(-t.d2, 0.0) / 2 + cubic) * r) * r > below_ ||
        slope > d1_change + noise_ * sums_.s1 || t.d2 + d2_change < -noise_ * sums_.s2) {
      return;  // too high, monotone, or concave
    }
    if (t.d2 - d2_change > noise_ * sums_.s2) {
      convex(lower, upper);
    } else if ((slope + (std::abs(t.d2) / 2 + cubic) * r) * r <= flat_ || r < shortest) {
      keep(lower == 0 ? 0 : upper == pi ? pi : middle, lower, upper);
    } else {
      visit(lower, middle);
      visit(middle, upper);
    }
  }

  [[nodiscard]] std::vector<Found> const& found() const noexcept { return found_; }
  [[nodiscard]] double lowest() const noexcept { return lowest_; }

 private:
  void convex(double lower, double upper) {
    if (lower == 0 || upper == pi) {
      return keep(lower == 0 ? 0 : pi, lower, upper);
    }
    double const noise = noise_ * sums_.s1;
    if (f_.at(lower).d1 > noise || f_.at(upper).d1 < -noise) {
      return;
    }
    double a = lower;
    double b = upper;
    double phi = (a + b) / 2;
    for (int i = 0; i < 60; ++i) {
      auto const t = f_.at(phi);
      (t.d1 > 0 ? b : a) = phi;
      double const newton = phi - t.d1 / t.d2;
      double const next = newton >= a && newton <= b ? newton : (a + b) / 2;
      double const step = std::abs(next - phi);
      phi = next;
      if (step < 1e-9) {
        break;
      }
    }
    keep(phi, lower, upper);
  }

  // A last step of Newton's, with bits to spare. Pieces that touch belong to one minimum: a convex
  // one cannot end where another begins but by rounding.
  void keep(double phi, double lower, double upper) {
    auto const t = f_.at(static_cast<long double>(phi));
    bool const end = phi == 0 || phi == pi;
    long double const step = end || !(t.d2 > 0) ? 0 : t.d1 / t.d2;
    auto const angle = static_cast<double>(phi - step);
    bool const stays = angle > lower - (upper - lower) && angle < upper + (upper - lower);
    Found const here{
        {end || !stays ? phi : std::clamp(angle, std::numeric_limits<double>::min(), pi),
         static_cast<double>(stays ? t.f - t.d1 * step / 2 : t.f),
         static_cast<double>(t.d2)},
        lower,
        upper};
    lowest_ = std::min(lowest_, here.minimum.value);
    if (found_.empty() || found_.back().upper != lower) {
      found_.push_back(here);
      return;
    }
    auto& last = found_.back();
    last.upper = upper;
    if (here.minimum.value < last.minimum.value ||
        (phi == pi && here.minimum.value == last.minimum.value)) {
      last.minimum = here.minimum;
    }
  }

  CosineSum f_;
  Sums sums_;
  double noise_;  ///< of sums of terms whose cosines come of repeated rotation, relative
  double flat_;
  double below_;
  std::vector<Found> found_;
  double lowest_ = infinity;
};

}  // namespace

double chebyshev_rounding(std::span<double const> c, double constant) {
  return 8 * epsilon * (std::abs(constant) + Sums(c).s0);
}

double chebyshev_place(double angle, spec::Interval window) {
  return angle == 0    ? window.upper
         : angle == pi ? window.lower
                       : window.lower + (window.upper - window.lower) * 0.5 * (1 + std::cos(angle));
}

ChebyshevMinima::ChebyshevMinima(std::size_t degree) : y_(std::max<std::size_t>(32, 4 * degree)) {
  for (std::size_t i = 0; i < y_.size(); ++i) {
    y_[i] = std::cos(angle(i));
  }
}

double ChebyshevMinima::angle(std::size_t i) const noexcept {
  return i + 1 == y_.size() ? pi : pi * static_cast<double>(i) / static_cast<double>(y_.size() - 1);
}

bool ChebyshevMinima::nowhere_negative(std::span<double const> c, std::span<double> scratch) const {
  // No cosine sum of mean 1 that is nowhere negative has a coefficient beyond 2.
  if (!std::all_of(c.begin(), c.end(), [](double a) { return std::abs(a) <= 3; })) {
    return false;
  }
  Sums const sums(c);
  if (sums.s0 <= 1) {
    return true;
  }
  std::size_t const n = y_.size();
  kernels::chebyshev_sum_n({-1, 1, 0, c.size(), c.data(), nullptr}, y_.data(), n, scratch.data());
  auto const values = scratch.first(n);
  double const lowest = *std::min_element(values.begin(), values.end());
  double const step = angle(1);
  // Between two points f lies above their chord less s2 h^2 / 8; to which the values' rounding,
  // that of T_k near the ends being k^2, adds less than its tenth.
  double const sag = 1.1 * sums.s2 * step * step / 8;
  if (lowest >= sag) {
    return true;
  }
  double const rounding = chebyshev_rounding(c);
  if (lowest < -rounding - 16 * epsilon * sums.s2) {
    return false;
  }
  Search search({1, c}, 0);
  for (std::size_t i = 0; i + 1 < n && search.lowest() >= -rounding; ++i) {
    if (std::min(values[i], values[i + 1]) < sag) {
      search.visit(angle(i), angle(i + 1));
    }
  }
  return search.lowest() >= -rounding;
}

std::vector<ChebyshevMinimum> ChebyshevMinima::all(std::span<double const> c,
                                                   double constant) const {
  double const largest = std::abs(*std::max_element(
      c.begin(), c.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
  double const scale = std::max(1.0, largest / 1e3);
  std::vector<double> scaled(c.begin(), c.end());
  for (auto& a : scaled) {
    a /= scale;
  }
  Search search({constant / scale, scaled}, infinity);
  for (std::size_t i = 0; i + 1 < y_.size(); ++i) {
    search.visit(angle(i), angle(i + 1));
  }
  std::vector<ChebyshevMinimum> minima;
  for (auto const& f : search.found()) {
    if (f.lower == 0 && f.upper == pi) {  // constant
      minima = {{0, f.minimum.value, 0}, {pi, f.minimum.value, 0}};
    } else {
      minima.push_back(f.minimum);
    }
  }
  for (auto& m : minima) {
    m.value *= scale;
    m.curvature *= scale;
    if (m.value < 0 && m.value >= -chebyshev_rounding(c, constant)) {
      m.value = 0;
    }
  }
  std::stable_sort(
      minima.begin(), minima.end(), [](auto const& a, auto const& b) { return a.value < b.value; });
  return minima;
}

void chebyshev_slopes(double angle, std::span<double> value, std::span<double> slope) {
  auto const phi = static_cast<long double>(angle);
  bool const end = angle == 0 || angle == pi;
  long double const cosine = angle == pi ? -1 : std::cos(phi);
  long double const sine = end ? 0 : std::sin(phi);
  long double re = 1;
  long double im = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    long double const before = re;
    re = before * cosine - im * sine;
    im = before * sine + im * cosine;
    auto const k = static_cast<long double>(i + 1);
    value[i] = static_cast<double>(re);
    // At y = -1 T_k is (-1)^k, of slope (-1)^(k+1) k^2.
    slope[i] = static_cast<double>(end ? k * k * re * cosine : k * im / sine);
  }
}

}  // namespace toyfarm::model
