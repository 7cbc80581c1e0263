#include "hs3/constraints.hpp"

#include <algorithm>
#include <cmath>

#include "toyfarm/core/printable.hpp"

#include "hs3/affine.hpp"
#include "hs3/functions.hpp"

namespace toyfarm::hs3 {
namespace {

/// A distribution of a global observable.
struct Auxiliary {
  View distribution;
  std::optional<View> observed;
  Names& names;

  [[nodiscard]] Quantity quantity(std::string const& field) const {
    return names.of(distribution.at(field));
  }

  /// A number: of constants, or of one that nothing else depends on.
  [[nodiscard]] std::optional<double> given(Quantity const& quantity) const {
    if (auto const value = names.settled(quantity)) {
      return value;
    }
    auto const alone = quantity.variable();
    return alone && !names.variables()[*alone].is_used ? names.variables()[*alone].value
                                                       : std::nullopt;
  }
  [[nodiscard]] double number(std::string const& field) const {
    auto const value = given(quantity(field));
    if (!value) {
      refuse(distribution.at(field), "must be constant in a constraint");
    }
    return *value;
  }
  /// The value of the global observable.
  [[nodiscard]] double global(std::string const& field) const {
    return observed ? observed->number() : number(field);
  }

  void set(std::size_t parameter, Entries entries) const {
    auto& variable = names[parameter];
    if (variable.constraint) {
      refuse(distribution,
             "a second constraint of parameter '" + core::printable(variable.name) +
                 "'; a spec has one");
    }
    variable.is_used = true;
    variable.constraint = made_of(distribution, map_node(std::move(entries)));
  }
};

[[noreturn]] void refuse_mean(Auxiliary const& auxiliary,
                              std::string const& field,
                              std::string const& form) {
  refuse(auxiliary.distribution.at(field),
         "a constraint whose " + field + " is not " + form + " has no place in a spec");
}

// A Gaussian is the same with both exchanged.
void gaussian_constraint(Auxiliary const& auxiliary) {
  only_fields(auxiliary.distribution, {"x", "mean", "sigma"});
  auto const x = auxiliary.quantity("x");
  auto const mean = auxiliary.quantity("mean");
  auto const is_of_model = [&](Quantity const& quantity) {
    auto const index = quantity.variable();
    return index && auxiliary.names.variables()[*index].is_used;
  };
  bool const exchanged = !auxiliary.observed && is_of_model(x) && !is_of_model(mean);
  auto const parameter = (exchanged ? x : mean).variable();
  if (!parameter) {
    refuse_mean(auxiliary, exchanged ? "x" : "mean", "a parameter alone");
  }
  auxiliary.set(*parameter,
                {{"type", text_node("gaussian")},
                 {"mean", number_node(auxiliary.global(exchanged ? "mean" : "x"))},
                 {"sigma", number_node(auxiliary.number("sigma"))}});
}

void poisson_constraint(Auxiliary const& auxiliary) {
  only_fields(auxiliary.distribution, {"x", "mean", "integer"});
  auto const mean = auxiliary.quantity("mean");
  AffineParts const parts(mean.graph, auxiliary.names.variables());
  auto const& scaled = parts.affine();
  if (!scaled || !scaled->variable || scaled->constant != 0 || !(scaled->slope > 0)) {
    refuse_mean(auxiliary, "mean", "a positive constant times a parameter");
  }
  auxiliary.set(*scaled->variable,
                {{"type", text_node("poisson")},
                 {"observed", number_node(auxiliary.global("x"))},
                 {"scale", number_node(scaled->slope)}});
}

// ln x is normal around ln of the parameter.
void lognormal_constraint(Auxiliary const& auxiliary) {
  only_fields(auxiliary.distribution, {"x", "mu", "sigma"});
  auto const mu = auxiliary.quantity("mu");
  auto const& last = mu.graph.nodes.back();
  if (last.operation != formula::Operation::logarithm ||
      mu.graph.nodes[last.operands[0]].operation != formula::Operation::variable) {
    refuse_mean(auxiliary, "mu", "the logarithm of a parameter");
  }
  auxiliary.set(mu.graph.nodes[last.operands[0]].operands[0],
                {{"type", text_node("log_normal")},
                 {"mean", number_node(auxiliary.global("x"))},
                 {"kappa", number_node(std::exp(auxiliary.number("sigma")))}});
}

struct ConstraintRule {
  std::string_view type;
  void (*take)(Auxiliary const& auxiliary);
};
constexpr ConstraintRule constraint_rules[] = {{"gaussian_dist", gaussian_constraint},
                                               {"lognormal_dist", lognormal_constraint},
                                               {"normal_dist", gaussian_constraint},
                                               {"poisson_dist", poisson_constraint}};

}  // namespace

std::vector<std::string> constraint_types() {
  std::vector<std::string> types;
  for (auto const& rule : constraint_rules) {
    types.emplace_back(rule.type);
  }
  return types;
}

void constrain(View const& distribution, std::optional<View> const& observed, Names& names) {
  auto const type = type_of(distribution);
  auto const* const rule = std::ranges::find(constraint_rules, type, &ConstraintRule::type);
  if (rule == std::end(constraint_rules)) {
    refuse_type(distribution,
                "depends on no observable of the data, and no constraint of a spec stands for it",
                constraint_types());
  }
  rule->take({distribution, observed, names});
}

}  // namespace toyfarm::hs3
