#pragma once
#include <array>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/model/model.hpp"
#include "toyfarm/spec/spec.hpp"

#include "model/pdf_case.hpp"

// Small specs of one process per toy of a pdf's case, and their densities evaluated without the
// tables under test.
namespace toyfarm::test {

using model::testing::ToyParameter;

struct NamedPdf {
  std::string name;
  std::string pdf;  ///< JSON, on observable x in [0, 10]
  std::vector<ToyParameter> parameters;
  model::testing::Integral integral;
};

inline std::vector<NamedPdf> all_pdfs() {
  std::vector<NamedPdf> all;
  for (auto const& c : model::testing::pdf_cases()) {
    for (auto const& toy : c.toys) {
      std::string names;
      for (auto const& p : toy.parameters) {
        names.append(names.empty() ? "\"" : ",\"").append(p.name).append("\"");
      }
      all.push_back({toy.name,
                     R"({"type":")" + c.type + R"(","observable":"x",)" + toy.fields +
                         R"("params":[)" + names + "]}",
                     toy.parameters,
                     toy.integral});
    }
  }
  return all;
}

inline std::string parameters_json(std::vector<ToyParameter> const& parameters) {
  std::string text;
  for (auto const& [name, init, lower] : parameters) {
    text += text.empty() ? "" : ",";
    text += R"({"name":")";
    std::array<char, 40> bound{};
    std::snprintf(bound.data(), bound.size(), "%.9g", lower);
    text +=
        name + R"(","init":)" + std::to_string(init) + R"(,"bounds":[)" + bound.data() + ",1e15]}";
  }
  return text;
}

inline model::Model model_of(std::string const& parameters, std::string const& channels) {
  std::string const text =
      R"({"schema_version":"nextstat_unbinned_spec_v0","model":{"parameters":[)" + parameters +
      R"(]},"channels":[)" + channels + "]}";
  return model::build_model(spec::parse_spec(text, "test.json", spec::UnknownFields::refuse));
}

inline std::string process_json(std::string const& name, std::string const& pdf, double yield) {
  return R"({"name":")" + name + R"(","pdf":)" + pdf + R"(,"yield":{"type":"fixed","value":)" +
         std::to_string(yield) + "}}";
}

inline std::string channel_json(std::string const& name,
                                std::string const& observables,
                                std::string const& processes,
                                std::string const& more = "") {
  return R"({"name":")" + name + R"(",)" + more + R"("observables":[)" + observables +
         R"(],"processes":[)" + processes + "]}";
}

inline std::string const x_observable = R"({"name":"x","bounds":[0,10]})";

inline model::Model model_of(NamedPdf const& named, double yield) {
  return model_of(named.parameters.empty() ? R"({"name":"unused","init":1,"bounds":[0,2]})"
                                           : parameters_json(named.parameters),
                  channel_json("c", x_observable, process_json("p", named.pdf, yield)));
}

}  // namespace toyfarm::test
