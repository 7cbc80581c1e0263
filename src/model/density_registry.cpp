#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/spec/suggestion.hpp"

#include "model/mapped_density.hpp"
#include "model/pdf.hpp"

namespace toyfarm::model {
namespace {

PdfType find_type(spec::Pdf const& pdf, DensityContext const& context) {
  for (auto const& type : pdf_types()) {
    if (pdf.type == type.name) {
      return type;
    }
  }
  std::string known;
  for (auto const& name : density_types()) {
    known += (known.empty() ? "" : ", ") + name;
  }
  auto hint = spec::suggestion(pdf.type, density_types(), '\'', ", ");
  throw core::SpecError(context.file,
                        pdf.pointer + "/type",
                        process_of(context) + " has unknown pdf type '" +
                            core::printable(pdf.type) + "'" + (hint.empty() ? "" : hint) +
                            " (known: " + known + ")");
}

PdfSource make_source(spec::Pdf const& pdf, DensityContext const& context) {
  std::vector<std::string> known;
  for (std::size_t o = 0; o < context.observables->size(); ++o) {
    auto const& observable = (*context.observables)[o];
    if (observable.name == pdf.observable) {
      if (!std::isfinite(observable.bounds.lower) || !std::isfinite(observable.bounds.upper) ||
          !(observable.bounds.lower < observable.bounds.upper)) {
        throw core::SpecError(context.file,
                              pdf.pointer + "/observable",
                              process_of(context) + " " + pdf.type +
                                  " needs finite bounds lower < upper of observable '" +
                                  pdf.observable + "'" + channel_of(context));
      }
      return {pdf, context, o, observable.bounds};
    }
    known.push_back(observable.name);
  }
  throw core::SpecError(context.file,
                        pdf.pointer + "/observable",
                        process_of(context) + " references unknown observable '" + pdf.observable +
                            "'" + spec::suggestion(pdf.observable, known, '\'', ", ") +
                            channel_of(context));
}

BuiltDensity build_single(PdfType const& type,
                          spec::Pdf const& pdf,
                          DensityContext const& context) {
  if (has_formulas(pdf)) {
    auto const source = make_source(pdf, context);
    auto const formulas = read_formulas(pdf, context);
    std::vector<spec::Observable> const own{(*context.observables)[source.observable]};
    auto inner_context = context;
    inner_context.parameters = &formulas.parameters;
    inner_context.observables = &own;
    return map_params(build_single(type, formulas.pdf, inner_context), formulas, source);
  }
  auto const source = make_source(pdf, context);
  check_pdf(type, source);
  BuiltDensity built{type.make(source), pdf.params, {}, {}};
  built.roles.resize(pdf.params.size(), ParamRole::other);
  for (std::size_t k = 0; k < type.params.size(); ++k) {
    built.roles[k] = type.params[k].role;
  }
  built.factors.push_back({built.density.get(), source.observable, 0});
  return built;
}

BuiltDensity build_product(PdfType const& type,
                           spec::Pdf const& pdf,
                           DensityContext const& context) {
  PdfSource const source{pdf, context, 0, {}};
  check_pdf(type, source);
  if (!pdf.observable.empty() || !pdf.params.empty()) {
    source.fail("", "product takes its observables and params from its components");
  }
  if (pdf.components.empty()) {
    source.fail("components", "product needs at least one component");
  }
  BuiltDensity built;
  std::vector<DensityPtr> parts;
  std::vector<std::size_t> observables;
  std::set<std::string> seen;
  for (auto const& component : pdf.components) {
    auto const component_type = find_type(component, context);
    if (component_type.make == nullptr) {
      throw core::SpecError(
          context.file,
          component.pointer,
          process_of(context) +
              " has a product inside a product: list its components in the outer one");
    }
    if (!seen.insert(component.observable).second) {
      throw core::SpecError(context.file,
                            component.pointer + "/observable",
                            process_of(context) + " product has two components on observable '" +
                                component.observable + "'" + channel_of(context));
    }
    auto part = build_single(component_type, component, context);
    built.factors.push_back(
        {part.density.get(), part.factors.front().observable, built.parameter_names.size()});
    built.parameter_names.insert(
        built.parameter_names.end(), part.parameter_names.begin(), part.parameter_names.end());
    built.roles.insert(built.roles.end(), part.roles.begin(), part.roles.end());
    observables.push_back(part.factors.front().observable);
    parts.push_back(std::move(part.density));
  }
  built.density = make_product(std::move(parts), std::move(observables));
  return built;
}

}  // namespace

BuiltDensity build_density(spec::Pdf const& pdf, DensityContext const& context) {
  auto const type = find_type(pdf, context);
  return type.make == nullptr ? build_product(type, pdf, context)
                              : build_single(type, pdf, context);
}

std::optional<PdfVariant> pdf_variant(spec::Pdf const& pdf) {
  auto const types = pdf_types();
  auto const type = std::find_if(
      types.begin(), types.end(), [&](PdfType const& t) { return pdf.type == t.name; });
  if (type == types.end() || type->variants.empty()) {
    return std::nullopt;
  }
  auto const quoted = [](char const* word) { return std::string("\"").append(word).append("\""); };
  auto const& first = type->variants.front();
  auto const found = pdf.attributes.find("variant");
  auto const* word =
      found == pdf.attributes.end() ? nullptr : std::get_if<std::string>(&found->second);
  PdfVariant out{word != nullptr ? *word : first.word, found != pdf.attributes.end(), pdf.type};
  out.notice += std::string(" ") + first.notice + " (variant " + quoted(first.word) + ")";
  for (auto const& other : std::span(type->variants).subspan(1)) {
    out.notice += "; \"variant\": " + quoted(other.word) + " " + other.notice;
  }
  return out;
}

std::vector<std::string> density_types() {
  std::vector<std::string> names;
  for (auto const& type : pdf_types()) {
    names.emplace_back(type.name);
  }
  return names;
}

}  // namespace toyfarm::model
