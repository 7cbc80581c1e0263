#include "toyfarm/formula/logarithm.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace toyfarm::formula {
namespace {

class Logarithm {
 public:
  explicit Logarithm(Graph const& f) : f_(f), builder_(f) { find_signs(); }

  NodeId of(NodeId root) {
    Terms terms{*this};
    terms.take(root);
    return terms.sum();
  }

  Graph graph(NodeId value) const { return builder_.graph(value, f_.n_variables); }

 private:
  /// ln of a product, collected factor by factor.
  struct Terms {
    struct Factor {
      NodeId node, coefficient;
      bool inverse;
    };
    struct Odd {
      NodeId node;
      double power;
    };

    Logarithm& all;
    std::vector<NodeId> parts{};
    std::vector<Odd> odd{};  ///< factors that may be negative, with odd powers

    void take(NodeId root) {
      std::vector<std::pair<NodeId, bool>> open{{root, false}};
      while (!open.empty()) {
        auto const [id, inverse] = open.back();
        open.pop_back();
        Node const node = all.builder_.node(id);
        auto const& o = node.operands;
        switch (node.operation) {
          case Operation::multiply:
            open.insert(open.end(), {{o[1], inverse}, {o[0], inverse}});
            break;
          case Operation::divide:
            open.insert(open.end(), {{o[1], !inverse}, {o[0], inverse}});
            break;
          case Operation::negate:
            odd.push_back({all.builder_.constant(-1), 1});
            open.emplace_back(o[0], inverse);
            break;
          case Operation::exponential:
            add(o[0], inverse);
            break;
          case Operation::square_root:
            add(all.times(0.5, all.plain(o[0])), inverse);
            break;
          case Operation::power:
            take_power(id, inverse);
            break;
          case Operation::choice:
            take_choice(id, inverse);
            break;
          default:
            take_other(id, inverse);
        }
      }
    }

    void add(NodeId value, bool inverse) {
      parts.push_back(inverse ? all.builder_.make(Operation::negate, value) : value);
    }

    void take_other(NodeId id, bool inverse) {
      if (all.is_positive(id)) {
        add(all.plain(id), inverse);
      } else {
        odd.push_back({id, inverse ? -1.0 : 1.0});
      }
    }

    void take_power(NodeId id, bool inverse) {
      Node const node = all.builder_.node(id);
      auto const base = node.operands[0];
      auto const exponent = node.operands[1];
      bool const constant = all.builder_.is_constant(exponent);
      double const p = all.builder_.node(exponent).value;
      if (!constant || p != std::floor(p) || all.is_positive(base)) {
        add(all.builder_.make(Operation::multiply, exponent, all.plain(base)), inverse);
      } else if (std::fmod(p, 2) == 0) {
        add_even(base, p, inverse);
      } else {
        odd.push_back({base, inverse ? -p : p});
      }
    }

    void take_choice(NodeId id, bool inverse) {
      Node const node = all.builder_.node(id);
      auto const& o = node.operands;
      if (!all.is_positive(o[1]) || !all.is_positive(o[2])) {
        take_other(id, inverse);
        return;
      }
      auto const yes = all.of(o[1]);
      auto const no = all.of(o[2]);
      add(all.builder_.make(Operation::choice, o[0], yes, no), inverse);
    }

    /// Powers of factors that occur more than once, together.
    void gather() {
      std::vector<Odd> gathered;
      for (auto const& [node, power] : odd) {
        auto const known = std::ranges::find(gathered, node, &Odd::node);
        if (known == gathered.end()) {
          gathered.push_back({node, power});
        } else {
          known->power += power;
        }
      }
      odd.clear();
      for (auto const& [node, power] : gathered) {
        if (std::fmod(power, 2) != 0) {
          odd.push_back({node, power});
        } else if (power != 0) {
          add_even(node, power, false);
        }
      }
    }

    void add_even(NodeId base, double power, bool inverse) {
      auto const square = all.builder_.make(Operation::multiply, base, base);
      add(all.times(0.5 * power, all.plain(square)), inverse);
    }

    // Of one factor that may be negative the power is taken out; of several only the product is
    // known to have a logarithm.
    NodeId odd_part() {
      auto& b = all.builder_;
      if (odd.size() == 1) {
        return all.times(odd[0].power, all.plain(odd[0].node));
      }
      NodeId product = b.constant(1);
      bool first = true;
      for (auto const& [node, power] : odd) {
        auto const factor = b.make(Operation::power, node, b.constant(std::abs(power)));
        auto const operation = power > 0 ? Operation::multiply : Operation::divide;
        product = first && power > 0 ? factor : b.make(operation, product, factor);
        first = false;
      }
      return all.plain(product);
    }

    NodeId sum() {
      gather();
      if (!odd.empty()) {
        parts.push_back(odd_part());
      }
      auto& b = all.builder_;
      NodeId total = parts.empty() ? b.constant(0) : parts[0];
      for (std::size_t i = 1; i < parts.size(); ++i) {
        auto const& part = b.node(parts[i]);
        total = part.operation == Operation::negate
                    ? b.make(Operation::subtract, total, part.operands[0])
                    : b.make(Operation::add, total, parts[i]);
      }
      return total;
    }
  };

  [[nodiscard]] bool is_positive(NodeId id) const { return id < positive_.size() && positive_[id]; }

  NodeId plain(NodeId id) {
    Node const node = builder_.node(id);
    if (node.operation == Operation::exponential) {
      return node.operands[0];
    }
    return builder_.make(Operation::logarithm, id);
  }

  NodeId times(double factor, NodeId id) {
    return factor == 1 ? id : builder_.make(Operation::multiply, builder_.constant(factor), id);
  }

  // Which nodes of f cannot be negative.
  void find_signs() {
    for (auto const& node : f_.nodes) {
      auto const& o = node.operands;
      auto const p = [&](std::size_t i) { return positive_[o[i]]; };
      bool is = false;
      switch (node.operation) {
        case Operation::constant:
          is = node.value >= 0;
          break;
        case Operation::add:
        case Operation::multiply:
        case Operation::divide:
        case Operation::minimum:
          is = p(0) && p(1);
          break;
        case Operation::maximum:
          is = p(0) || p(1);
          break;
        case Operation::choice:
          is = p(1) && p(2);
          break;
        case Operation::power: {
          auto const& exponent = f_.nodes[o[1]];
          bool const odd = exponent.operation == Operation::constant &&
                           exponent.value == std::floor(exponent.value) &&
                           std::fmod(exponent.value, 2) != 0;
          is = p(0) || !odd;
          break;
        }
        case Operation::exponential:
        case Operation::square_root:
        case Operation::hyperbolic_cosine:
        case Operation::magnitude:
        case Operation::complementary_error_function:
        case Operation::less:
        case Operation::less_or_equal:
        case Operation::equal:
        case Operation::both:
        case Operation::either:
        case Operation::negation:
          is = true;
          break;
        default:
          break;
      }
      positive_.push_back(is);
    }
  }

  Graph const& f_;
  Builder builder_;
  std::vector<bool> positive_;
};

}  // namespace

Graph logarithm_of(Graph const& f) {
  Logarithm logarithm(f);
  return logarithm.graph(logarithm.of(static_cast<NodeId>(f.nodes.size() - 1)));
}

}  // namespace toyfarm::formula
