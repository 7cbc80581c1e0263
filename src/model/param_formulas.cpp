// Params of pdfs that are formulas: reading them.
#include <algorithm>
#include <cmath>
#include <functional>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/formula/enclosure.hpp"
#include "toyfarm/formula/parse.hpp"

#include "model/mapped_density.hpp"

namespace toyfarm::model {
namespace {

bool is_formula(std::string const& param) {
  return param.starts_with("=");
}

formula::Interval bounds_of(spec::Parameter const& p) {
  return p.fixed ? formula::Interval{p.init, p.init}
                 : formula::Interval{p.bounds.lower, p.bounds.upper};
}

/// Of the spec's parameters.
formula::Graph parse_param(std::string const& param,
                           std::vector<std::string> const& names,
                           std::string const& pointer,
                           DensityContext const& context) {
  if (!is_formula(param)) {
    formula::Builder builder;
    auto const known = std::ranges::find(names, param);
    return builder.graph(builder.variable(static_cast<std::size_t>(known - names.begin())),
                         names.size());
  }
  try {
    return formula::parse(std::string_view(param).substr(1), names);
  } catch (formula::ExpressionError const& error) {
    throw core::SpecError(
        context.file,
        pointer,
        process_of(context) + " formula of a parameter, after '=', " + error.what());
  }
}

/// A name for messages, short, and no formula any more.
std::string name_of(std::string const& param, std::size_t k) {
  constexpr std::size_t most = 60;
  auto const text = std::string("(").append(core::printable(param.substr(1), most)).append(")");
  return param.size() > most ? text + " #" + std::to_string(k) : text;
}

/// What stands for a formula among parameters: its value and its bounds.
spec::Parameter stand_in(std::string const& name,
                         formula::Graph const& function,
                         std::vector<spec::Parameter> const& parameters) {
  std::vector<double> init;
  std::vector<formula::Interval> bounds;
  for (auto const& p : parameters) {
    init.push_back(p.init);
    bounds.push_back(bounds_of(p));
  }
  auto const range = formula::range_of(function, bounds);
  bool const fixed = range.lower == range.upper;
  return {name, formula::evaluate(function, init), {range.lower, range.upper}, fixed, {}};
}

}  // namespace

bool has_formulas(spec::Pdf const& pdf) {
  return std::ranges::any_of(pdf.params, is_formula);
}

ParamFormulas read_formulas(spec::Pdf const& pdf, DensityContext const& context) {
  std::vector<std::string> all;
  for (auto const& p : *context.parameters) {
    all.push_back(p.name);
  }
  ParamFormulas out{pdf, *context.parameters, {}, {}};
  std::vector<bool> used(all.size(), false);
  for (std::size_t k = 0; k < pdf.params.size(); ++k) {
    auto const pointer = pdf.pointer + "/params/" + std::to_string(k);
    auto const& param = pdf.params[k];
    out.functions.push_back(parse_param(param, all, pointer, context));
    auto const here = formula::used_variables(out.functions.back());
    std::transform(used.begin(), used.end(), here.begin(), used.begin(), std::logical_or<>());
    if (is_formula(param)) {
      out.pdf.params[k] = name_of(param, k);
      out.parameters.push_back(
          stand_in(out.pdf.params[k], out.functions.back(), *context.parameters));
      if (!std::isfinite(out.parameters.back().init)) {
        throw core::SpecError(context.file,
                              pointer,
                              process_of(context) +
                                  " formula of a parameter is not a number where "
                                  "parameters are at their init");
      }
    }
  }
  // From all parameters to those that are used.
  std::vector<formula::NodeId> number(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    number[i] = static_cast<formula::NodeId>(out.names.size());
    if (used[i]) {
      out.names.push_back(all[i]);
    }
  }
  for (auto& function : out.functions) {
    function.n_variables = out.names.size();
    for (auto& node : function.nodes) {
      if (node.operation == formula::Operation::variable) {
        node.operands[0] = number[node.operands[0]];
      }
    }
  }
  return out;
}

}  // namespace toyfarm::model
