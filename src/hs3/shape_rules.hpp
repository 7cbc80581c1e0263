#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hs3/names.hpp"

namespace toyfarm::hs3 {

/// A distribution that is being translated.
struct Source {
  View distribution;
  Workspace const& workspace;
  Names& names;

  [[nodiscard]] Quantity quantity(std::string const& field) const {
    return names.of(distribution.at(field));
  }
  [[nodiscard]] Node param(std::string const& field) const { return names.param(quantity(field)); }
  /// The observable that a field names.
  [[nodiscard]] Variable const& observable(std::string const& field) const;
};

/// A `pdf` of one observable.
[[nodiscard]] Node pdf_node(Source const& source,
                            std::string const& type,
                            Variable const& observable,
                            std::vector<Node> params,
                            Entries more = {});
/// The pdf `formula` of an expression that depends on one observable.
[[nodiscard]] Node formula_node(Source const& source, Quantity const& expression);

/// How a type of distribution becomes a pdf: fields become its params, in the pdf's order; or
/// `make` does it.
struct ShapeRule {
  std::string_view type;
  std::string pdf{};
  std::string observable{};
  std::vector<std::string> params{};
  Node (*make)(Source const& source) = nullptr;
};
/// One entry per type.
[[nodiscard]] std::span<ShapeRule const> shape_rules();

[[nodiscard]] Node argus_shape(Source const& source);
[[nodiscard]] Node bernstein_shape(Source const& source);
[[nodiscard]] Node chebychev_shape(Source const& source);
[[nodiscard]] Node crystal_ball_shape(Source const& source);
[[nodiscard]] Node decay_shape(Source const& source);
[[nodiscard]] Node exp_polynomial_shape(Source const& source);
[[nodiscard]] Node exponential_shape(Source const& source);
[[nodiscard]] Node generic_shape(Source const& source);
[[nodiscard]] Node histogram_shape(Source const& source);
[[nodiscard]] Node polynomial_shape(Source const& source);
[[nodiscard]] Node power_sum_shape(Source const& source);
[[nodiscard]] Node uniform_shape(Source const& source);

}  // namespace toyfarm::hs3
