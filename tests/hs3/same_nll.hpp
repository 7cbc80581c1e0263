#pragma once
#include <cmath>
#include <string>
#include <vector>

#include "toyfarm/hs3/read_model.hpp"

#include "hs3/document_text.hpp"
#include "hs3/model_nll.hpp"

// Documents beside the specs that say the same.
namespace toyfarm::test {

inline spec::Spec model_of(DocumentText const& document) {
  return hs3::parse_model(document.text(), "document.json", spec::UnknownFields::refuse);
}

/// The spec of the same parameters, window and name of channel.
inline spec::Spec spec_of(std::vector<Point> const& parameters,
                          std::string const& processes,
                          std::string const& window = "[0, 5]") {
  std::string list;
  for (auto const& p : parameters) {
    list += (list.empty() ? "" : ", ") + std::string(R"({"name": ")") + p.name + R"(", "init": )" +
            std::to_string(p.value) + R"(, "bounds": [)" + std::to_string(p.lower) + ", " +
            std::to_string(p.upper) + "]}";
  }
  return spec::parse_spec(
      R"({"schema_version": "nextstat_unbinned_spec_v0", "model": {"parameters": [)" + list +
          R"(]}, "channels": [{"name": "model", "observables": [{"name": "x", "bounds": )" +
          window + R"(}], "processes": [)" + processes + "]}]}",
      "spec.json",
      spec::UnknownFields::refuse);
}

inline std::string process(std::string const& pdf,
                           std::string const& yield = R"({"type": "parameter", "name": "n"})") {
  return R"({"name": "shape", "pdf": {)" + pdf + R"(}, "yield": )" + yield + "}";
}

/// At the parameters' values, and with each moved by a part of its range, by name.
inline void expect_same_nll(spec::Spec const& one,
                            spec::Spec const& other,
                            std::vector<Point> const& parameters) {
  auto const sample = written_sample(one);
  Values moved;
  for (auto const& p : parameters) {
    moved[p.name] = p.value + 0.07 * (p.upper - p.value);
  }
  for (auto const& values : {Values{}, moved}) {
    auto const expected = nll_at(other, sample, values);
    EXPECT_NEAR(nll_at(one, sample, values), expected, 1e-12 * (1 + std::abs(expected)));
  }
}

}  // namespace toyfarm::test
