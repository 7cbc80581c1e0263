#include "hs3/yields.hpp"

#include <cmath>

#include "toyfarm/core/printable.hpp"

#include "hs3/affine.hpp"

namespace toyfarm::hs3 {
namespace {

using formula::NodeId;
using formula::Operation;

constexpr double max_power = 8;

/// The factors of a product.
class YieldFactors {
 public:
  YieldFactors(Quantity const& events, Names& names)
      : events_(events), names_(names), parts_(events.graph, names.variables()) {}

  Node node() {
    names_.refuse_observables(events_);
    take(static_cast<NodeId>(events_.graph.nodes.size() - 1), 0);
    if (!(number_ >= 0) || !std::isfinite(number_)) {
      refuse(events_.field,
             "a number of events with the factor " + spec::shortest(number_) +
                 "; a yield must be finite and not negative");
    }
    for (auto const i : parameters_) {
      names_[i].is_used = true;
      names_[i].is_yield = true;
    }
    auto entries = base();
    if (!modifiers_.empty()) {
      entries.emplace_back("modifiers", list_node(std::move(modifiers_)));
    }
    return made_of(events_.field, map_node(std::move(entries)));
  }

 private:
  static constexpr int max_depth = 1000;

  void take(NodeId id, int depth) {
    auto const& node = events_.graph.nodes[id];
    auto const& o = node.operands;
    if (depth > max_depth) {
      refuse_form();
    }
    if (node.operation == Operation::variable) {
      parameters_.push_back(o[0]);
    } else if (node.operation == Operation::multiply) {
      take(o[0], depth + 1);
      take(o[1], depth + 1);
    } else if (node.operation == Operation::negate) {
      number_ = -number_;
      take(o[0], depth + 1);
    } else if (node.operation == Operation::divide && parts_.is_settled(o[1])) {
      number_ /= parts_.value(o[1]);
      take(o[0], depth + 1);
    } else if (int const power = whole_power(node); power > 0) {
      for (int i = 0; i < power; ++i) {
        take(o[0], depth + 1);
      }
    } else if (auto const affine = parts_.affine(id)) {
      take_affine(*affine);
    } else {
      take_exponential(node);
    }
    if (parameters_.size() + modifiers_.size() > formula::max_nodes) {
      refuse_form();
    }
  }

  [[nodiscard]] int whole_power(formula::Node const& node) const {
    if (node.operation != Operation::power || !parts_.is_settled(node.operands[1]) ||
        parts_.is_settled(node.operands[0])) {
      return 0;
    }
    double const p = parts_.value(node.operands[1]);
    return p >= 1 && p <= max_power && p == std::floor(p) ? static_cast<int>(p) : 0;
  }

  /// a + b p: a times a modifier that is linear in p.
  void take_affine(Affine const& f) {
    if (!f.variable) {
      number_ *= f.constant;
    } else if (f.constant == 0) {
      number_ *= f.slope;
      parameters_.push_back(*f.variable);
    } else if (f.constant < 0) {
      refuse_form();
    } else {
      number_ *= f.constant;
      double const step = f.slope / f.constant;
      modify("weightsys", *f.variable, 1 - step, 1 + step);
    }
  }

  /// k^(a + b p), exp among them.
  void take_exponential(formula::Node const& node) {
    bool const is_power = node.operation == Operation::power;
    if (!is_power && node.operation != Operation::exponential) {
      refuse_form();
    }
    auto const exponent = parts_.affine(node.operands[is_power ? 1 : 0]);
    double const base = !is_power                             ? std::exp(1.0)
                        : parts_.is_settled(node.operands[0]) ? parts_.value(node.operands[0])
                                                              : -1;
    if (!exponent || !(base > 0)) {
      refuse_form();
    }
    double const rate = is_power ? std::log(base) : 1;
    number_ *= std::exp(rate * exponent->constant);
    if (exponent->variable) {
      modify("normsys",
             *exponent->variable,
             std::exp(-rate * exponent->slope),
             std::exp(rate * exponent->slope));
    }
  }

  void modify(std::string const& type, std::size_t variable, double lo, double hi) {
    names_[variable].is_used = true;
    modifiers_.push_back(map_node({{"type", text_node(type)},
                                   {"param", text_node(names_[variable].name)},
                                   {"lo", number_node(lo)},
                                   {"hi", number_node(hi)}}));
  }

  Entries base() {
    if (parameters_.empty()) {
      return {{"type", text_node("fixed")}, {"value", number_node(number_)}};
    }
    std::string name = names_[parameters_.front()].name;
    if (parameters_.size() > 1) {
      name = "=";
      for (auto const i : parameters_) {
        name.append(name == "=" ? "" : "*").append(names_[i].name);
      }
    }
    if (number_ == 1) {
      return {{"type", text_node("parameter")}, {"name", text_node(name)}};
    }
    return {{"type", text_node("scaled")},
            {"base_yield", number_node(number_)},
            {"scale", text_node(name)}};
  }

  [[noreturn]] void refuse_form() const {
    refuse(events_.field,
           "the number of events " + core::printable(events_.text) +
               " is no product of numbers, parameters, a + b p and k^(a + b p), which alone a "
               "spec has for yields");
  }

  Quantity const& events_;
  Names& names_;
  AffineParts parts_;
  double number_ = 1;
  std::vector<std::size_t> parameters_;
  std::vector<Node> modifiers_;
};

}  // namespace

Node yield_node(Quantity const& events, Names& names) {
  return YieldFactors(events, names).node();
}

}  // namespace toyfarm::hs3
