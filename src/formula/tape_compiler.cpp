#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "toyfarm/formula/tape.hpp"

namespace toyfarm::formula {
namespace {

constexpr double largest_whole_power = 1024;

bool has_derivatives(Operation operation) {
  return operation < Operation::less || operation == Operation::choice;
}

}  // namespace

/// Lays out slots and terms, node by node.
class Tape::Compiler {
 public:
  Compiler(Tape& tape, Graph const& graph)
      : tape_(tape),
        graph_(graph),
        varies_(depending(graph, [&](std::size_t v) { return v < tape.n_columns_; })) {
    tape.constants_.temporary = take(false, 5);
    tape.points_.temporary = take(true, 5);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      places_.push_back(place(static_cast<NodeId>(i)));
    }
    tape.result_ = places_.back();
    tape.has_second_ = !places_.back().second.empty();
  }

 private:
  using Pairs = std::vector<std::pair<std::uint32_t, Slot>>;

  Program& program(bool varies) { return varies ? tape_.points_ : tape_.constants_; }
  Slot take(bool varies, std::size_t n = 1) {
    auto& slots = program(varies).n_slots;
    slots += n;
    return static_cast<Slot>(slots - n);
  }

  Place place(NodeId id) {
    auto const& node = graph_.nodes[id];
    Place p{varies_[id], take(varies_[id])};
    if (node.operation == Operation::constant) {
      tape_.fixed_.emplace_back(p.value, node.value);
    } else if (node.operation == Operation::variable && p.varies) {
      tape_.observed_.emplace_back(p.value, node.operands[0]);
    } else if (node.operation == Operation::variable) {
      auto const k = node.operands[0] - tape_.n_columns_;
      tape_.params_.emplace_back(p.value, k);
      p.first.emplace_back(static_cast<std::uint32_t>(k), take(false));
      tape_.fixed_.emplace_back(p.first.back().second, 1.0);
    } else {
      step(node, p);
    }
    return p;
  }

  /// A slot of another node as a node of the points sees it.
  Slot seen(Slot slot, bool from_points, bool to_points, int order) {
    if (slot == none || from_points || !to_points) {
      return slot;
    }
    auto const [found, added] = copied_.try_emplace(slot, Slot{});
    if (added) {
      found->second = take(true);
      tape_.copies_[order].push_back({slot, found->second});
    }
    return found->second;
  }
  Place seen(NodeId id, bool to_points, bool derivatives) {
    Place p = places_[id];
    p.value = seen(p.value, p.varies, to_points, 0);
    if (!derivatives) {
      p.first.clear();
      p.second.clear();
    }
    for (auto& [k, slot] : p.first) {
      slot = seen(slot, p.varies, to_points, 1);
    }
    for (auto& [e, slot] : p.second) {
      slot = seen(slot, p.varies, to_points, 2);
    }
    return p;
  }

  void step(Node const& node, Place& p) {
    bool const smooth = has_derivatives(node.operation);
    auto const used = node.used();
    Place const nothing{};
    bool const choice = node.operation == Operation::choice;
    Place const a = seen(used[0], p.varies, smooth && !choice);
    Place const b = used.size() > 1 ? seen(used[1], p.varies, smooth) : nothing;
    Place const c = used.size() > 2 ? seen(used[2], p.varies, smooth) : nothing;
    auto& to = program(p.varies);
    Step s{node.operation, p.value, a.value, b.value, c.value, whole_power(node), 0, 0, 0};
    s.begin = to.terms.size();
    bool const selects =
        choice || node.operation == Operation::minimum || node.operation == Operation::maximum;
    if (selects) {
      auto const mask = choice ? a.value : to.temporary;
      select(p, mask, choice ? b : a, choice ? c : b, s);
    } else {
      auto const partials = partials_of(node.operation, s, to.temporary, node);
      first(p, partials, a, b);
      s.first_end = to.terms.size();
      second(p, partials, a, b);
      s.second_end = to.terms.size();
    }
    to.steps.push_back(s);
  }

  [[nodiscard]] int whole_power(Node const& node) const {
    if (node.operation != Operation::power) {
      return 0;
    }
    auto const& exponent = graph_.nodes[node.operands[1]];
    double const p = exponent.value;
    bool const whole = exponent.operation == Operation::constant && p == std::floor(p) &&
                       std::abs(p) <= largest_whole_power;
    return whole ? static_cast<int>(p) : 0;
  }

  [[nodiscard]] Partials partials_of(Operation operation,
                                     Step const& s,
                                     Slot temp,
                                     Node const& node) const {
    Partial const one{Partial::one};
    Partial const minus{Partial::minus_one};
    auto const at = [](Slot slot) { return Partial{Partial::slot, slot}; };
    switch (operation) {
      case Operation::negate:
        return {.a = minus};
      case Operation::add:
        return {.a = one, .b = one};
      case Operation::subtract:
        return {.a = one, .b = minus};
      case Operation::multiply:
        return {.a = at(s.b), .b = at(s.a), .ab = one};
      case Operation::divide:
        return {.a = at(temp), .b = at(temp + 1), .ab = at(temp + 3), .bb = at(temp + 4)};
      case Operation::exponential:
        return {.a = at(s.value), .aa = at(s.value)};
      case Operation::magnitude:
        return {.a = at(temp)};
      case Operation::power:
      case Operation::arc_tangent_2:
        return {.a = at(temp),
                .b = at(temp + 1),
                .aa = at(temp + 2),
                .ab = at(temp + 3),
                .bb = at(temp + 4)};
      default:
        return node.used().size() == 1 ? Partials{.a = at(temp), .aa = at(temp + 2)} : Partials{};
    }
  }

  static Slot find(Pairs const& pairs, std::size_t key) {
    auto const found = std::lower_bound(
        pairs.begin(), pairs.end(), key, [](auto const& p, std::size_t k) { return p.first < k; });
    return found != pairs.end() && found->first == key ? found->second : none;
  }

  /// dst (+)= partial p q, where there is such a thing.
  void add(Place const& node, Slot& dst, Partial const& partial, Slot p, Slot q, bool is_product) {
    if (partial.kind == Partial::zero || p == none || (is_product && q == none)) {
      return;
    }
    bool const adds = dst != none;
    if (!adds) {
      dst = take(node.varies);
    }
    program(node.varies)
        .terms.push_back({dst,
                          partial.kind == Partial::slot ? partial.at : none,
                          p,
                          is_product ? q : none,
                          adds,
                          partial.kind == Partial::minus_one,
                          false});
  }

  void first(Place& node, Partials const& f, Place const& a, Place const& b) {
    for (std::size_t k = 0; k < tape_.n_params_; ++k) {
      Slot dst = none;
      add(node, dst, f.a, find(a.first, k), none, false);
      add(node, dst, f.b, find(b.first, k), none, false);
      if (dst != none) {
        node.first.emplace_back(static_cast<std::uint32_t>(k), dst);
      }
    }
  }

  void second(Place& node, Partials const& f, Place const& a, Place const& b) {
    // Pairs of parameters that this node depends on; others vanish.
    for (auto const& [k, unused_k] : node.first) {
      for (auto const& [l, unused_l] : node.first) {
        if (l > k) {
          break;
        }
        auto const e = packed(k, l);
        auto const ak = find(a.first, k);
        auto const al = find(a.first, l);
        auto const bk = find(b.first, k);
        auto const bl = find(b.first, l);
        Slot dst = none;
        add(node, dst, f.a, find(a.second, e), none, false);
        add(node, dst, f.b, find(b.second, e), none, false);
        add(node, dst, f.aa, ak, al, true);
        add(node, dst, f.ab, ak, bl, true);
        add(node, dst, f.ab, al, bk, true);
        add(node, dst, f.bb, bk, bl, true);
        if (dst != none) {
          node.second.emplace_back(static_cast<std::uint32_t>(e), dst);
        }
      }
    }
  }

  void select(Place& node, Slot mask, Place const& yes, Place const& no, Step& s) {
    auto& to = program(node.varies);
    auto const all = [&](Pairs const& y, Pairs const& n, Pairs& out) {
      std::set<std::uint32_t> keys;
      for (auto const* some : {&y, &n}) {
        for (auto const& [key, slot] : *some) {
          keys.insert(key);
        }
      }
      for (auto const key : keys) {
        out.emplace_back(key, take(node.varies));
        to.terms.push_back(
            {out.back().second, mask, find(y, key), find(n, key), false, false, true});
      }
    };
    all(yes.first, no.first, node.first);
    s.first_end = to.terms.size();
    all(yes.second, no.second, node.second);
    s.second_end = to.terms.size();
  }

  Tape& tape_;
  Graph const& graph_;
  std::vector<bool> varies_;
  std::vector<Place> places_;
  std::map<Slot, Slot> copied_;
};

Tape::Tape(Graph const& graph, std::size_t n_columns)
    : n_columns_(n_columns), n_params_(graph.n_variables - n_columns) {
  Compiler(*this, graph);
}

}  // namespace toyfarm::formula
