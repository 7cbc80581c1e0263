#pragma once
#include <functional>
#include <optional>
#include <vector>

// The highest point of a concave function, which need not have derivatives there.
namespace toyfarm::model {

struct Box {
  std::vector<double> lower;
  std::vector<double> upper;
};

/// Value of a function at a point; writes derivatives, where it has several a choice of them.
using Concave = std::function<double(std::vector<double> const& at, std::vector<double>& slope)>;

/// A point of the box where the function is positive and no less than 0.9 of the highest it is
/// there; nothing if it is positive nowhere, or hardly. By the ellipsoid method with deep cuts
/// (Bland, Goldfarb, Todd 1981, doi:10.1287/opre.29.6.1039).
[[nodiscard]] std::optional<std::vector<double>> highest_in(Box const& box, Concave const& f);

}  // namespace toyfarm::model
