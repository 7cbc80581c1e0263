// Distributions with a list of coefficients.
#include "hs3/functions.hpp"
#include "hs3/shape_rules.hpp"

namespace toyfarm::hs3 {
namespace {

std::vector<Quantity> coefficients_of(Source const& source, std::string const& field) {
  std::vector<Quantity> out;
  for (auto const& item : source.distribution.at(field).items()) {
    out.push_back(source.names.of(item));
  }
  return out;
}

Node of_coefficients(Source const& source, std::string const& pdf, std::size_t first) {
  only_fields(source.distribution, {"x", "coefficients"});
  auto const coefficients = coefficients_of(source, "coefficients");
  std::vector<Node> params;
  for (std::size_t k = first; k < coefficients.size(); ++k) {
    params.push_back(source.names.param(coefficients[k]));
  }
  if (params.empty()) {
    refuse(source.distribution, "too few coefficients");
  }
  return pdf_node(source, pdf, source.observable("x"), std::move(params));
}

}  // namespace

Node bernstein_shape(Source const& source) {
  return of_coefficients(source, "bernstein", 0);
}

Node chebychev_shape(Source const& source) {
  return of_coefficients(source, "chebyshev", 0);
}

// exp(a_0 + a_1 x + ...): a_0 is lost in the normalisation.
Node exp_polynomial_shape(Source const& source) {
  return of_coefficients(source, "exp_polynomial", 1);
}

// The pdf polynomial begins with 1: coefficients are divided by the first.
Node polynomial_shape(Source const& source) {
  only_fields(source.distribution, {"x", "coefficients"});
  auto const coefficients = coefficients_of(source, "coefficients");
  auto const first = coefficients.empty() ? std::nullopt : coefficients.front().number();
  if (coefficients.empty() || first == 0) {
    refuse(source.distribution, "a polynomial needs a constant term that is not 0");
  }
  if (coefficients.size() == 1) {
    return pdf_node(source, "uniform", source.observable("x"), {});
  }
  std::vector<Node> params;
  for (std::size_t k = 1; k < coefficients.size(); ++k) {
    auto const& c = coefficients[k];
    params.push_back(source.names.param(
        first == 1 ? c
                   : source.names.parsed("(" + c.text + ")/(" + coefficients.front().text + ")",
                                         c.field)));
  }
  return pdf_node(source, "polynomial", source.observable("x"), std::move(params));
}

// Pairs of coefficient and exponent.
Node power_sum_shape(Source const& source) {
  only_fields(source.distribution, {"x", "coefficients", "exponents"});
  auto const coefficients = coefficients_of(source, "coefficients");
  auto const exponents = coefficients_of(source, "exponents");
  if (coefficients.size() != exponents.size() || coefficients.empty()) {
    source.distribution.fail(std::to_string(coefficients.size()) + " coefficients, but " +
                             std::to_string(exponents.size()) + " exponents");
  }
  std::vector<Node> params;
  for (std::size_t k = 0; k < coefficients.size(); ++k) {
    params.push_back(source.names.param(coefficients[k]));
    params.push_back(source.names.param(exponents[k]));
  }
  return pdf_node(source, "powers", source.observable("x"), std::move(params));
}

}  // namespace toyfarm::hs3
