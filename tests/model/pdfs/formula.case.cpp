#include "model/reference_density.hpp"

namespace toyfarm::model::testing {
namespace {

/// An expression, the same in long double, and how its parameters are varied.
struct Example {
  std::string expression;
  spec::Interval window;
  std::vector<std::vector<double>> thetas;
  Real (*log_f)(Real x, Theta const& t);
  std::vector<Real> scales;
  std::vector<Real> (*marks)(Theta const& t) = nullptr;
};

std::vector<Example> const& examples() {
  static std::vector<Example> const all = {
      {"exp(-p0*x)",
       {60, 120},
       {{0.05}, {0}, {20}},
       [](Real x, Theta const& t) { return -t[0] * x; },
       {0.1L}},
      {"TMath::Gaus(x, p0, p1)",
       {60, 120},
       {{91.2, 2.5}, {75, 30}, {50, 4}},
       [](Real x, Theta const& t) { return -(x - t[0]) * (x - t[0]) / (2 * t[1] * t[1]); },
       {1, 1},
       [](Theta const& t) { return around(t[0], t[1]); }},
      {"x*(1-(x/5.29)^2)^p1*exp(p0*(1-(x/5.29)^2))",
       {5.2, 5.29},
       {{-20, 0.5}, {-3, 0.01}, {10, 2.5}},
       [](Real x, Theta const& t) {
         Real const m = 5.29;
         Real const u = 1 - x * x / (m * m);
         return std::log(x) + t[1] * std::log(u) + t[0] * u;
       },
       {20, 0.1L},
       [](Theta const&) {
         std::vector<Real> marks;
         for (Real d = 0.09L; d > 1e-30L; d /= 2) {
           marks.push_back(static_cast<Real>(5.29) - d);
         }
         return marks;
       }},
      {"(1-x/13)^p0/(x/13)^(p1+p2*log(x/13))",
       {1, 8},
       {{7, 4.5, 0.1}, {12, -2, -0.5}},
       [](Real x, Theta const& t) {
         Real const z = x / 13;
         return t[0] * std::log(1 - z) - (t[1] + t[2] * std::log(z)) * std::log(z);
       },
       {1, 1, 1}},
      {"exp(-@1*@0) + x[2]*exp(-0.5*((x-4)/p2)^2)",
       {0, 10},
       {{0.4, 0.7, 0.9}, {1.5, 3, 0.02}},
       [](Real x, Theta const& t) {
         Real const z = (x - 4) / t[2];
         return std::log(std::exp(-t[0] * x) + t[1] * std::exp(-z * z / 2));
       },
       {0.1L, 0.3L, 0.01L},
       [](Theta const& t) { return around(4, t[2]); }},
      {"x < p0 ? exp((x-p0)*p1) : 0.25*exp(-p2*(x-p0)) + 0.75",
       {0, 10},
       {{3.7, 0.8, 0.6}},
       [](Real x, Theta const& t) {
         return x < t[0] ? (x - t[0]) * t[1]
                         : std::log(0.25L * std::exp(-t[2] * (x - t[0])) + 0.75L);
       },
       {0.1L, 0.3L, 0.3L},
       [](Theta const& t) { return std::vector<Real>{t[0]}; }},
      {"1 + p0*x + p1*x^2 + max(0, abs(x-6)-1)/4",
       {0, 10},
       {{0.3, 0.1}, {-0.1, 0.05}},
       [](Real x, Theta const& t) {
         return std::log(1 + t[0] * x + t[1] * x * x + std::max(0.0L, std::abs(x - 6) - 1) / 4);
       },
       {0.05L, 0.02L},
       [](Theta const&) {
         return std::vector<Real>{5, 6, 7};
       }},
      {"1 + p1*sin(p0*x)*erf(x)/cosh(x/9)",
       {0, 10},
       {{7, 0.6}, {60, 0.9}},
       [](Real x, Theta const& t) {
         return std::log(1 + t[1] * std::sin(t[0] * x) * std::erf(x) / std::cosh(x / 9));
       },
       {0.02L, 0.1L},
       [](Theta const&) {
         std::vector<Real> marks;
         for (int i = 1; i < 100; ++i) {
           marks.push_back(i / 10.0L);
         }
         return marks;
       }}};
  return all;
}

Example const& example_of(Case const& c) {
  auto const& text = std::get<std::string>(c.attributes.at("expression"));
  return *std::ranges::find(examples(), text, &Example::expression);
}

Attributes expression(std::string const& text) {
  return {{"expression", text}};
}

ToyPdf toy(std::string const& name, std::vector<ToyParameter> parameters, std::string const& text) {
  return {"formula of " + name, std::move(parameters), R"("expression":")" + text + R"(",)"};
}

std::string json(std::string const& text, std::string const& params) {
  return R"({"type":"formula","observable":"x","expression":")" + text + R"(","params":[)" +
         params + "]}";
}

}  // namespace

PdfCase formula_case() {
  PdfCase c{.type = "formula"};
  for (auto const& e : examples()) {
    for (auto const& theta : e.thetas) {
      c.points.push_back({c.type, e.window, theta, expression(e.expression)});
    }
  }
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) {
    return example_of(p).log_f(p.window.lower + s, t);
  };
  c.reference.marks = [](Case const& p, Theta const& t) {
    auto const& e = example_of(p);
    std::vector<Real> marks;
    if (e.marks != nullptr) {
      for (Real const x : e.marks(t)) {
        marks.push_back(x - p.window.lower);
      }
    }
    return marks;
  };
  c.reference.scales = [](Case const& p) { return example_of(p).scales; };
  c.toys = {toy("a fall", {{"a", 0.7}}, "x*x*exp(-@1*x)"),
            toy("a line above a narrow peak",
                {{"m", 3.9871}, {"s", 0.01}},
                "1 + 40*exp(-0.5*((x-@1)/@2)^2)"),
            toy("two pieces", {{"m", 4}, {"a", 0.5}}, "x < @1 ? 1 : exp(-@2*(x-@1))"),
            toy("argus", {{"c", -5, -50}, {"p", 0.5}}, "x*(1-(x/10)^2)^@2*exp(@1*(1-(x/10)^2))")};
  c.studies = {
      peak_on(
          "peak on formula",
          gaussian_peak,
          json("exp(-a*x)*(1+b*x)", R"("a","b")"),
          std::string(gaussian_parameters) +
              R"(,{"name":"a","init":0.3,"bounds":[0,3]},{"name":"b","init":0.2,"bounds":[0,2]})"),
      peak_on("formula peak on formula",
              json("exp(-0.5*((x-m)/s)^2)", R"("m","s")"),
              json("exp(l*x)", R"("l")"),
              std::string(gaussian_parameters) + "," + falling_parameter)};
  c.bench = {
      {c.type, z_window, {0.03}, expression("exp(-p0*x)")},
      {c.type, z_window, {91.2, 2.5}, expression("exp(-0.5*((x-p0)/p1)^2)")},
      {c.type, z_window, {-20, 0.5}, expression("x*(1-(x/120)^2)^p1*exp(p0*(1-(x/120)^2))")}};
  return c;
}

}  // namespace toyfarm::model::testing
