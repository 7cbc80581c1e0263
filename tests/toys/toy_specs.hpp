#pragma once
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/model/model.hpp"
#include "toyfarm/spec/spec.hpp"

// Small specs of one process per pdf type, and their densities evaluated without the tables under
// test.
namespace toyfarm::test {

struct NamedPdf {
  std::string name;
  std::string pdf;                                         ///< JSON, on observable x in [0, 10]
  std::vector<std::pair<std::string, double>> parameters;  ///< name, init
};

inline std::vector<NamedPdf> all_pdfs() {
  std::string const on_x = R"(,"observable":"x",)";
  return {
      {"gaussian",
       R"({"type":"gaussian")" + on_x + R"("params":["m","s"]})",
       {{"m", 4}, {"s", 0.7}}},
      {"gaussian at the border",
       R"({"type":"gaussian")" + on_x + R"("params":["m","s"]})",
       {{"m", 10.5}, {"s", 0.4}}},
      {"narrow gaussian",
       R"({"type":"gaussian")" + on_x + R"("params":["m","s"]})",
       {{"m", 3.3}, {"s", 1e-5}}},
      {"falling exponential",
       R"({"type":"exponential")" + on_x + R"("params":["l"]})",
       {{"l", -3}}},
      {"rising exponential",
       R"({"type":"exponential")" + on_x + R"("params":["l"]})",
       {{"l", 0.4}}},
      {"flat exponential", R"({"type":"exponential")" + on_x + R"("params":["l"]})", {{"l", 0}}},
      {"crystal_ball",
       R"({"type":"crystal_ball")" + on_x + R"("params":["m","s","a","n"]})",
       {{"m", 6}, {"s", 0.5}, {"a", 1.2}, {"n", 3}}},
      {"double_crystal_ball",
       R"({"type":"double_crystal_ball")" + on_x + R"("params":["m","s","al","nl","ar","nr"]})",
       {{"m", 5}, {"s", 0.6}, {"al", 1}, {"nl", 2.5}, {"ar", 1.6}, {"nr", 5}}},
      {"chebyshev",
       R"({"type":"chebyshev")" + on_x + R"("params":["c1","c2"]})",
       {{"c1", -0.4}, {"c2", 0.2}}},
      {"chebyshev with a zero at the end",
       R"({"type":"chebyshev")" + on_x + R"("params":["c1"]})",
       {{"c1", -1}}},
      {"argus", R"({"type":"argus")" + on_x + R"("params":["c","p"]})", {{"c", -5}, {"p", 0.5}}},
      {"argus nextstat",
       R"({"type":"argus","variant":"nextstat")" + on_x + R"("params":["c","p"]})",
       {{"c", -5}, {"p", 0.5}}},
      {"voigtian",
       R"({"type":"voigtian")" + on_x + R"("params":["m","s","g"]})",
       {{"m", 5}, {"s", 0.3}, {"g", 0.2}}},
      {"narrow voigtian",
       R"({"type":"voigtian")" + on_x + R"("params":["m","s","g"]})",
       {{"m", 5.01}, {"s", 1e-3}, {"g", 1e-3}}},
      {"voigtian nextstat",
       R"({"type":"voigtian","variant":"nextstat")" + on_x + R"("params":["m","s","g"]})",
       {{"m", 5}, {"s", 0.3}, {"g", 0.2}}},
      {"spline",
       R"({"type":"spline")" + on_x + R"("knots_x":[0,2,3,7,10],"knots_y":[1,4,2,0.5,3]})",
       {}},
      {"histogram with an empty bin",
       R"({"type":"histogram")" + on_x + R"("bin_edges":[0,1,2.5,4,10],"bin_content":[3,0,5,1]})",
       {}},
      {"kde", R"({"type":"kde")" + on_x + R"("bandwidth":0.4,"centers":[1,2,2.2,7.5,9.9]})", {}},
      {"narrow kde",
       R"({"type":"kde")" + on_x +
           R"("bandwidth":0.001,"centers":[1,2,2.2,2.201,7.5,9.9999],"weights":[1,2,1,1,3,1]})",
       {}},
  };
}

inline std::string parameters_json(std::vector<std::pair<std::string, double>> const& parameters) {
  std::string text;
  for (auto const& [name, init] : parameters) {
    char const* const lower = name[0] == 'n'                     ? "1.01"
                              : name[0] == 'l' || name[0] == 'c' ? "-50"
                                                                 : "1e-9";
    text += text.empty() ? "" : ",";
    text += R"({"name":")";
    text += name + R"(","init":)" + std::to_string(init) + R"(,"bounds":[)" + lower + ",1e15]}";
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
