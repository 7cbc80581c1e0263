#include "model/yield_product.hpp"

#include <cmath>

#include "toyfarm/core/error.hpp"
#include "toyfarm/formula/parse.hpp"

#include "model/pdf.hpp"

namespace toyfarm::model {
namespace {

constexpr double max_power = 8;

formula::Graph parse(std::string const& text,
                     std::vector<spec::Parameter> const& parameters,
                     TextPlace const& place) {
  std::vector<std::string> names;
  for (auto const& p : parameters) {
    names.push_back(p.name);
  }
  try {
    return formula::parse(std::string_view(text).substr(1), names);
  } catch (formula::ExpressionError const& error) {
    throw core::SpecError(
        place.file, place.pointer, std::string("formula, after '=', ") + error.what());
  }
}

class Product {
 public:
  Product(std::vector<spec::Parameter> const& parameters, TextPlace const& place)
      : parameters_(parameters), place_(place) {}

  std::vector<YieldFactor> of(formula::Graph const& graph) {
    using enum formula::Operation;
    std::vector<formula::NodeId> open{static_cast<formula::NodeId>(graph.nodes.size() - 1)};
    while (!open.empty()) {
      auto const& node = graph.nodes[open.back()];
      auto const& o = node.operands;
      open.pop_back();
      auto const is_number = [&](std::size_t i) { return graph.nodes[o[i]].operation == constant; };
      if (node.operation == constant) {
        number_ *= node.value;
      } else if (node.operation == variable) {
        take(o[0]);
      } else if (node.operation == multiply) {
        open.insert(open.end(), {o[1], o[0]});
      } else if (node.operation == divide && is_number(1)) {
        number_ /= graph.nodes[o[1]].value;
        open.push_back(o[0]);
      } else if (node.operation == power && is_number(1) && is_whole(graph.nodes[o[1]].value)) {
        open.insert(open.end(), static_cast<std::size_t>(graph.nodes[o[1]].value), o[0]);
      } else {
        fail("the formula of a yield must be a product of parameters and numbers");
      }
      if (factors_.size() + open.size() > formula::max_nodes) {
        fail("the formula of a yield has too many factors");
      }
    }
    if (!(number_ >= 0) || !std::isfinite(number_)) {
      fail("a yield must be finite and >= 0, got the factor " + number_text(number_));
    }
    factors_.push_back({.kind = FactorKind::constant, .value = number_});
    return factors_;
  }

 private:
  [[noreturn]] void fail(std::string const& problem) const {
    throw core::SpecError(place_.file, place_.pointer, problem);
  }

  static bool is_whole(double p) { return p >= 1 && p <= max_power && p == std::floor(p); }

  void take(std::size_t parameter) {
    auto const& p = parameters_[parameter];
    if ((p.fixed ? p.init : p.bounds.lower) < 0) {
      fail("the yield would be negative where '" + p.name + "' < 0; give it a lower bound >= 0");
    }
    factors_.push_back({.kind = FactorKind::parameter, .parameter = parameter});
  }

  std::vector<spec::Parameter> const& parameters_;
  TextPlace const& place_;
  std::vector<YieldFactor> factors_;
  double number_ = 1;
};

}  // namespace

std::vector<YieldFactor> product_factors(std::string const& formula,
                                         std::vector<spec::Parameter> const& parameters,
                                         TextPlace const& place) {
  return Product(parameters, place).of(parse(formula, parameters, place));
}

}  // namespace toyfarm::model
