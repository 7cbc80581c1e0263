#include <algorithm>
#include <array>

#include "model/pdf.hpp"

namespace toyfarm::model {
namespace {

class Product final : public Density {
 public:
  Product(std::vector<DensityPtr> components, std::vector<std::size_t> observables)
      : components_(std::move(components)), observables_(std::move(observables)) {
    for (auto const& c : components_) {
      n_params_ += c->n_params();
      scratch_size_ += c->scratch_size();
    }
    for (auto const o : observables_) {
      n_columns_ = std::max(n_columns_, o + 1);
    }
  }

  std::size_t n_params() const noexcept override { return n_params_; }
  std::size_t scratch_size() const noexcept override { return scratch_size_; }

  bool prepare(std::span<double const> theta,
               Derivatives order,
               std::span<double> scratch) const override {
    for (auto const& c : components_) {
      if (!c->prepare(theta.first(c->n_params()), order, scratch.first(c->scratch_size()))) {
        return false;
      }
      theta = theta.subspan(c->n_params());
      scratch = scratch.subspan(c->scratch_size());
    }
    return true;
  }

  void evaluate(std::span<double const> scratch,
                Points points,
                Derivatives order,
                LogDensityView out) const override;

  // Of a product these have no meaning along one axis; its factors give them.
  std::vector<double> break_points(std::span<double const>) const override { return {}; }
  std::vector<double> guide_points(std::span<double const>) const override { return {}; }

  std::size_t n_moving_break_points() const noexcept override {
    std::size_t n = 0;
    for (auto const& c : components_) {
      n += c->n_moving_break_points();
    }
    return n;
  }
  std::size_t moving_break_points(std::span<double const> theta,
                                  std::span<double> out) const override {
    std::size_t n = 0;
    for (auto const& c : components_) {
      n += c->moving_break_points(theta.first(c->n_params()), out.subspan(n));
      theta = theta.subspan(c->n_params());
    }
    return n;
  }

  bool has_edge() const noexcept override {
    return std::any_of(
        components_.begin(), components_.end(), [](auto const& c) { return c->has_edge(); });
  }
  std::vector<EdgePoint> edge_points(std::span<double const> theta) const override {
    std::vector<EdgePoint> all;
    std::size_t first = 0;
    for (auto const& c : components_) {
      for (auto& point : c->edge_points(theta.subspan(first, c->n_params()))) {
        point.gradient = among_all(point.gradient, first);
        point.slope = among_all(point.slope, first);
        all.push_back(std::move(point));
      }
      first += c->n_params();
    }
    std::stable_sort(all.begin(), all.end(), [](EdgePoint const& a, EdgePoint const& b) {
      return a.margin < b.margin;
    });
    return all;
  }

 private:
  // A factor's derivatives, which start at parameter `first`, among those of the product.
  std::vector<double> among_all(std::vector<double> const& own, std::size_t first) const {
    std::vector<double> all(n_params_);
    std::copy(own.begin(), own.end(), all.begin() + static_cast<std::ptrdiff_t>(first));
    return all;
  }

  static constexpr std::size_t block = 512;
  std::vector<DensityPtr> components_;
  std::vector<std::size_t> observables_;
  std::size_t n_params_ = 0;
  std::size_t scratch_size_ = 0;
  std::size_t n_columns_ = 0;  // of the channel, as far as they are read
};

// Rows [first, first + n) of the packed triangle: a component has left its own n-triangle, packed,
// at the start of these rows. Moves it to its place, last entry first, since no entry moves to the
// left; the rest of the rows mixes components and is 0.
void spread(LogDensityView out, std::size_t first, std::size_t n, std::size_t size) {
  if (first == 0 || n == 0) {
    return;
  }
  double const* const compact = out.dd(first, 0);
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t l = k + 1; l-- > 0;) {
      std::copy_n(compact + packed(k, l) * out.stride, size, out.dd(first + k, first + l));
    }
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t l = 0; l < first; ++l) {
      std::fill_n(out.dd(first + k, l), size, 0.0);
    }
  }
}

void Product::evaluate(std::span<double const> scratch,
                       Points points,
                       Derivatives order,
                       LogDensityView out) const {
  std::array<double, block> value;
  auto const* columns = points.columns;
  std::vector<double const*> moved;  // where the points are more than a block
  for (std::size_t begin = 0; begin < points.size; begin += block) {
    std::size_t const size = std::min(block, points.size - begin);
    if (begin > 0) {
      moved.resize(n_columns_);
      for (auto const o : observables_) {
        moved[o] = points.columns[o] + begin;
      }
      columns = moved.data();
    }
    LogDensityView const here{out.value + begin,
                              order == Derivatives::none ? nullptr : out.first + begin,
                              order == Derivatives::second ? out.second + begin : nullptr,
                              out.stride};
    auto rest = scratch;
    std::size_t first = 0;
    for (auto const& c : components_) {
      bool const leads = &c == &components_.front();
      // Pointers into columns that `order` did not ask for must not be formed: there may be none.
      LogDensityView part{leads ? here.value : value.data(), nullptr, nullptr, out.stride};
      if (order != Derivatives::none) {
        part.first = here.d(first);
      }
      if (order == Derivatives::second) {
        part.second = here.dd(first, 0);
      }
      c->evaluate(rest.first(c->scratch_size()), {columns, size}, order, part);
      for (std::size_t i = 0; !leads && i < size; ++i) {
        here.value[i] += value[i];
      }
      if (order == Derivatives::second) {
        spread(here, first, c->n_params(), size);
      }
      rest = rest.subspan(c->scratch_size());
      first += c->n_params();
    }
  }
}

}  // namespace

DensityPtr make_product(std::vector<DensityPtr> components, std::vector<std::size_t> observables) {
  return std::make_unique<Product>(std::move(components), std::move(observables));
}

PdfType product_pdf() {
  return {.name = "product"};
}

}  // namespace toyfarm::model
