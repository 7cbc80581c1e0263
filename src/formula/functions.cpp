#include "formula/functions.hpp"

#include <map>
#include <numbers>

namespace toyfarm::formula {
namespace {

using Arguments = std::span<NodeId const>;

template <Operation operation>
NodeId one(Maker const& m, Arguments a) {
  return m.make(operation, a[0], 0);
}

template <Operation operation>
NodeId two(Maker const& m, Arguments a) {
  return m.make(operation, a[0], a[1]);
}

// Of any number of arguments, from the left.
template <Operation operation>
NodeId several(Maker const& m, Arguments a) {
  NodeId value = a[0];
  for (auto const next : a.subspan(1)) {
    value = m.make(operation, value, next);
  }
  return value;
}

NodeId common_logarithm(Maker const& m, Arguments a) {
  return m.make(
      Operation::divide, m.make(Operation::logarithm, a[0], 0), m.constant(std::numbers::ln10));
}

NodeId square(Maker const& m, Arguments a) {
  return m.make(Operation::power, a[0], m.constant(2));
}

NodeId pi(Maker const& m, Arguments) {
  return m.constant(std::numbers::pi);
}

NodeId e(Maker const& m, Arguments) {
  return m.constant(std::numbers::e);
}

// TMath::Gaus(x, mean = 0, sigma = 1), of height 1.
NodeId gaus(Maker const& m, Arguments a) {
  auto z = a[0];
  if (a.size() > 1) {
    z = m.make(Operation::subtract, z, a[1]);
  }
  if (a.size() > 2) {
    z = m.make(Operation::divide, z, a[2]);
  }
  auto const half = m.make(Operation::multiply, m.constant(-0.5), square(m, {&z, 1}));
  return m.make(Operation::exponential, half, 0);
}

std::map<std::string, Function, std::less<>> const& functions() {
  using enum Operation;
  static std::map<std::string, Function, std::less<>> const table = {
      {"exp", {1, 1, one<exponential>}},
      {"log", {1, 1, one<logarithm>}},
      {"ln", {1, 1, one<logarithm>}},
      {"log10", {1, 1, common_logarithm}},
      {"sqrt", {1, 1, one<square_root>}},
      {"sq", {1, 1, square}},
      {"pow", {2, 2, two<power>}},
      {"sin", {1, 1, one<sine>}},
      {"cos", {1, 1, one<cosine>}},
      {"tan", {1, 1, one<tangent>}},
      {"asin", {1, 1, one<arc_sine>}},
      {"acos", {1, 1, one<arc_cosine>}},
      {"atan", {1, 1, one<arc_tangent>}},
      {"atan2", {2, 2, two<arc_tangent_2>}},
      {"sinh", {1, 1, one<hyperbolic_sine>}},
      {"cosh", {1, 1, one<hyperbolic_cosine>}},
      {"tanh", {1, 1, one<hyperbolic_tangent>}},
      {"abs", {1, 1, one<magnitude>}},
      {"min", {2, most_arguments, several<minimum>}},
      {"max", {2, most_arguments, several<maximum>}},
      {"erf", {1, 1, one<error_function>}},
      {"erfc", {1, 1, one<complementary_error_function>}},
      {"fabs", {1, 1, one<magnitude>}},
      {"TMath::Abs", {1, 1, one<magnitude>}},
      {"TMath::ACos", {1, 1, one<arc_cosine>}},
      {"TMath::ASin", {1, 1, one<arc_sine>}},
      {"TMath::ATan", {1, 1, one<arc_tangent>}},
      {"TMath::ATan2", {2, 2, two<arc_tangent_2>}},
      {"TMath::Cos", {1, 1, one<cosine>}},
      {"TMath::CosH", {1, 1, one<hyperbolic_cosine>}},
      {"TMath::E", {0, 0, e}},
      {"TMath::Erf", {1, 1, one<error_function>}},
      {"TMath::Erfc", {1, 1, one<complementary_error_function>}},
      {"TMath::Exp", {1, 1, one<exponential>}},
      {"TMath::Gaus", {1, 3, gaus}},
      {"TMath::Log", {1, 1, one<logarithm>}},
      {"TMath::Log10", {1, 1, common_logarithm}},
      {"TMath::Max", {2, 2, two<maximum>}},
      {"TMath::Min", {2, 2, two<minimum>}},
      {"TMath::Pi", {0, 0, pi}},
      {"TMath::Power", {2, 2, two<power>}},
      {"TMath::Sin", {1, 1, one<sine>}},
      {"TMath::SinH", {1, 1, one<hyperbolic_sine>}},
      {"TMath::Sq", {1, 1, square}},
      {"TMath::Sqrt", {1, 1, one<square_root>}},
      {"TMath::Tan", {1, 1, one<tangent>}},
      {"TMath::TanH", {1, 1, one<hyperbolic_tangent>}},
  };
  return table;
}

}  // namespace

Function const* find_function(std::string_view name) {
  constexpr std::string_view standard = "std::";
  if (name.starts_with(standard)) {
    name.remove_prefix(standard.size());
  }
  auto const found = functions().find(name);
  return found == functions().end() ? nullptr : &found->second;
}

std::string function_names() {
  std::string names;
  for (auto const& [name, function] : functions()) {
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

}  // namespace toyfarm::formula
