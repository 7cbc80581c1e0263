#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "toyfarm/formula/logarithm.hpp"
#include "toyfarm/formula/parse.hpp"
#include "toyfarm/kernels/math.hpp"

#include "model/formula_joints.hpp"
#include "model/pdf.hpp"
#include "model/score_sums.hpp"

namespace toyfarm::model {
namespace {

constexpr double smooth = 8;  // lengths of an interval: a longer scale is as good as none
constexpr int n_parts = 4;
constexpr double least_scale = std::numeric_limits<double>::min();  // nothing is known
constexpr double least_share = 1e-6;  // of the integral, that makes a panel's borders worth a look
constexpr double shallow = 40;        // exponents of e: lower than that is next to nothing

// p = f / N, f an expression of x and the parameters. ln f is what is evaluated.
class Formula final : public Density {
 public:
  Formula(PdfSource const& source, formula::Graph const& log_f)
      : observable_(source.observable),
        window_(source.window),
        n_(source.pdf.params.size()),
        tape_(log_f, 1),
        enclosure_(log_f),
        joints_(source, log_f, enclosure_) {}

  std::size_t n_params() const noexcept override { return n_; }
  std::size_t scratch_size() const noexcept override {
    return 1 + 2 * n_ + packed_size(n_) + tape_.scratch_size() + n_block() + n_;
  }

  bool prepare(std::span<double const> theta,
               Derivatives order,
               std::span<double> scratch) const override {
    if (!std::ranges::all_of(theta, [](double v) { return std::isfinite(v); })) {
      return false;
    }
    auto const into = parts(scratch);
    std::ranges::copy(theta, into.theta.begin());
    tape_.prepare(theta, 2, into.constants);
    FormulaAt const f{tape_, enclosure_, theta, into.constants};
    FormulaPanels panels;
    if (!find(f, panels)) {
      return false;
    }
    constexpr auto n_nodes = FormulaPanels::n_nodes;
    double* const block = into.block.data();
    LogDensityView const out{block, block + n_nodes, block + (1 + n_) * n_nodes, n_nodes};
    ScoreSums sums(into.norm, into.delta, order, tape_.is_linear());
    auto const needed =
        order == Derivatives::second && tape_.is_linear() ? Derivatives::first : order;
    for (auto const& panel : panels.all()) {
      auto const x = panel.nodes();
      auto const weights = panel.weights();
      f.log_f(x.data(), n_nodes, needed, out);
      for (std::size_t i = 0; i < n_nodes; ++i) {
        out.value[i] -= panels.top();
      }
      kernels::exp_n(out.value, out.value, n_nodes);
      kernels::multiply(out.value, weights.data(), out.value, n_nodes);
      sums.add(out.value, n_nodes, out);
    }
    return sums.finish(panels.top()) &&
           joints_.add_slope_jumps(f, panels.top(), *into.norm.log_norm, into.norm.second);
  }

  void evaluate(std::span<double const> scratch,
                Points points,
                Derivatives order,
                LogDensityView out) const override {
    auto const from = parts(scratch);
    FormulaAt const f{tape_, enclosure_, from.theta, from.constants};
    auto const needed =
        order == Derivatives::second && tape_.is_linear() ? Derivatives::first : order;
    f.log_f(points.columns[observable_], points.size, needed, out);
    normalise(from.norm, points.size, order, tape_.is_linear(), out);
  }

  // Of exponential families.
  SecondForm second_form() const noexcept override {
    return tape_.is_linear() ? SecondForm::affine : SecondForm::columns;
  }
  void second_sums(std::span<double const> scratch,
                   std::span<double const> sums,
                   std::span<double> out) const override {
    auto const second = parts(scratch).norm.second;
    for (std::size_t e = 0; e < second.size(); ++e) {
      out[e] = -second[e] * sums[0];
    }
  }

  std::vector<double> break_points(std::span<double const> theta) const override {
    FormulaJoints::Borders borders;
    auto const all = joints_.borders(theta, borders);
    return {all.begin() + 1, all.end() - 1};
  }
  std::size_t n_moving_break_points() const noexcept override { return joints_.n_moving(); }
  std::size_t moving_break_points(std::span<double const> theta,
                                  std::span<double> out) const override {
    joints_.moving(theta, out);
    return joints_.n_moving();
  }

  // Borders of panels: where the integral had to look closely, and found something.
  std::vector<double> guide_points(std::span<double const> theta) const override {
    std::vector<double> scratch(scratch_size());
    std::vector<double> points;
    if (!prepare(theta, Derivatives::none, scratch)) {
      return points;
    }
    auto const from = parts(std::span<double const>(scratch));
    FormulaAt const f{tape_, enclosure_, from.theta, from.constants};
    FormulaPanels panels;
    static_cast<void>(find(f, panels));
    for (auto const& panel : panels.all()) {
      if (panel.log_integral(f) > *from.norm.log_norm + std::log(least_share)) {
        points.push_back(panel.lower);
        points.push_back(panel.upper);
      }
    }
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    return points;
  }

  // Bounds that say nothing of an interval may say something of its parts.
  double scale(std::span<double const> theta, double lower, double upper) const override {
    auto known = enclosure_.on({lower, upper}, theta);
    if (known.scale == 0) {
      known.scale = HUGE_VAL;
      double const step = (upper - lower) / n_parts;
      for (int i = 0; i < n_parts; ++i) {
        auto const part = enclosure_.on({lower + i * step, lower + (i + 1) * step}, theta);
        known.scale = std::min(known.scale, part.scale);
      }
    }
    bool const is_smooth = known.scale >= smooth * (upper - lower);
    return is_smooth || known.upper < top(theta) - shallow ? HUGE_VAL
                                                           : std::max(known.scale, least_scale);
  }

  /// Whether it can be normalised at `theta`.
  [[nodiscard]] bool is_inside(std::vector<double> const& theta) const {
    std::vector<double> scratch(scratch_size());
    return prepare(theta, Derivatives::second, scratch);
  }

 private:
  template <class Number>
  struct Parts {
    Norm<Number> norm;
    std::span<Number> theta, constants, block, delta;
  };
  [[nodiscard]] std::size_t n_block() const noexcept {
    std::size_t const columns = 1 + n_ + (tape_.is_linear() ? 0 : packed_size(n_));
    return columns * FormulaPanels::n_nodes;
  }
  template <class Number>
  [[nodiscard]] Parts<Number> parts(std::span<Number> scratch) const {
    std::size_t at = 1;
    auto const take = [&](std::size_t n) { return scratch.subspan((at += n) - n, n); };
    auto const first = take(n_);
    auto const second = take(packed_size(n_));
    auto const theta = take(n_);
    auto const constants = take(tape_.scratch_size());
    auto const block = take(n_block());
    return {{scratch.data(), first, second}, theta, constants, block, take(n_)};
  }

  bool find(FormulaAt const& f, FormulaPanels& panels) const {
    FormulaJoints::Borders borders;
    return panels.find(f, joints_.borders(f.theta, borders));
  }

  [[nodiscard]] double top(std::span<double const> theta) const {
    std::array<double, 512> on_stack;
    std::vector<double> on_heap;
    std::span<double> constants(on_stack);
    if (tape_.scratch_size() > on_stack.size()) {
      on_heap.resize(tape_.scratch_size());
      constants = on_heap;
    }
    tape_.prepare(theta, 0, constants);
    return about_the_top({tape_, enclosure_, theta, constants}, window_.lower, window_.upper);
  }

  std::size_t observable_;
  spec::Interval window_;
  std::size_t n_;
  formula::Tape tape_;
  formula::Enclosure enclosure_;
  FormulaJoints joints_;
};

formula::Graph log_of_expression(PdfSource const& source) {
  std::vector<std::string> names{source.pdf.observable};
  names.insert(names.end(), source.pdf.params.begin(), source.pdf.params.end());
  try {
    auto const f = formula::parse(source.text("expression"), names);
    auto const used = formula::used_variables(f);
    if (!used[0]) {
      source.fail("expression",
                  "formula does not depend on observable '" + names[0] +
                      "'; a flat density is \"uniform\"");
    }
    for (std::size_t k = 1; k < names.size(); ++k) {
      if (!used[k]) {
        source.fail("params/" + std::to_string(k - 1),
                    "formula does not depend on parameter '" + names[k] + "'");
      }
    }
    return formula::logarithm_of(f);
  } catch (formula::ExpressionError const& error) {
    source.fail("expression", std::string("formula ") + error.what());
  } catch (std::length_error const& error) {
    source.fail("expression", std::string("formula is too long: ") + error.what());
  }
}

DensityPtr make_formula(PdfSource const& source) {
  auto const& params = source.pdf.params;
  if (params.size() > max_formula_params) {
    source.fail("params",
                "formula takes at most " + std::to_string(max_formula_params) +
                    " parameters, got " + std::to_string(params.size()));
  }
  auto density = std::make_unique<Formula>(source, log_of_expression(source));
  std::vector<double> start;
  for (auto const& name : params) {
    start.push_back(
        std::ranges::find(*source.context.parameters, name, &spec::Parameter::name)->init);
  }
  if (!density->is_inside(start)) {
    source.fail(
        "expression",
        "formula cannot be normalised with its parameters at their init: somewhere in [" +
            number_text(source.window.lower) + ", " + number_text(source.window.upper) +
            "] it is negative or not a number, its integral diverges or is too intricate, or it "
            "jumps where a parameter says");
  }
  return density;
}

}  // namespace

PdfType formula_pdf() {
  return {
      .name = "formula", .make = make_formula, .takes_any_params = true, .fields = {"expression"}};
}

}  // namespace toyfarm::model
