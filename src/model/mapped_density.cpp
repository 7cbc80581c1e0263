#include "model/mapped_density.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "toyfarm/formula/tape.hpp"

namespace toyfarm::model {
namespace {

constexpr std::size_t work_on_stack = 8192;  // doubles
constexpr std::size_t largest_block = 64;
constexpr std::size_t lanes = 8;

// A density of params phi, each a function of parameters theta:
// d_k = sum_j g_j phi_j,k, dd_kl = sum_ij h_ij phi_i,k phi_j,l + sum_j g_j phi_j,kl.
class MappedDensity final : public Density {
 public:
  MappedDensity(DensityPtr inner, ParamFormulas const& formulas, std::size_t observable)
      : inner_(std::move(inner)),
        observable_(observable),
        n_(formulas.names.size()),
        q_(formulas.functions.size()) {
    for (auto const& function : formulas.functions) {
      functions_.emplace_back(function, 0);
      scratch_ = std::max(scratch_, functions_.back().scratch_size());
      auto const& root = function.nodes.back();
      bool const is_copy = root.operation == formula::Operation::variable;
      copies_.push_back(is_copy ? root.operands[0] : n_);
    }
  }

  std::size_t n_params() const noexcept override { return n_; }
  std::size_t scratch_size() const noexcept override {
    return inner_->scratch_size() + q_ * (1 + n_ + packed_size(n_));
  }

  bool prepare(std::span<double const> theta,
               Derivatives order,
               std::span<double> scratch) const override {
    auto const into = parts(scratch);
    int const highest = order == Derivatives::none ? 0 : order == Derivatives::first ? 1 : 2;
    map(theta, highest, into.phi, into.first, into.second);
    auto const finite = [](double v) { return std::isfinite(v); };
    bool fine = std::ranges::all_of(into.phi, finite);
    fine = fine && (highest < 1 || std::ranges::all_of(into.first, finite));
    fine = fine && (highest < 2 || std::ranges::all_of(into.second, finite));
    return fine && inner_->prepare(into.phi, order, into.inner);
  }

  void evaluate(std::span<double const> scratch,
                Points points,
                Derivatives order,
                LogDensityView out) const override {
    auto const from = parts(scratch);
    double const* x = points.columns[observable_];
    if (order == Derivatives::none) {
      inner_->evaluate(from.inner, {&x, points.size}, order, out);
      return;
    }
    std::size_t const columns = q_ + (order == Derivatives::second ? packed_size(q_) : 0);
    std::size_t const block = std::clamp(
        work_on_stack / std::max<std::size_t>(columns, 1) / lanes * lanes, lanes, largest_block);
    std::array<double, work_on_stack> on_stack;
    std::vector<double> on_heap;  // of more than forty params
    double* work = on_stack.data();
    if (columns * block > work_on_stack) {
      on_heap.resize(columns * block);
      work = on_heap.data();
    }
    for (std::size_t i = 0; i < points.size; i += block, x += block) {
      auto const size = std::min(block, points.size - i);
      LogDensityView const inner{out.value + i, work, work + q_ * block, block};
      inner_->evaluate(from.inner, {&x, size}, order, inner);
      chain(from, inner, size, order, {out.value + i, out.first + i, out.second + i, out.stride});
    }
  }

  double rounding(std::span<double const> scratch) const override {
    return inner_->rounding(parts(scratch).inner);
  }
  std::vector<double> break_points(std::span<double const> theta) const override {
    return inner_->break_points(phi_at(theta));
  }
  std::vector<double> guide_points(std::span<double const> theta) const override {
    return inner_->guide_points(phi_at(theta));
  }
  double scale(std::span<double const> theta, double lower, double upper) const override {
    Phi phi;
    return inner_->scale(phi_at(theta, phi), lower, upper);
  }
  std::size_t n_moving_break_points() const noexcept override {
    return inner_->n_moving_break_points();
  }
  std::size_t moving_break_points(std::span<double const> theta,
                                  std::span<double> out) const override {
    Phi phi;
    return inner_->moving_break_points(phi_at(theta, phi), out);
  }

  // Only where params are parameters or numbers.
  bool has_edge() const noexcept override { return inner_->has_edge(); }
  EdgeRoom edge_room(std::size_t param) const override {
    auto const j = std::ranges::find(copies_, param);
    return inner_->edge_room(static_cast<std::size_t>(j - copies_.begin()));
  }
  std::vector<EdgePoint> edge_points(std::span<double const> theta) const override {
    auto points = inner_->edge_points(phi_at(theta));
    for (auto& point : points) {
      std::vector<double> gradient(n_, 0.0);
      std::vector<double> slope(n_, 0.0);
      for (std::size_t j = 0; j < q_; ++j) {
        if (copies_[j] < n_) {
          gradient[copies_[j]] += point.gradient[j];
          slope[copies_[j]] += point.slope[j];
        }
      }
      point.gradient = std::move(gradient);
      point.slope = std::move(slope);
    }
    return points;
  }

 private:
  struct Phi {
    std::array<double, 64> on_stack;
    std::vector<double> on_heap{};
  };
  template <class Number>
  struct Parts {
    std::span<Number> inner, phi, first, second;
  };
  template <class Number>
  [[nodiscard]] Parts<Number> parts(std::span<Number> scratch) const {
    auto const n = inner_->scratch_size();
    auto const mapped = scratch.subspan(n);
    return {scratch.first(n),
            mapped.first(q_),
            mapped.subspan(q_, q_ * n_),
            mapped.subspan(q_ + q_ * n_, q_ * packed_size(n_))};
  }

  /// phi[j], first[j * n + k], second[j * packed_size(n) + e].
  void map(std::span<double const> theta,
           int order,
           std::span<double> phi,
           std::span<double> first,
           std::span<double> second) const {
    std::array<double, 512> on_stack;
    std::vector<double> on_heap;
    std::span<double> work(on_stack);
    if (scratch_ > on_stack.size()) {
      on_heap.resize(scratch_);
      work = on_heap;
    }
    for (std::size_t j = 0; j < q_; ++j) {
      functions_[j].prepare(theta, order, work);
      functions_[j].evaluate(work,
                             nullptr,
                             1,
                             order,
                             {&phi[j],
                              order > 0 ? first.data() + j * n_ : nullptr,
                              order > 1 ? second.data() + j * packed_size(n_) : nullptr,
                              1});
    }
  }
  std::span<double const> phi_at(std::span<double const> theta, Phi& phi) const {
    std::span<double> out(phi.on_stack.data(), std::min(q_, phi.on_stack.size()));
    if (q_ > phi.on_stack.size()) {
      phi.on_heap.resize(q_);
      out = phi.on_heap;
    }
    map(theta, 0, out, {}, {});
    return out;
  }
  [[nodiscard]] std::vector<double> phi_at(std::span<double const> theta) const {
    std::vector<double> phi(q_);
    map(theta, 0, phi, {}, {});
    return phi;
  }

  void chain(Parts<double const> const& from,
             LogDensityView const& g,
             std::size_t size,
             Derivatives order,
             LogDensityView const& out) const {
    auto const add = [&](double* to, double factor, double const* column) {
      for (std::size_t i = 0; factor != 0 && i < size; ++i) {
        to[i] += factor * column[i];
      }
    };
    auto const first = [&](std::size_t j, std::size_t k) { return from.first[j * n_ + k]; };
    for (std::size_t k = 0; k < n_; ++k) {
      std::fill_n(out.d(k), size, 0.0);
      for (std::size_t j = 0; j < q_; ++j) {
        add(out.d(k), first(j, k), g.d(j));
      }
      for (std::size_t l = 0; order == Derivatives::second && l <= k; ++l) {
        double* const to = out.dd(k, l);
        std::fill_n(to, size, 0.0);
        for (std::size_t j = 0; j < q_; ++j) {
          add(to, from.second[j * packed_size(n_) + packed(k, l)], g.d(j));
          add(to, first(j, k) * first(j, l), g.dd(j, j));
          for (std::size_t i = 0; i < j; ++i) {
            add(to, first(j, k) * first(i, l) + first(i, k) * first(j, l), g.dd(j, i));
          }
        }
      }
    }
  }

  DensityPtr inner_;
  std::size_t observable_, n_, q_;
  std::vector<formula::Tape> functions_;
  std::size_t scratch_ = 0;
  std::vector<std::size_t> copies_;  ///< which parameter a param is; n_ if none
};

}  // namespace

BuiltDensity map_params(BuiltDensity density,
                        ParamFormulas const& formulas,
                        PdfSource const& source) {
  auto const is_copy = [](formula::Graph const& f) {
    return f.nodes.back().operation <= formula::Operation::variable;
  };
  if (density.density->has_edge() && !std::ranges::all_of(formulas.functions, is_copy)) {
    source.fail("params",
                source.pdf.type +
                    " takes parameters and numbers but no formulas where it may "
                    "become negative within their bounds");
  }
  BuiltDensity out{nullptr, formulas.names, {}, {}};
  out.roles.resize(formulas.names.size(), ParamRole::other);
  for (std::size_t j = 0; j < formulas.functions.size(); ++j) {
    auto const& root = formulas.functions[j].nodes.back();
    if (root.operation == formula::Operation::variable) {
      out.roles[root.operands[0]] = density.roles[j];
    }
  }
  out.density =
      std::make_unique<MappedDensity>(std::move(density.density), formulas, source.observable);
  out.factors = {{out.density.get(), source.observable, 0}};
  return out;
}

}  // namespace toyfarm::model
