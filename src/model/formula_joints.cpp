#include "model/formula_joints.hpp"

#include <algorithm>
#include <cmath>

namespace toyfarm::model {
namespace {

constexpr double beside = 1e-13;       // of the window: how far a joint's sides are looked at
constexpr double continuous = 1e-6;    // by which ln f may differ there
constexpr double falls_smoothly = 50;  // exponents of e that f is below its top beside a zero

}  // namespace

FormulaJoints::FormulaJoints(PdfSource const& source,
                             formula::Graph const& log_f,
                             formula::Enclosure const& enclosure)
    : window_(source.window) {
  for (auto const& at : enclosure.switches()) {
    if (at.moves && !at.is_linear) {
      source.fail("expression",
                  "formula: what decides an abs, min, max or comparison must be linear in the "
                  "observable or free of parameters, or its place could not be followed");
    }
    bool fits = true;
    if (at.moves) {
      moving_.emplace_back(formula::difference_of(log_f, at), 1);
    } else {
      fits = enclosure.find_zeros(at, {window_.lower, window_.upper}, max_formula_joints, fixed_);
    }
    if (!fits || moving_.size() + fixed_.size() > max_formula_joints) {
      source.fail("expression",
                  "formula has more than " + std::to_string(max_formula_joints) +
                      " places where an abs, min, max or comparison switches");
    }
  }
  std::sort(fixed_.begin(), fixed_.end());
}

FormulaJoints::Place FormulaJoints::place(formula::Tape const& difference,
                                          std::span<double const> theta,
                                          int order) const {
  std::array<double, 512> on_stack;
  std::vector<double> on_heap;
  std::span<double> constants(on_stack);
  if (difference.scratch_size() > on_stack.size()) {
    on_heap.resize(difference.scratch_size());
    constants = on_heap;
  }
  difference.prepare(theta, order, constants);
  double const ends[2] = {window_.lower, window_.upper};
  double const* columns[1] = {ends};
  double value[2];
  std::array<double, 2 * max_formula_params> first;
  difference.evaluate(constants, columns, 2, order, {value, first.data(), nullptr, 2});
  double const rise = value[1] - value[0];
  double const share = -value[0] / rise;
  double const width = window_.upper - window_.lower;
  Place out;
  out.x = window_.lower + share * width;
  if (!std::isfinite(out.x)) {
    out.x = window_.lower - width;  // there is none
  }
  for (std::size_t k = 0; order > 0 && k < theta.size(); ++k) {
    double const there = first[2 * k] + share * (first[2 * k + 1] - first[2 * k]);
    out.first[k] = -there * width / rise;
  }
  return out;
}

void FormulaJoints::moving(std::span<double const> theta, std::span<double> out) const {
  for (std::size_t i = 0; i < moving_.size(); ++i) {
    out[i] = place(moving_[i], theta, 0).x;
  }
}

std::span<double const> FormulaJoints::borders(std::span<double const> theta, Borders& out) const {
  std::size_t n = 1;
  auto const add = [&](double place) {
    if (place > window_.lower && place < window_.upper) {
      out[n++] = place;
    }
  };
  std::ranges::for_each(fixed_, add);
  for (auto const& difference : moving_) {
    add(place(difference, theta, 0).x);
  }
  out[0] = window_.lower;
  out[n] = window_.upper;
  std::sort(out.begin() + 1, out.begin() + static_cast<std::ptrdiff_t>(n));
  return {out.data(), n + 1};
}

bool FormulaJoints::add_slope_jumps(FormulaAt const& f,
                                    double top,
                                    double log_norm,
                                    std::span<double> second) const {
  for (auto const& difference : moving_) {
    auto const at = place(difference, f.theta, 1);
    if (!(at.x > window_.lower && at.x < window_.upper)) {
      continue;
    }
    double const step = beside * std::max(window_.upper - window_.lower, std::abs(at.x));
    double const x[2] = {at.x - step, at.x + step};
    double value[2];
    std::array<double, 2 * max_formula_params> first;
    f.log_f(x, 2, Derivatives::first, {value, first.data(), nullptr, 2});
    if (value[0] == -HUGE_VAL || value[1] == -HUGE_VAL) {
      if (std::max(value[0], value[1]) > top - falls_smoothly) {
        return false;
      }
      continue;
    }
    if (std::abs(value[0] - value[1]) > continuous) {
      return false;
    }
    double const density = std::exp(0.5 * (value[0] + value[1]) - log_norm);
    for (std::size_t k = 0; k < f.theta.size(); ++k) {
      double const jump = first[2 * k] - first[2 * k + 1];
      for (std::size_t l = 0; l <= k; ++l) {
        second[packed(k, l)] += density * jump * at.first[l];
      }
    }
  }
  return true;
}

}  // namespace toyfarm::model
