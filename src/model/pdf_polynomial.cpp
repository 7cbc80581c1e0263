#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "model/bernstein.hpp"
#include "model/pdf.hpp"

namespace toyfarm::model {
namespace {

constexpr std::size_t block = 128;
constexpr std::size_t most_terms = 16;

// p = P / integral of P, P = 1 + a_1 x + … + a_n x^n = sum of c_j B_j with c = M (1, a): a
// Bernstein density of other parameters. Scratch: how far c is off by rounding, the mean of c, c,
// then what that density keeps.
class Polynomial final : public Density {
 public:
  explicit Polynomial(PdfSource const& source)
      : observable_(source.observable),
        window_(source.window),
        n_(source.pdf.params.size()),
        // Of one column, whichever it is here.
        terms_(make_bernstein_density(0, window_, n_ + 1, {true, 1, 0})) {
    fill_matrix();
    take_bounds(source);
  }

  std::size_t n_params() const noexcept override { return n_; }
  std::size_t scratch_size() const noexcept override { return 3 + n_ + terms_->scratch_size(); }

  bool prepare(std::span<double const> theta,
               Derivatives order,
               std::span<double> scratch) const override {
    auto const c = scratch.subspan(2, n_ + 1);
    double largest = 0;
    double mean = 0;
    for (std::size_t j = 0; j <= n_; ++j) {
      double size = 1;
      c[j] = 1;
      for (std::size_t k = 0; k < n_; ++k) {
        double const term = at(j, k) * theta[k];
        c[j] += term;
        size += std::abs(term);
      }
      largest = std::max(largest, size);
      mean += c[j] / static_cast<double>(n_ + 1);
    }
    scratch[0] = largest;
    scratch[1] = mean;
    return terms_->prepare(c, order, scratch.subspan(3 + n_));
  }

  void evaluate(std::span<double const> scratch,
                Points points,
                Derivatives order,
                LogDensityView out) const override {
    auto const inner = scratch.subspan(3 + n_);
    std::array<double, most_terms * block> columns;
    for (std::size_t first = 0; first < points.size; first += block) {
      std::size_t const n = std::min(block, points.size - first);
      double const* const x = points.columns[observable_] + first;
      std::array<double const*, 1> const column{x};
      terms_->evaluate(inner,
                       {column.data(), n},
                       std::min(order, Derivatives::first),
                       {out.value + first, columns.data(), nullptr, block});
      for (std::size_t k = 0; order != Derivatives::none && k < n_; ++k) {
        double* const d = out.d(k) + first;
        std::fill_n(d, n, 0.0);
        for (std::size_t j = 0; j <= n_; ++j) {
          for (std::size_t i = 0; i < n; ++i) {
            d[i] += at(j, k) * columns[j * block + i];
          }
        }
      }
    }
    if (order == Derivatives::second) {
      second_derivatives(scratch[1], points.size, out);
    }
  }

  double rounding(std::span<double const> scratch) const override {
    return 4 * std::numeric_limits<double>::epsilon() * static_cast<double>(n_) * scratch[0] /
           (scratch[1] * (window_.upper - window_.lower));
  }

  // p_kl / p = -(m_k d_l + m_l d_k), m_k the mean of x^k over the window and by the mean of P.
  SecondForm second_form() const noexcept override { return SecondForm::affine_product; }
  void second_sums(std::span<double const> scratch,
                   std::span<double const> sums,
                   std::span<double> out) const override {
    for (std::size_t k = 0; k < n_; ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        out[packed(k, l)] = -(means_[k] * sums[1 + l] + means_[l] * sums[1 + k]) / scratch[1];
      }
    }
  }

  std::vector<double> break_points(std::span<double const>) const override { return {}; }
  std::vector<double> guide_points(std::span<double const>) const override { return {}; }

  bool has_edge() const noexcept override { return has_edge_; }
  EdgeRoom edge_room(std::size_t param) const override { return {0, reach_[param]}; }

  std::vector<EdgePoint> edge_points(std::span<double const> theta) const override {
    std::vector<double> c(n_ + 1, 1.0);
    for (std::size_t j = 0; j <= n_; ++j) {
      for (std::size_t k = 0; k < n_; ++k) {
        c[j] += at(j, k) * theta[k];
      }
    }
    auto points = terms_->edge_points(c);
    for (auto& point : points) {
      point.observable = observable_;
      point.gradient = of_params(point.gradient);
      point.slope = of_params(point.slope);
    }
    return points;
  }

 private:
  [[nodiscard]] double at(std::size_t j, std::size_t k) const { return matrix_[j * n_ + k]; }

  /// Derivatives by a of what has these by c.
  [[nodiscard]] std::vector<double> of_params(std::vector<double> const& by_c) const {
    std::vector<double> out(n_, 0.0);
    for (std::size_t k = 0; k < n_; ++k) {
      for (std::size_t j = 0; j <= n_; ++j) {
        out[k] += at(j, k) * by_c[j];
      }
    }
    return out;
  }

  /// [j * n + k - 1]: coefficient of B_j in x^k: the mean of all products of k out of n - j lower
  /// ends of the window and j upper ends.
  void fill_matrix() {
    matrix_.resize((n_ + 1) * n_);
    means_.assign(n_, 0.0);
    for (std::size_t j = 0; j <= n_; ++j) {
      std::vector<long double> products(n_ + 1, 0.0L);  // sums over choices of k
      products[0] = 1;
      for (std::size_t i = 0; i < n_; ++i) {
        long double const end = i < j ? window_.upper : window_.lower;
        for (std::size_t k = i + 1; k > 0; --k) {
          products[k] += products[k - 1] * end;
        }
      }
      long double ways = 1;
      for (std::size_t k = 1; k <= n_; ++k) {
        ways *= static_cast<long double>(n_ - k + 1) / static_cast<long double>(k);
        matrix_[j * n_ + k - 1] = static_cast<double>(products[k] / ways);
        means_[k - 1] += at(j, k - 1) / static_cast<double>(n_ + 1);
      }
    }
  }

  /// P is 1 where all a are 0, and nowhere negative unless a term may be.
  void take_bounds(PdfSource const& source) {
    has_edge_ = window_.lower < 0;
    for (std::size_t k = 0; k < n_; ++k) {
      auto const& all = *source.context.parameters;
      auto const p = std::ranges::find(all, source.pdf.params[k], &spec::Parameter::name);
      has_edge_ = has_edge_ || (p->fixed ? p->init : p->bounds.lower) < 0;
      double reach = 0;
      for (std::size_t j = 0; j <= n_; ++j) {
        reach = std::max(reach, std::abs(at(j, k)));
      }
      reach = 1 / reach;
      for (double const value : {p->init, p->bounds.lower, p->bounds.upper}) {
        reach = std::isfinite(value) ? std::max(reach, std::abs(value)) : reach;
      }
      reach_.push_back(std::ldexp(reach, static_cast<int>(n_)));
    }
  }

  void second_derivatives(double mean, std::size_t n, LogDensityView out) const {
    for (std::size_t k = 0; k < n_; ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        for (std::size_t i = 0; i < n; ++i) {
          double const a = out.d(k)[i];
          double const b = out.d(l)[i];
          out.dd(k, l)[i] = -(means_[k] * b + means_[l] * a) / mean - a * b;
        }
      }
    }
  }

  std::size_t observable_;
  spec::Interval window_;
  std::size_t n_;
  DensityPtr terms_;
  std::vector<double> matrix_;
  std::vector<double> means_;
  std::vector<double> reach_;
  bool has_edge_ = false;
};

DensityPtr make_polynomial(PdfSource const& source) {
  if (source.pdf.params.size() >= most_terms) {
    source.fail("params",
                "polynomial takes up to " + std::to_string(most_terms - 1) + " params, got " +
                    std::to_string(source.pdf.params.size()));
  }
  return make_density<Polynomial>(source);
}

}  // namespace

PdfType polynomial_pdf() {
  return {.name = "polynomial", .make = make_polynomial, .least_params = 1};
}

}  // namespace toyfarm::model
