#include "toyfarm/formula/tape.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace toyfarm::formula {
namespace {

constexpr std::size_t work_on_stack = 8192;  // doubles: 64 KB
constexpr std::size_t largest_block = 64;
constexpr std::size_t lanes = 8;

/// Points at once, such that all slots of them fit.
std::size_t block_of(std::size_t n_slots) {
  auto const fitting = work_on_stack / std::max<std::size_t>(n_slots, 1) / lanes * lanes;
  return std::clamp(fitting, lanes, largest_block);
}

template <bool adds, class Value>
void assign(double* dst, std::size_t n, double sign, Value value) {
  for (std::size_t i = 0; i < n; ++i) {
    if constexpr (adds) {
      dst[i] += sign * value(i);
    } else {
      dst[i] = sign * value(i);
    }
  }
}

}  // namespace

void Tape::combine(Term const& term, double* base, std::size_t stride, std::size_t n) {
  auto const at = [&](Slot s) { return s == none ? nullptr : base + s * stride; };
  double* const dst = at(term.dst);
  double const* const f = at(term.factor);
  double const* const p = at(term.p);
  double const* const q = at(term.q);
  if (term.selects) {
    for (std::size_t i = 0; i < n; ++i) {
      double const yes = p == nullptr ? 0 : p[i];
      double const no = q == nullptr ? 0 : q[i];
      dst[i] = f[i] != 0 ? yes : no;
    }
    return;
  }
  double const sign = term.minus ? -1 : 1;
  auto const give = [&](auto value) {
    if (term.adds) {
      assign<true>(dst, n, sign, value);
    } else {
      assign<false>(dst, n, sign, value);
    }
  };
  if (f != nullptr && q != nullptr) {
    give([=](std::size_t i) { return f[i] * p[i] * q[i]; });
  } else if (f != nullptr) {
    give([=](std::size_t i) { return f[i] * p[i]; });
  } else if (q != nullptr) {
    give([=](std::size_t i) { return p[i] * q[i]; });
  } else {
    give([=](std::size_t i) { return p[i]; });
  }
}

void Tape::run(Program const& program, double* base, std::size_t stride, std::size_t n, int order) {
  for (auto const& step : program.steps) {
    compute(step, base, stride, n, program.temporary);
    auto const end = order == 0 ? step.begin : order == 1 ? step.first_end : step.second_end;
    for (std::size_t t = step.begin; t < end; ++t) {
      combine(program.terms[t], base, stride, n);
    }
  }
}

void Tape::prepare(std::span<double const> params, int order, std::span<double> scratch) const {
  for (auto const& [slot, value] : fixed_) {
    scratch[slot] = value;
  }
  for (auto const& [slot, k] : params_) {
    scratch[slot] = params[k];
  }
  run(constants_, scratch.data(), 1, 1, order);
}

void Tape::store(
    double const* work, std::size_t stride, std::size_t n, int order, Columns out) const {
  auto const put = [&](Slot slot, double* to) {
    if (result_.varies) {
      std::copy_n(work + slot * stride, n, to);
    } else {
      std::fill_n(to, n, work[slot]);
    }
  };
  auto const put_all = [&](auto const& known, std::size_t count, double* columns) {
    auto next = known.begin();
    for (std::size_t k = 0; k < count; ++k) {
      if (next != known.end() && next->first == k) {
        put((next++)->second, columns + k * out.stride);
      } else {
        std::fill_n(columns + k * out.stride, n, 0.0);
      }
    }
  };
  put(result_.value, out.value);
  if (order > 0) {
    put_all(result_.first, n_params_, out.first);
  }
  if (order > 1) {
    put_all(result_.second, packed(n_params_, 0), out.second);
  }
}

void Tape::evaluate(std::span<double const> scratch,
                    double const* const* columns,
                    std::size_t n,
                    int order,
                    Columns const& out) const {
  auto const at = [&](std::size_t i) {
    return Columns{out.value + i,
                   order > 0 ? out.first + i : nullptr,
                   order > 1 ? out.second + i : nullptr,
                   out.stride};
  };
  if (!result_.varies) {
    store(scratch.data(), 1, n, order, out);
    return;
  }
  std::size_t const block = std::min(block_of(points_.n_slots), (n + lanes - 1) / lanes * lanes);
  std::array<double, work_on_stack> on_stack;
  std::vector<double> on_heap;  // of formulas with a thousand derivatives
  double* work = on_stack.data();
  if (points_.n_slots * block > work_on_stack) {
    on_heap.resize(points_.n_slots * block);
    work = on_heap.data();
  }
  for (int o = 0; o <= order; ++o) {
    for (auto const& copy : copies_[o]) {
      std::fill_n(work + copy.to * block, block, scratch[copy.from]);
    }
  }
  for (std::size_t i = 0; i < n; i += block) {
    auto const size = std::min(block, n - i);
    for (auto const& [slot, column] : observed_) {
      std::copy_n(columns[column] + i, size, work + slot * block);
    }
    run(points_, work, block, size, order);
    store(work, block, size, order, at(i));
  }
}

}  // namespace toyfarm::formula
