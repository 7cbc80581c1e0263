#include "toyfarm/model/model.hpp"

#include <algorithm>
#include <utility>

#include "toyfarm/core/error.hpp"

#include "model/constraint_type.hpp"
#include "model/yield_product.hpp"

namespace toyfarm::model {
namespace {

class Builder {
 public:
  Builder(spec::Spec const& spec, spec::UnknownFields unknown) : spec_(spec), unknown_(unknown) {}

  Model build() {
    add_parameters();
    for (auto const& channel : spec_.channels) {
      model_.channels.push_back(build_channel(channel));
    }
    mark_used();
    return std::move(model_);
  }

 private:
  std::size_t index_of(std::string const& name, std::string const& pointer) const {
    if (auto const index = model_.index_of(name)) {
      return *index;
    }
    throw core::SpecError(spec_.path.string(), pointer, "unknown parameter '" + name + "'");
  }

  void add_parameters() {
    for (std::size_t i = 0; i < spec_.parameters.size(); ++i) {
      auto const& p = spec_.parameters[i];
      bool const fixed = p.fixed || p.bounds.lower == p.bounds.upper;
      auto constraint =
          p.constraint ? build_constraint({p, i, spec_.path.string()}, unknown_) : ConstraintPtr{};
      model_.parameters.push_back(
          {p.name, p.init, p.bounds.lower, p.bounds.upper, fixed, constraint != nullptr});
      if (constraint) {
        model_.constraints.push_back(std::move(constraint));
      }
    }
    if (spec_.poi) {
      model_.poi = index_of(*spec_.poi, "/model/poi");
    }
  }

  Yield build_yield(spec::Yield const& yield) const {
    std::vector<YieldFactor> factors;
    if (yield.kind != spec::YieldKind::parameter) {
      factors.push_back({.kind = FactorKind::constant, .value = yield.value});
    }
    if (yield.parameter.starts_with("=")) {
      auto const* field = yield.kind == spec::YieldKind::scaled ? "/scale" : "/name";
      auto const product = product_factors(
          yield.parameter, spec_.parameters, {spec_.path.string(), yield.pointer + field});
      factors.insert(factors.end(), product.begin(), product.end());
    } else if (yield.kind != spec::YieldKind::fixed) {
      factors.push_back(
          {.kind = FactorKind::parameter, .parameter = index_of(yield.parameter, yield.pointer)});
    }
    for (auto const& m : yield.modifiers) {
      auto const kind = m.kind == spec::ModifierKind::normsys            ? FactorKind::normsys
                        : m.interpolation == spec::Interpolation::code4p ? FactorKind::code4p
                                                                         : FactorKind::code0;
      factors.push_back(
          {.kind = kind, .parameter = index_of(m.param, m.pointer), .lo = m.lo, .hi = m.hi});
    }
    return Yield(std::move(factors));
  }

  Channel build_channel(spec::Channel const& channel) const {
    Channel built{channel.name, channel.include_in_fit, channel.observables, {}};
    for (auto const& process : channel.processes) {
      DensityContext const context{spec_.path.string(),
                                   process.name,
                                   channel.name,
                                   &channel.observables,
                                   &spec_.parameters,
                                   unknown_};
      Process p{process.name, build_density(process.pdf, context), {}, build_yield(process.yield)};
      for (auto const& name : p.shape.parameter_names) {
        p.shape_params.push_back(index_of(name, process.pdf.pointer));
      }
      built.processes.push_back(std::move(p));
    }
    return built;
  }

  void mark_used() {
    for (auto const& channel : model_.channels) {
      if (!channel.in_fit) {
        continue;
      }
      for (auto const& process : channel.processes) {
        for (auto const i : process.shape_params) {
          model_.parameters[i].used = true;
        }
        for (auto const i : process.yield.params()) {
          model_.parameters[i].used = true;
        }
      }
    }
  }

  spec::Spec const& spec_;
  spec::UnknownFields unknown_;
  Model model_;
};

}  // namespace

std::vector<double> Model::init() const {
  std::vector<double> values;
  values.reserve(parameters.size());
  for (auto const& p : parameters) {
    values.push_back(p.init);
  }
  return values;
}

std::vector<double> Model::observed_globals() const {
  std::vector<double> values;
  values.reserve(constraints.size());
  for (auto const& constraint : constraints) {
    values.push_back(constraint->observed());
  }
  return values;
}

std::optional<std::size_t> Model::index_of(std::string const& name) const {
  auto const found = std::find_if(
      parameters.begin(), parameters.end(), [&](Parameter const& p) { return p.name == name; });
  if (found == parameters.end()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - parameters.begin());
}

Model build_model(spec::Spec const& spec, spec::UnknownFields unknown) {
  return Builder(spec, unknown).build();
}

}  // namespace toyfarm::model
