#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "toyfarm/formula/graph.hpp"

namespace toyfarm::formula {

/// Place of (k, l), l <= k, in a packed lower triangle.
[[nodiscard]] constexpr std::size_t packed(std::size_t k, std::size_t l) noexcept {
  return k * (k + 1) / 2 + l;
}

/// Where values and derivatives go: contiguous columns, `stride` doubles apart; `first` may be null
/// for an order below 1, `second` for one below 2.
struct Columns {
  double* value;
  double* first;   ///< [k * stride + i]
  double* second;  ///< [packed(k, l) * stride + i]
  std::size_t stride;
};

/// A graph made ready to be evaluated in blocks of points, with first and second derivatives by its
/// parameters (forward differentiation; only what does not vanish everywhere is computed). The
/// first `n_columns` variables are columns of points, the others parameters: what depends on these
/// alone is computed once per parameter point. Values are the same whatever order is asked for.
class Tape {
 public:
  Tape(Graph const& graph, std::size_t n_columns);

  [[nodiscard]] std::size_t n_params() const noexcept { return n_params_; }
  /// Doubles that `prepare` fills.
  [[nodiscard]] std::size_t scratch_size() const noexcept { return constants_.n_slots; }
  /// Whether the function is linear in its parameters: all second derivatives vanish.
  [[nodiscard]] bool is_linear() const noexcept { return !has_second_; }

  /// What depends on parameters alone, for evaluations up to `order`.
  void prepare(std::span<double const> params, int order, std::span<double> scratch) const;

  /// f at n points columns[c][i], and derivatives up to `order` (0, 1, 2). NaN outside the domain.
  void evaluate(std::span<double const> scratch,
                double const* const* columns,
                std::size_t n,
                int order,
                Columns const& out) const;

 private:
  using Slot = std::uint32_t;
  static constexpr Slot none = ~Slot{0};

  /// dst (+)= sign factor p q, or less factors where there are none; or p where the factor is not
  /// 0, else q, nothing being 0.
  struct Term {
    Slot dst, factor, p, q;
    bool adds, minus, selects;
  };
  struct Step {
    Operation operation;
    Slot value, a, b, c;
    int power;                                 ///< of a power with this exponent; 0 for any other
    std::size_t begin, first_end, second_end;  ///< of its terms
  };
  /// A partial derivative of an operation by its operands: nothing, +-1 or a slot.
  struct Partial {
    enum Kind : std::uint8_t { zero, one, minus_one, slot } kind = zero;
    Slot at = none;
  };
  struct Partials {
    Partial a{}, b{}, aa{}, ab{}, bb{};
  };
  /// Where a node's value and derivatives are.
  struct Place {
    bool varies = false;  ///< with the points
    Slot value = none;
    std::vector<std::pair<std::uint32_t, Slot>> first{}, second{};  ///< parameter, or pair; sorted
  };
  struct Program {
    std::vector<Step> steps;
    std::vector<Term> terms;
    std::size_t n_slots = 0;
    Slot temporary = 0;  ///< the first of five
  };
  struct Copy {
    Slot from, to;
  };
  class Compiler;

  static void run(
      Program const& program, double* base, std::size_t stride, std::size_t n, int order);
  static void compute(Step const& step, double* base, std::size_t stride, std::size_t n, Slot temp);
  static void combine(Term const& term, double* base, std::size_t stride, std::size_t n);
  void store(double const* work, std::size_t stride, std::size_t n, int order, Columns out) const;

  std::size_t n_columns_;
  std::size_t n_params_;
  bool has_second_ = false;
  Program constants_, points_;
  std::vector<std::pair<Slot, double>> fixed_;          ///< constants, and derivatives that are 1
  std::vector<std::pair<Slot, std::size_t>> params_;    ///< where parameters go
  std::vector<std::pair<Slot, std::size_t>> observed_;  ///< where columns go
  std::vector<Copy> copies_[3];  ///< by order: what points use of the constants
  Place result_;
};

}  // namespace toyfarm::formula
