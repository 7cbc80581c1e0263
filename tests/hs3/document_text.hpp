#pragma once
#include <string>
#include <vector>

// Small HS3 documents.
namespace toyfarm::test {

struct Point {
  std::string name;
  double value, lower, upper;
};

/// The parts of a document of one likelihood L of one distribution and its data, as JSON.
struct DocumentText {
  std::string distributions;
  std::vector<Point> parameters{};
  std::string functions{};
  std::string entries = "[0.31], [1.27], [1.9], [2.6], [3.75], [4.4]";
  std::string axes = R"({"name": "x", "min": 0, "max": 5})";
  std::string likelihood = R"("distributions": ["model"], "data": ["events"])";
  std::string constants{};  ///< entries of the parameter point
  std::string more{};       ///< members, each with a comma before it

  [[nodiscard]] std::string text() const {
    std::string values;
    std::string bounds;
    for (auto const& p : parameters) {
      auto const comma = values.empty() ? "" : ", ";
      values += comma + std::string(R"({"name": ")") + p.name + R"(", "value": )" +
                std::to_string(p.value) + "}";
      bounds += comma + std::string(R"({"name": ")") + p.name + R"(", "min": )" +
                std::to_string(p.lower) + R"(, "max": )" + std::to_string(p.upper) + "}";
    }
    values += (values.empty() || constants.empty() ? "" : ", ") + constants;
    return R"({"metadata": {"hs3_version": "0.2.9"}, "distributions": [)" + distributions +
           R"(], "functions": [)" + functions +
           R"(], "data": [{"name": "events", "type": "unbinned", "axes": [)" + axes +
           R"(], "entries": [)" + entries + R"(]}], "likelihoods": [{"name": "L", )" + likelihood +
           R"(}], "parameter_points": [{"name": "default_values", "parameters": [)" + values +
           R"(]}], "domains": [{"name": "default_domain", "type": "product_domain", "axes": [)" +
           bounds + "]}]" + more + "}";
  }
};

/// An extended mixture "model" of one distribution "shape".
inline std::string one_shape(std::string const& shape) {
  return R"({"name": "model", "type": "mixture_dist", "summands": ["shape"], "coefficients": ["n"], "extended": true}, {"name": "shape", )" +
         shape + "}";
}

}  // namespace toyfarm::test
