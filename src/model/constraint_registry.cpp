#include <algorithm>
#include <cmath>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/kernels/math.hpp"
#include "toyfarm/spec/suggestion.hpp"

#include "model/constraint_type.hpp"
#include "model/pdf.hpp"

namespace toyfarm::model {
namespace {

std::string in_quotes(std::string const& word) {
  return std::string("\"").append(core::printable(word)).append("\"");
}

ConstraintType find_type(ConstraintSource const& source) {
  auto const& name = source.parameter.constraint->type;
  std::vector<std::string> known;
  std::string list;
  for (auto const& type : constraint_types()) {
    if (name == type.name) {
      return type;
    }
    known.emplace_back(type.name);
    list += (list.empty() ? "" : ", ") + known.back();
  }
  source.fail("type",
              "unknown value " + in_quotes(name) + spec::suggestion(name, known, '"') +
                  " (known: " + list + ")");
}

void check_fields(ConstraintType const& type,
                  ConstraintSource const& source,
                  spec::UnknownFields unknown) {
  auto known = type.fields;
  known.emplace_back("type");
  std::vector<std::string> present;
  for (auto const& field : source.parameter.constraint->fields) {
    present.push_back(field.first);
    if (std::find(known.begin(), known.end(), field.first) != known.end()) {
      continue;
    }
    auto const problem =
        "unknown field " + in_quotes(field.first) + spec::suggestion(field.first, known, '"');
    if (unknown == spec::UnknownFields::refuse) {
      source.fail("", problem + " (--lenient makes this a warning)");
    }
    core::log_warn(source.file + ": " + source.parameter.constraint->pointer + ": " + problem);
  }
  for (auto const& field : type.fields) {
    if (!source.parameter.constraint->fields.contains(field)) {
      auto const near = spec::nearest_word(field, present);
      source.fail("",
                  "missing field " + in_quotes(field) +
                      (near.empty() ? "" : " (there is " + in_quotes(near) + ")"));
    }
  }
}

}  // namespace

void ConstraintSource::fail(std::string const& field, std::string const& problem) const {
  throw core::SpecError(
      file, parameter.constraint->pointer + (field.empty() ? "" : "/" + field), problem);
}

double ConstraintSource::number_above(std::string const& field, double least) const {
  double const value = number(field);
  if (!(value > least) || !std::isfinite(value)) {
    fail(field,
         "parameter '" + parameter.name + "': " + field + " of a " + parameter.constraint->type +
             " constraint must be above " + number_text(least) + ", got " + number_text(value));
  }
  return value;
}

void ConstraintSource::require_positive() const {
  double const least = parameter.fixed ? parameter.init : parameter.bounds.lower;
  if (!(least > 0)) {
    fail("type",
         "a " + parameter.constraint->type + " constraint requires a parameter above 0, '" +
             parameter.name + "' may be " + number_text(least) +
             "; give it a lower bound above 0 (e.g. 1e-6)");
  }
}

ConstraintPtr build_constraint(ConstraintSource const& source, spec::UnknownFields unknown) {
  auto const type = find_type(source);
  check_fields(type, source, unknown);
  return type.make(source);
}

double log_excess(double u) {
  if (std::abs(u) > 0.02) {
    return u - std::log1p(u);
  }
  double sum = 0;
  for (int k = 10; k > 1; --k) {  // u^2 (1/2 - u/3 + u^2/4 …)
    sum = 1.0 / k - u * sum;
  }
  return u * u * sum;
}

double log_of(double x) {
  double y = 0;
  kernels::log_n(&x, &y, 1);
  return y;
}

double exp_of(double x) {
  double y = 0;
  kernels::exp_n(&x, &y, 1);
  return y;
}

double draw_uniform(kernels::BitStream& bits) {
  return static_cast<double>(bits.next() >> 11) * 0x1p-53;
}

// Marsaglia's polar method: nothing but a logarithm and a square root, so the same on every
// machine.
double draw_normal(kernels::BitStream& bits) {
  while (true) {
    double const a = kernels::symmetric(bits.next());
    double const b = kernels::symmetric(bits.next());
    double const s = a * a + b * b;
    if (s > 0 && s < 1) {
      return a * std::sqrt(-2 * log_of(s) / s);
    }
  }
}

}  // namespace toyfarm::model
