#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <string_view>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"

#include "model/pdf.hpp"

namespace toyfarm::model {
namespace {

/// What a density asks of one of its parameters before anything is evaluated.
enum class Domain {
  any,
  some_positive,      ///< init > 0, some of the interval > 0; evaluations elsewhere are refused by
                      ///< prepare()
  some_non_negative,  ///< the same with >= 0
  all_positive,       ///< init and finite bounds > 0
  all_above_one       ///< init and finite bounds > 1
};

struct ParamRule {
  char const* name;
  Domain domain;
  ParamRole role = ParamRole::other;
};

struct PdfType {
  char const* name;
  DensityPtr (*make)(PdfSource const&);  ///< null for a product
  std::vector<ParamRule> params;
  std::vector<std::string> attributes;
  bool any_number_of_params = false;
};

// One row per pdf.
std::vector<PdfType> pdf_types() {
  ParamRule const mu{"mu", Domain::any, ParamRole::location};
  ParamRule const sigma{"sigma", Domain::some_positive, ParamRole::width};
  return {
      {"argus", make_argus, {{"c", Domain::any}, {"p", Domain::some_non_negative}}, {"variant"}},
      {"chebyshev", make_chebyshev, {}, {}, true},
      {"crystal_ball",
       make_crystal_ball,
       {mu, sigma, {"alpha", Domain::all_positive}, {"n", Domain::all_above_one}},
       {}},
      {"double_crystal_ball",
       make_double_crystal_ball,
       {mu,
        sigma,
        {"alpha_l", Domain::all_positive},
        {"n_l", Domain::all_above_one},
        {"alpha_r", Domain::all_positive},
        {"n_r", Domain::all_above_one}},
       {}},
      {"exponential", make_exponential, {{"lambda", Domain::any}}, {}},
      {"gaussian", make_gaussian, {mu, sigma}, {}},
      {"histogram", make_histogram, {}, {"bin_content", "bin_edges", "pseudo_count"}},
      {"kde", make_kde, {}, {"bandwidth", "centers", "weights"}},
      {"product", nullptr, {}, {}},
      {"spline", make_spline, {}, {"knots_x", "knots_y"}},
      {"voigtian",
       make_voigtian,
       {mu, sigma, {"gamma", Domain::some_positive, ParamRole::width}},
       {"variant"}},
  };
}

std::string process_of(DensityContext const& context) {
  return "process '" + context.process + "'";
}
std::string channel_of(DensityContext const& context) {
  return " (channel '" + context.channel + "')";
}

std::string did_you_mean(std::string const& word, std::vector<std::string> const& known) {
  auto const nearest = spec::nearest_word(word, known);
  return nearest.empty() ? "" : ", did you mean '" + nearest + "'?";
}

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
  auto hint = did_you_mean(pdf.type, density_types());
  throw core::SpecError(context.file,
                        pdf.pointer + "/type",
                        process_of(context) + " has unknown pdf type '" +
                            core::printable(pdf.type) + "'" + (hint.empty() ? "" : hint) +
                            " (known: " + known + ")");
}

void check_attributes(PdfType const& type, PdfSource const& source) {
  std::vector<std::string> known = type.attributes;
  known.insert(known.end(), {"type", "observable", "params"});
  for (auto const& [name, value] : source.pdf.attributes) {
    if (std::find(type.attributes.begin(), type.attributes.end(), name) != type.attributes.end()) {
      continue;
    }
    auto const problem = std::string(type.name) + " has unknown field '" + core::printable(name) +
                         "'" + did_you_mean(name, known);
    if (source.context.unknown == spec::UnknownFields::refuse) {
      source.fail(name, problem);
    }
    core::log_warn(source.context.file + ": " + source.pdf.pointer + "/" + core::printable(name) +
                   ": " + process_of(source.context) + " " + problem + " (ignored)");
  }
}

void check_count(PdfType const& type, PdfSource const& source) {
  auto const n = source.pdf.params.size();
  if (type.any_number_of_params) {
    if (n == 0) {
      source.fail("params", std::string(type.name) + " params must name at least one parameter");
    }
    return;
  }
  if (n == type.params.size()) {
    return;
  }
  std::string names;
  for (auto const& rule : type.params) {
    names += (names.empty() ? "" : ", ") + std::string(rule.name);
  }
  source.fail("params",
              std::string(type.name) + " params must have length " +
                  std::to_string(type.params.size()) + (names.empty() ? "" : " (" + names + ")") +
                  ", got " + std::to_string(n));
}

spec::Parameter const& find_parameter(std::string const& name,
                                      std::string const& pointer,
                                      DensityContext const& context) {
  std::vector<std::string> known;
  for (auto const& p : *context.parameters) {
    if (p.name == name) {
      return p;
    }
    known.push_back(p.name);
  }
  throw core::SpecError(context.file,
                        pointer,
                        process_of(context) + " references unknown shape parameter '" + name + "'" +
                            did_you_mean(name, known) + channel_of(context));
}

void check_domain(PdfType const& type,
                  ParamRule const& rule,
                  spec::Parameter const& p,
                  PdfSource const& source,
                  std::string const& pointer) {
  if (rule.domain == Domain::any) {
    return;
  }
  bool const fixed = p.fixed || p.bounds.lower == p.bounds.upper;
  double const lower = fixed ? p.init : p.bounds.lower;
  double const upper = fixed ? p.init : p.bounds.upper;
  bool const above_one = rule.domain == Domain::all_above_one;
  bool const all = above_one || rule.domain == Domain::all_positive;
  bool const closed = rule.domain == Domain::some_non_negative;
  double const least = above_one ? 1 : 0;
  auto const inside = [&](double v) { return closed ? v >= least : v > least; };
  auto const refuse = [&](std::string const& what) {
    std::string const example = above_one ? " (strictly, e.g. lower bound 1.01)"
                                : all     ? " (strictly, e.g. lower bound 0.01)"
                                          : "";
    source.fail(pointer,
                "parameter '" + p.name + "' " + what + ": " + type.name + " requires " + rule.name +
                    (closed ? " >= " : " > ") + number_text(least) + example +
                    (all ? " and finite bounds" : "") + channel_of(source.context));
  };
  if (!inside(p.init)) {
    refuse("init " + number_text(p.init) + " is outside the domain");
  }
  bool const bounds_ok =
      all ? inside(lower) && std::isfinite(lower) && std::isfinite(upper) : inside(upper);
  if (!bounds_ok) {
    refuse("bounds (" + number_text(lower) + ", " + number_text(upper) + ") leave the domain");
  }
}

void check_params(PdfType const& type, PdfSource const& source) {
  check_count(type, source);
  for (std::size_t k = 0; k < source.pdf.params.size(); ++k) {
    auto const pointer = "params/" + std::to_string(k);
    auto const& parameter =
        find_parameter(source.pdf.params[k], source.pdf.pointer + "/" + pointer, source.context);
    if (k < type.params.size()) {
      check_domain(type, type.params[k], parameter, source, pointer);
    }
  }
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
                            "'" + did_you_mean(pdf.observable, known) + channel_of(context));
}

BuiltDensity build_single(PdfType const& type,
                          spec::Pdf const& pdf,
                          DensityContext const& context) {
  auto const source = make_source(pdf, context);
  check_attributes(type, source);
  if (!pdf.components.empty()) {
    source.fail("components", std::string(type.name) + " has no components");
  }
  check_params(type, source);
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
  check_attributes(type, source);
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

void PdfSource::fail(std::string const& field, std::string const& problem) const {
  throw core::SpecError(context.file,
                        pdf.pointer + (field.empty() ? "" : "/" + field),
                        process_of(context) + " " + problem);
}

double PdfSource::number(std::string const& name, double fallback) const {
  auto const found = pdf.attributes.find(name);
  if (found == pdf.attributes.end()) {
    return fallback;
  }
  if (auto const* value = std::get_if<double>(&found->second)) {
    return *value;
  }
  fail(name, pdf.type + " " + name + " must be a number");
}

std::vector<double> PdfSource::numbers(std::string const& name) const {
  auto const found = pdf.attributes.find(name);
  if (found == pdf.attributes.end()) {
    fail("", pdf.type + " needs a field '" + name + "'");
  }
  if (auto const* value = std::get_if<std::vector<double>>(&found->second)) {
    return *value;
  }
  fail(name, pdf.type + " " + name + " must be a list of numbers");
}

bool PdfSource::nextstat_variant() const {
  auto const found = pdf.attributes.find("variant");
  if (found == pdf.attributes.end()) {
    return false;
  }
  auto const* word = std::get_if<std::string>(&found->second);
  if (word == nullptr || (*word != "exact" && *word != "nextstat")) {
    fail("variant",
         pdf.type + " variant must be \"exact\" or \"nextstat\"" +
             (word == nullptr ? "" : ", got \"" + core::printable(*word) + "\""));
  }
  return *word == "nextstat";
}

std::string number_text(double value) {
  std::array<char, 32> text{};
  auto const end = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end.ptr};
}

BuiltDensity build_density(spec::Pdf const& pdf, DensityContext const& context) {
  auto const type = find_type(pdf, context);
  return type.make == nullptr ? build_product(type, pdf, context)
                              : build_single(type, pdf, context);
}

std::vector<std::string> density_types() {
  std::vector<std::string> names;
  for (auto const& type : pdf_types()) {
    names.emplace_back(type.name);
  }
  return names;
}

}  // namespace toyfarm::model
