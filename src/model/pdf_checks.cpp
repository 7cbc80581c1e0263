#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/spec/suggestion.hpp"

#include "model/pdf.hpp"

namespace toyfarm::model {
namespace {

void check_attributes(PdfType const& type, PdfSource const& source) {
  auto fields = type.fields;
  if (!type.variants.empty()) {
    fields.emplace_back("variant");
  }
  std::vector<std::string> known = fields;
  known.insert(known.end(), {"type", "observable", "params"});
  for (auto const& [name, value] : source.pdf.attributes) {
    if (std::find(fields.begin(), fields.end(), name) != fields.end()) {
      continue;
    }
    auto const problem = std::string(type.name) + " has unknown field '" + core::printable(name) +
                         "'" + spec::suggestion(name, known, '\'', ", ");
    if (source.context.unknown == spec::UnknownFields::refuse) {
      source.fail(name, problem);
    }
    core::log_warn(source.context.file + ": " + source.pdf.pointer + "/" + core::printable(name) +
                   ": " + process_of(source.context) + " " + problem + " (ignored)");
  }
}

void check_count(PdfType const& type, PdfSource const& source) {
  auto const n = source.pdf.params.size();
  if (type.takes_any_params) {
    return;
  }
  if (type.least_params > 0) {
    if (n < type.least_params) {
      source.fail("params",
                  std::string(type.name) + " params must name at least " +
                      (type.least_params == 1 ? "one parameter"
                                              : std::to_string(type.least_params) + " parameters"));
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
                            spec::suggestion(name, known, '\'', ", ") + channel_of(context));
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

void check_variant(PdfType const& type, PdfSource const& source) {
  auto const found = source.pdf.attributes.find("variant");
  if (type.variants.empty() || found == source.pdf.attributes.end()) {
    return;
  }
  auto const* word = std::get_if<std::string>(&found->second);
  std::string known;
  for (auto const& variant : type.variants) {
    if (word != nullptr && *word == variant.word) {
      return;
    }
    known += (known.empty() ? "\"" : " or \"") + std::string(variant.word) + "\"";
  }
  source.fail("variant",
              source.pdf.type + " variant must be " + known +
                  (word == nullptr ? "" : ", got \"" + core::printable(*word) + "\""));
}

}  // namespace

std::string process_of(DensityContext const& context) {
  return "process '" + context.process + "'";
}
std::string channel_of(DensityContext const& context) {
  return " (channel '" + context.channel + "')";
}

void check_pdf(PdfType const& type, PdfSource const& source) {
  check_attributes(type, source);
  if (!source.pdf.components.empty() && type.make != nullptr) {
    source.fail("components", std::string(type.name) + " has no components");
  }
  if (type.make != nullptr) {
    check_params(type, source);
  }
  check_variant(type, source);
}

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

std::string const& PdfSource::text(std::string const& name) const {
  auto const found = pdf.attributes.find(name);
  if (found == pdf.attributes.end()) {
    fail("", pdf.type + " needs a field '" + name + "'");
  }
  if (auto const* value = std::get_if<std::string>(&found->second)) {
    return *value;
  }
  fail(name, pdf.type + " " + name + " must be a string");
}

bool PdfSource::is_variant(std::string const& word) const {
  auto const found = pdf.attributes.find("variant");
  auto const* said =
      found == pdf.attributes.end() ? nullptr : std::get_if<std::string>(&found->second);
  return said != nullptr && *said == word;
}

std::string number_text(double value) {
  std::array<char, 32> text{};
  auto const end = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end.ptr};
}

}  // namespace toyfarm::model
