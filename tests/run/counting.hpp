#pragma once
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "toyfarm/run/questions.hpp"

#include "support/scratch.hpp"

namespace toyfarm::test {

using nlohmann::json;
using run::InputRequest;

inline double number(json const& value) {
  return value.get<double>();
}

inline std::string const flat =
    R"("pdf": {"type": "uniform", "observable": "x", "params": []}, "yield": )";

inline std::string scaled(double base, std::string const& parameter) {
  return R"({"type": "scaled", "base_yield": )" + std::to_string(base) + R"(, "scale": ")" +
         parameter + R"("})";
}

inline std::string fixed(double value) {
  return R"({"type": "fixed", "value": )" + std::to_string(value) + "}";
}

inline std::string channel(std::string const& name,
                           std::vector<std::string> const& yields,
                           std::string const& data) {
  std::string text = R"({"name": ")" + name +
                     R"(", "observables": [{"name": "x", "bounds": [0, 1]}], "processes": [)";
  for (std::size_t i = 0; i < yields.size(); ++i) {
    text += (i > 0 ? ", " : "") + (R"({"name": "p)" + std::to_string(i) + R"(", )") + flat +
            yields[i] + "}";
  }
  return text + "]" + (data.empty() ? "" : R"(, "data": {"file": ")" + data + R"("})") + "}";
}

inline std::string const mu = R"({"name": "mu", "init": 1, "bounds": [0, 50]})";

/// Specs of counting experiments: flat densities, of which numbers of events are all there is.
class Counting : public testing::Test {
 protected:
  /// A file of n events, all at one place.
  std::string events(std::string const& name, int n) {
    std::ofstream file(scratch_ / name);
    file << "x\n";
    for (int i = 0; i < n; ++i) {
      file << "0.5\n";
    }
    return name;
  }
  InputRequest spec(std::string const& parameters, std::string const& channels) {
    auto const path = scratch_ / "spec.json";
    std::ofstream(path) << R"({"schema_version": "nextstat_unbinned_spec_v0", "model": {"poi": "mu",
        "parameters": [)"
                        << parameters << R"(]}, "channels": [)" << channels << "]}";
    InputRequest input;
    input.config = path.string();
    return input;
  }
  InputRequest counting(double s, double b, int n, std::string const& poi = mu) {
    return spec(poi, channel("on", {scaled(s, "mu"), fixed(b)}, events("on.csv", n)));
  }

  Scratch scratch_;
};

}  // namespace toyfarm::test
